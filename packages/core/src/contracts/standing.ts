import type { LimitKind } from '../domain/ca-limits.ts'
import type { DomainctlError } from '../errors.ts'
import type { ProviderAccess } from './dns-provider.ts'
import type { SeenAnswer } from './verification.ts'

/** What is left of one of the counts that a CA keeps. */
export interface CaBudget {
  /** Directory URL. */
  ca: string
  kind: LimitKind
  /** Whose, as in the state: an account's id, a registrable domain, names joined by commas, or an account's id and a name. */
  subject: string
  /** The same for people: `certificates for names under example.com`. */
  counted: string
  /** How many may be had now, of `count` in `windowMs`. */
  left: number
  count: number
  windowMs: number
  /** When the next one may be had: now, or later. */
  nextAt: Date
}

/** A CA of the configuration, and whether it can be used. */
export interface AuthorityStatus {
  /** Directory URL. */
  ca: string
  /** Its directory was read. */
  isReachable: boolean
  /** URL of the operator's account there; null: none yet, the first order makes it. */
  account: string | null
  /** URL of its terms of service; absent: it has none, or did not answer. */
  terms?: string
  /** Limits of it are known, and counted. */
  isCounted: boolean
  /** It fails for everybody, and is left alone while another one can be asked. */
  rests?: { until: Date; reason: string }
  /** How far this machine's clock is ahead of its (ms), to a second or two; absent: it did not say. */
  clockAheadMs?: number
  /** Why it cannot be used. */
  error?: DomainctlError
}

/** A configured provider and what its credential is good for. */
export interface ProviderStatus {
  /** The name that domains refer to. */
  name: string
  /** Zones that the configuration gives to it. */
  configuredZones: string[]
  /** Whether it is the default. */
  isDefault: boolean
  /** Absent where the provider cannot tell, and with `error`. */
  access?: ProviderAccess
  /** Why it could not be used. */
  error?: DomainctlError
}

/** One thing that `testProvider` tried, in order; what comes after a failure is not tried, but for the clean-up. */
export interface ProviderTestStep {
  step: 'access' | 'zone' | 'write' | 'seen' | 'remove' | 'gone'
  ok: boolean
  /** How long it took, in ms. */
  tookMs: number
  /** What was found, a sentence or two. */
  explanation: string
  /** Servers that were asked, of `seen` and `gone`. */
  seen?: SeenAnswer[]
  error?: DomainctlError
}

/** What `testProvider` has tried, step by step. */
export interface ProviderTest {
  provider: string
  /** All steps went well. */
  ok: boolean
  zone?: string
  record?: { type: 'TXT'; name: string; value: string }
  steps: ProviderTestStep[]
  warnings: string[]
  /** Of the step that failed first. */
  error?: DomainctlError
}
