import type { ConfiguredTarget } from '../contracts/deploy-target.ts'
import type { Dns, PropagationMode } from '../contracts/dns.ts'
import type { DnsProvider } from '../contracts/dns-provider.ts'
import type { HealthProbe } from '../contracts/health-probe.ts'
import type { HttpAnswers } from '../contracts/http-answers.ts'
import type { HttpProbe } from '../contracts/http-probe.ts'
import type { CertificateCrypto, ExternalAccount, Issuer } from '../contracts/issuer.ts'
import type { Runtime } from '../contracts/runtime.ts'
import type { KeyLease, Store } from '../contracts/store.ts'
import type { TlsHandshake } from '../contracts/tls-handshake.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import type { CaLimits } from '../domain/ca-limits.ts'
import type { MaintenanceWindow } from '../domain/health/maintenance.ts'
import { newId } from '../domain/ids.ts'
import type { ChallengeType, KeyType } from '../domain/model.ts'
import { isWithin } from '../domain/names.ts'
import { DomainctlError } from '../errors.ts'
import type { Notifications } from './notifications.ts'

/** What `create.ts` was told, as the steps need it. */
export interface Settings {
  /** Default CAs: directory URLs, in the order in which they are wanted. */
  cas: readonly string[]
  contact?: string
  /** Of the keys of accounts that are made. */
  accountKeyType: KeyType
  acceptTerms: boolean
  tenant: string
  /** For the audit. */
  who: string
  /** Default provider; absent: by hand. */
  provider?: string
  /** Zone → provider, the zones by their names in the DNS: lower-case ASCII without a final dot. */
  zones: Record<string, string>
  propagationMode: PropagationMode
  propagationTimeoutMs: number
  /** Of domains that say nothing of it. */
  challenge: ChallengeType
  /** Whether an HTTP-01 answer is asked for before the CA is told. */
  http01SelfCheck: boolean
  /** When nobody is told that domains are broken. */
  maintenance: readonly MaintenanceWindow[]
}

/** The rooms of the house, as `create.ts` puts them together; steps reach the world only through these. */
export interface Services {
  store: Store
  dns(): Promise<Dns>
  probe(): Promise<HttpProbe>
  healthProbe(): Promise<HealthProbe>
  httpAnswers(): Promise<HttpAnswers>
  tls(): Promise<TlsHandshake>
  issuer(ca: string): Promise<Issuer>
  /** The directory URLs of one CA or several by their names or URLs. @throws `CONFIG_INVALID` */
  directoryUrls(ca: string | readonly string[]): string[]
  /** What the CA with this directory counts, as far as it is known or was agreed with it. */
  limits(ca: string): CaLimits
  /** What accounts at this CA are bound to, where it was given, or is to be had for an API key. @throws `CONFIG_INVALID`, `CA_…` */
  externalAccount(directory: string, o: { signal: AbortSignal }): Promise<ExternalAccount | undefined>
  /** Whether what accounts there are bound to is to be had for an API key, which makes one. */
  hasAccountApi(directory: string): boolean
  /** The name of the account that is used at this CA. */
  accountName(directory: string): string
  crypto(): Promise<CertificateCrypto>
  /** @throws `PROVIDER_UNKNOWN` */
  provider(name: string): DnsProvider
  /** Of all configured providers, in the order of the configuration. */
  providerNames: readonly string[]
  /** @throws `TARGET_UNKNOWN` */
  target(name: string): ConfiguredTarget
  /** Who is told what; absent: nobody, and nothing is written for it. */
  notifications?: Notifications
  runtime: Runtime
  settings: Settings
  /** By CA: ends when the account that this process is making there is made, or is not. */
  accountsInTheMaking: Map<string, Promise<void>>
  rrsetChanges: RRsetChanges
  /** By count of a CA that had no room: the domains that this process has refused for it, and when it is each one's turn (ms). */
  budgetTurns: Map<string, Map<string, number>>
}

/** What this process knows of its own changes of RRsets under a lease; only rrset-lease.ts changes it. */
export interface RRsetChanges {
  /** How many are being made or wait for it. */
  underWay: number
  /** By key of the lease: ends when those that want it are through with it. */
  turns: Map<string, Promise<void>>
  /**
   * By key: leases that were not given back. After an abort, or without an answer, a write may still be on its way to the
   * provider, and what it carries would undo what others write before it arrives. So they are kept out until the lease ends,
   * or this process does; its own next change of the RRset, such as the clean-up, comes after that write in the adapter.
   */
  left: Map<string, KeyLease>
}

export function noRRsetChanges(): RRsetChanges {
  return { underWay: 0, turns: new Map(), left: new Map() }
}

/** The name under which records are made by hand. */
export const BY_HAND = 'manual'

/**
 * Whether a person makes the records of this provider. By its name, too: the provider of the command is opened by its first
 * call, and says nothing of itself before; there, nothing else can have this name, nor this one another.
 * @throws `PROVIDER_UNKNOWN`
 */
export function isByHand({ provider }: Pick<Services, 'provider'>, name: string): boolean {
  return name === BY_HAND || provider(name).capabilities.byHand === true
}

export function makeId({ runtime }: Pick<Services, 'runtime'>): string {
  return newId(runtime.clock.now(), runtime.random.bytes(10))
}

/** The provider that the configuration names for the zone of this name: the longest suffix wins (requirements D1, D9). */
export function providerFor({ settings }: Pick<Services, 'settings'>, name: string): string | undefined {
  const zones = Object.keys(settings.zones).filter((zone) => isWithin(name, zone))
  const longest = zones.sort((a, b) => b.length - a.length)[0]
  return longest === undefined ? undefined : settings.zones[longest]
}

/** The domain of this name. @throws `DOMAIN_NOT_FOUND` */
export async function findDomain({ store, settings }: Services, name: string) {
  const domain = await store.getDomain(settings.tenant, name)
  if (!domain) throw notFound(name)
  return domain
}

export function notFound(name: string): DomainctlError {
  return new DomainctlError('DOMAIN_NOT_FOUND', `There is no domain ${name} in the state.`, {
    hint: `Add it with: domainctl add ${name} (or see what is there: domainctl list).`,
  })
}

/** A signal that never aborts, for callers that gave none. */
export function signalOf(o: VerbOptions): AbortSignal {
  return o.signal ?? new AbortController().signal
}
