import { type DomainctlError, ERRORS, type ErrorCode } from '../errors.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Let's Encrypt's integration guide: after a failure wait 1, 10, 100 minutes, then a day at a time (requirements C5). */
const BACKOFF: readonly number[] = [MINUTE, 10 * MINUTE, 100 * MINUTE]
const THEN = DAY

/** A CA may ask for any wait; more than this is not stored (requirements C5), in ms. */
export const LONGEST_RETRY_AFTER = 7 * DAY

/** A provider, its servers or a network recover sooner than a limit, in ms. */
const SOON = 10 * MINUTE

/** Why something failed, as far as it matters for when it is tried again. */
export type RetryClass =
  | 'no room'
  | 'limited'
  | 'fault of the CA'
  | 'refused'
  | 'validation failed'
  | 'provider'
  | 'dns'
  | 'by hand'
  | 'setting'
  | 'interrupted'
  | 'fault of ours'

/** One row of the schedule. */
export interface RetryRow {
  /** A time that the error names goes before `after`. */
  readonly asked: boolean
  /** `backoff`: by the number of failures in a row; ms: always so long; `person`: not by itself. */
  readonly after: 'backoff' | 'person' | number
  /** It counts as a failed attempt: it makes the next pause longer, and ten give up a domain without a certificate. */
  readonly counted: boolean
  /** For people: why then. */
  readonly why: string
}

/**
 * When an order that has failed is tried again (requirements C5), by class: the one place that says so. docs/guide/retries.md is
 * this table for people. No row retries without a look: `issue` and `renew` look at ownership, delegation, DNSSEC and CAA before
 * every order, so that none is made that would fail as the last one did.
 */
export const RETRY_SCHEDULE: Readonly<Record<RetryClass, RetryRow>> = {
  'no room': { asked: true, after: 'backoff', counted: false, why: 'there is room under the limit of the CA then' },
  limited: { asked: true, after: 'backoff', counted: true, why: 'the CA has no room before, or asks to be left alone' },
  'fault of the CA': {
    asked: true,
    after: 'backoff',
    counted: true,
    why: 'the CA has failed by its own fault and may have recovered',
  },
  refused: { asked: true, after: 'backoff', counted: true, why: 'the CA has refused, and seldom thinks better of it soon' },
  'validation failed': {
    asked: true,
    after: 'backoff',
    counted: true,
    why: 'the CA did not find the proof; the DNS is looked at again first, and no order is made while it would fail again',
  },
  provider: { asked: false, after: SOON, counted: false, why: 'the DNS provider has failed, and recovers sooner than a limit' },
  dns: { asked: false, after: SOON, counted: false, why: 'the DNS was not as it has to be; the CA was not asked' },
  'by hand': { asked: false, after: 'person', counted: false, why: 'a person has to make the records first' },
  setting: { asked: false, after: 'person', counted: false, why: 'a setting has to be put right first' },
  interrupted: { asked: false, after: 'person', counted: false, why: 'nothing has failed: the next run goes on' },
  'fault of ours': { asked: false, after: SOON, counted: false, why: 'domainctl has failed; the CA is not to suffer for it' },
}

/** Codes whose class is not that of their kind. */
const BY_CODE: Partial<Record<ErrorCode, RetryClass>> = {
  CA_BUDGET_SPENT: 'no room',
  CA_RATE_LIMITED: 'limited',
  CA_VALIDATION_FAILED: 'validation failed',
  DNS_RECORDS_WANTED: 'by hand',
}

const BY_KIND = {
  'ca-unavailable': 'fault of the CA',
  'ca-refused': 'refused',
  provider: 'provider',
  'not-ready': 'dns',
  unhealthy: 'provider',
  usage: 'setting',
  busy: 'interrupted',
  interrupted: 'interrupted',
  internal: 'fault of ours',
} as const satisfies Record<DomainctlError['kind'], RetryClass>

export function retryClassOf(code: ErrorCode): RetryClass {
  return BY_CODE[code] ?? BY_KIND[ERRORS[code].kind]
}

/** The pause after the `attempts`-th failure in a row, in ms. */
export function backoff(attempts: number): number {
  return BACKOFF[attempts - 1] ?? THEN
}

/** When it is tried again, in words: `after 1, 10, 100 minutes, then daily`. */
export function pauseText({ asked, after }: RetryRow): string {
  if (after === 'person') return 'when a person repeats it'
  const minutes = BACKOFF.map((ms) => ms / MINUTE).join(', ')
  const pause = after === 'backoff' ? `after ${minutes} minutes, then daily` : `after ${after / MINUTE} minutes`
  return asked ? `at the time that the CA gives, else ${pause}` : pause
}
