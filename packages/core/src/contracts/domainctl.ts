import type { CaLimits, LimitKind } from '../domain/ca-limits.ts'
import type { PlainRecord } from '../domain/diagnosis/finding.ts'
import type { DnsHost, PanelForm } from '../domain/diagnosis/panel.ts'
import type { Severity } from '../domain/diagnosis/problems.ts'
import type { HealthCheckOptions } from '../domain/health/health-check.ts'
import type { MaintenanceWindow } from '../domain/health/maintenance.ts'
import type { HealthMeasurement } from '../domain/health/measurement.ts'
import type { HealthObservation } from '../domain/health/observation.ts'
import type {
  AuditEvent,
  ChallengeType,
  DomainStatus,
  KeyType,
  OwnershipMode,
  ProofState,
  RecordPurpose,
  ReplacedRRset,
} from '../domain/model.ts'
import type { NeededRecord } from '../domain/records.ts'
import type { CertificateReport, DomainReport } from '../domain/report.ts'
import type { DomainctlError } from '../errors.ts'
import type { AccountVerbs } from './accounts.ts'
import type { AuditLine, AuditPaging, AuditQuery } from './audit.ts'
import type { ConfiguredTarget } from './deploy-target.ts'
import type { PropagationMode } from './dns.ts'
import type { DnsProvider, ProviderAccess } from './dns-provider.ts'
import type { HealthVerbs } from './health.ts'
import type { HealthProbe } from './health-probe.ts'
import type { CertificateRequest, ExternalAccount, RevocationReason } from './issuer.ts'
import type { NoticeVerbs, NotificationOptions } from './notices.ts'
import type { Runtime } from './runtime.ts'
import type { Store } from './store.ts'

/** How {@link Domainctl.run} goes about it. */
export interface RunOptions {
  /** Ends it: nothing new is begun. */
  signal: AbortSignal
  /** Ends when everything that is due has been done once, for cron and CI. */
  once?: boolean
  /** Domains at a time (default 16); of one CA or one provider at most three quarters of them. */
  width?: number
  /**
   * How long what is under way gets to end once the signal has aborted, in ms (default 20,000); then it is aborted, and has 30 s more
   * to take its records away.
   */
  drainMs?: number
  /** After each look at what is due that went well, every 6 s at the least. */
  onTick?: (tick: RunTick) => void
  /** What is due could not be read, or no look at it has ended for two minutes; it goes on trying. Absent: the logger is told. Not with `once`, which throws. */
  onTrouble?: (error: DomainctlError) => void
  onOutcome?: (outcome: RunOutcome) => void
  /** The metrics as Prometheus reads them: once a minute, and at the end. What it throws is logged. */
  onMetrics?: (text: string) => Promise<void>
}

/** A look at what is due. */
export interface RunTick {
  at: Date
  /** Steps under way. */
  running: number
  /** What is due and has no place yet, as far as it was asked for. */
  waiting: number
}

/** What became of one piece of work. */
export interface RunOutcome {
  /** Of work: `domain`, `deploy`, or `health` for a check. */
  kind: string
  tenant: string
  /** The primary name. */
  name: string
  /** The status that it had before. */
  status?: DomainStatus
  /** How long it took, in ms. */
  tookMs: number
  /**
   * `verified`, `not ready`, `gave up`, `issued`, `renewed`, `erased`, `deployed` or `nothing`; of a check what is new about the domain (such as `outage` or `recovery`), or `checked`;
   * absent: it failed.
   */
  done?: string
  error?: DomainctlError
}

/** What `createDomainctl` needs to know. Nothing is read from files or the environment. */
export interface DomainctlOptions {
  /**
   * `file:PATH`, `postgres://USER:PASSWORD@HOST:PORT/DATABASE` with `schema`, `pool` (connections, default 8) and libpq's TLS
   * parameters (`sslmode`, `sslrootcert`, `sslcert`, `sslkey`) behind a `?`, or a store of one's own. A file on a network file
   * system is refused, but for `file:PATH?network=allow`.
   */
  state: string | Store
  /**
   * Nothing of a file state is changed: one that is not there is an empty one, one of an older schema is refused, and verbs
   * that write fail with `STATE_READ_ONLY`. What a store of one's own does is its own matter.
   */
  readOnly?: boolean
  /** Ends the waiting for a process that is bringing a state in PostgreSQL up to date, with `INTERRUPTED`; else it takes as long as that. */
  signal?: AbortSignal
  /** 32 bytes in hex or base64; a file state makes one beside itself when absent, a state in Postgres needs one. */
  encryptionKey?: string
  /**
   * The CA by its name in `cas`, a known name or the URL of its directory. Of several the first one is asked that the CAA
   * records of all names allow, and the next one when that is limited, fails by its own fault or does not get on.
   */
  ca?: string | readonly string[]
  /**
   * Roots (PEM) that the TLS of the CA's API is checked with, in place of Node's own; a function is called when a CA is first
   * spoken to.
   */
  caRoots?: string | (() => Promise<string>)
  /**
   * What is to be known of single CAs, by the names that `ca` uses: `letsencrypt`, `letsencrypt-staging`, `zerossl`, `google`,
   * `google-staging`, `sslcom`, `sslcom-rsa`, or names of your own.
   */
  cas?: Record<string, CaOptions>
  /**
   * The name of the account that is used at the CAs, one of several (default `default`); it is made where there is none. What is open
   * goes on with the account that began it.
   */
  account?: string
  /** Of the keys of accounts that are made, or get another key (default `ec256`). */
  accountKeyType?: KeyType
  /** E-mail address for the CA's account. */
  contact?: string
  /** The operator has accepted the CA's terms of service. */
  acceptTerms?: boolean
  /** Configured DNS providers by the name that domains refer to. */
  providers?: Record<string, DnsProvider>
  /** Which of them a domain gets that names none; absent: the one that holds its zone, else by hand. */
  provider?: string
  /** Zone, as people write its name → provider name, longest suffix wins; goes before `provider`. No wildcards. */
  zones?: Record<string, string>
  /** Where certificates may be put to serve, by the name that domains refer to. */
  targets?: Record<string, ConfiguredTarget>
  /**
   * Recursive resolvers, for finding zones and addresses and as judges of what others can see, `IP`, `IP:PORT`,
   * `[IPv6]:PORT` or, over HTTPS (RFC 8484), a URL such as `https://dns.example/dns-query`. The host of a URL is looked up
   * by the system; its TLS is checked with the roots of Node, to which NODE_EXTRA_CA_CERTS adds. Absent or empty: the
   * system's for finding, and 1.1.1.1, 8.8.8.8 and 9.9.9.9 as judges.
   */
  resolvers?: string[]
  /** The port of authoritative servers, for labs. */
  authoritativePort?: number
  /** How names are proven to the CA where `add` and `issue` do not say (default `dns-01`). */
  challenge?: ChallengeType
  /**
   * How HTTP-01 challenges are answered. Without any of it something has to answer that asks this state
   * ({@link Domainctl.challengeResponse}).
   */
  http01?: Http01Options
  /** The port that the HTTP probe, and the self-check of HTTP-01, ask in place of 80, for labs. */
  httpPort?: number
  /** Allow name servers, and servers of the HTTP probe and of health checks, at private and loopback addresses. */
  allowPrivate?: boolean
  /** How the health of names is measured. */
  health?: HealthOptions
  /** What decides that a written record can be seen (default `authoritative`), and for how long to wait (ms, default 120,000). */
  propagation?: { mode?: PropagationMode; timeoutMs?: number }
  /** Who is told what of domains (default: nobody). */
  notifications?: NotificationOptions
  /** For which tenant (default `default`). */
  tenant?: string
  /** Who does this, for the audit; such as `cli:alice`. */
  who?: string
  /** Parts of the runtime to replace, in tests above all. */
  runtime?: Partial<Runtime>
}

/** How HTTP-01 challenges (RFC 8555 §8.3) are answered by this process. */
export interface Http01Options {
  /**
   * Where it listens while an order needs it, `IP:PORT` or `[IPv6]:PORT`, such as `0.0.0.0:80` and `[::]:80`; it answers every
   * token of the state, also of other processes. Default: nowhere.
   */
  listen?: readonly string[]
  /** Folder that a web server serves; the answer is a file in it, `.well-known/acme-challenge/TOKEN`, until the CA has looked. */
  webroot?: string
  /**
   * Ask for each answer at every address of its name before the CA is told to look (default true), so that nothing is counted
   * against its limits. False where this machine cannot reach its own public addresses.
   */
  selfCheck?: boolean
}

/** How the health of names is measured (requirements H1, H2). */
export interface HealthOptions {
  /**
   * `IP:PORT` or `[IPv6]:PORT` of places that are always there, to tell that this machine reaches anything itself: one TCP
   * connection to each, every 10 s at most, where health is measured. Default: those of three public resolvers, and none with
   * `allowPrivate`. Empty: it is not asked.
   */
  anchors?: readonly string[]
  /** Roots (PEM) that certificates of names may lead to, beside Node's own; a function is called when one is first judged. */
  roots?: string | (() => Promise<string>)
  /** The port that is measured in place of 443, for labs. */
  httpsPort?: number
  /** What measures, in place of domainctl itself; the options above are for that one alone. */
  probe?: HealthProbe
  /**
   * When nobody is told that domains are broken. They are measured all the same, and what outlasts a window is told after it.
   * Default: never.
   */
  maintenance?: readonly MaintenanceWindow[]
}

/** What one check of the health of a name has seen, and what it means. */
export interface HealthCheck {
  /** The name as it is stored. */
  name: string
  /** Null when the state has none of that name. */
  domain: DomainReport | null
  /** What it means; small enough to be kept. */
  observation: HealthObservation
  /** All of it, address by address. */
  measurement: HealthMeasurement
  /** `HEALTH_BROKEN` or `HEALTH_INCONCLUSIVE`; absent: healthy. */
  error?: DomainctlError
}

/** What is to be known of one CA. */
export interface CaOptions {
  /** URL of its ACME directory; a known name has one already. */
  directory?: string
  /** Roots (PEM) that the TLS of its API is checked with, before `caRoots`. */
  roots?: string | (() => Promise<string>)
  /** The name of the account that is used there, in place of `account`. */
  account?: string
  /** For each request to its API, from connecting to the last byte, in ms (default 30,000). */
  timeoutMs?: number
  /** What accounts there are bound to, for a CA that asks for it; a function is called when an account is made. */
  externalAccount?: ExternalAccount | (() => Promise<ExternalAccount>)
  /**
   * In its place: a key for the API of the CA's website, by which an external account is made when an account is; a function is
   * called then. `zerossl` has such an API.
   */
  apiKey?: string | (() => Promise<string>)
  /** URL of that API, where it is not the known one: it speaks as ZeroSSL's does. */
  externalAccountApi?: string
  /**
   * What it counts, where it has agreed to more than it allows to all, or is one of which nothing is known: before what is known of
   * it, kind by kind.
   */
  limits?: CaLimits
}

/** What happens to a name while a verb works on it. */
export interface Progress {
  name: string
  /** A few words in the present tense: `waiting for DNS`. */
  message: string
  /** While `verify` waits: what its last look has found. */
  checks?: Check[]
}

export interface VerbOptions {
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** What `add` may be told about a domain; `issue` takes the same for a name that is not there yet. */
export interface AddOptions extends VerbOptions {
  /** Further names of the certificate. */
  san?: string[]
  /** Also `*.NAME`. */
  wildcard?: boolean
  /** Name of a configured provider. */
  provider?: string
  /**
   * `txt`: an ownership TXT must be published and stay; `none`: not; `auto` (default): not for the tenant `default`
   * with a provider that writes the records, or with one named explicitly, else `txt` (requirements L3).
   */
  ownership?: OwnershipMode
  /**
   * How the names are proven to the CA. With `http-01` a web server of each name gives the answer, no record is made and no
   * provider is needed; not for wildcards, nor with `delegate`. Chosen anew by `issue`, it ends an order that is open.
   */
  challenge?: ChallengeType
  /** The validation zone that `_acme-challenge` is delegated into by CNAME. */
  delegate?: string
  /** The names must be a CNAME to this host … */
  target?: string
  /** … or have exactly these addresses. */
  addresses?: string[]
  /**
   * Each name, but no wildcard, has to answer over HTTP before a certificate is ordered (requirements L6). `path`: what is
   * asked for (default `/.well-known/domainctl`). `token`: the whole text of the right answer; without one any answer
   * below 500 will do, which proves that something answers, not what. False: not any more.
   */
  probe?: boolean | { path?: string; token?: string }
  /** Directory URL or known name of the CA for this domain, or several in the order in which they are wanted. */
  ca?: string | readonly string[]
  /** Of the certificate (default `ec256`); one that is there keeps its key until it is renewed. */
  keyType?: KeyType
  /**
   * A certificate request in PEM, made with a key that domainctl never sees; kept with the domain and used by every renewal. It
   * says which names the certificate has (`san`, `wildcard` and `keyType` are refused beside it) and has to name the domain.
   * False: not any more, the next certificate gets a key made here.
   */
  csr?: string | false
  /**
   * Renewals take the key of the live certificate, unless that was revoked or another `keyType` was chosen. Default: a new key
   * each time.
   */
  reuseKey?: boolean
  /**
   * Of the chains that a CA offers, the one whose topmost certificate was issued by exactly this common name (`ISRG Root X1`);
   * its own one with a warning where it offers none. False: not any more.
   */
  preferredChain?: string | false
  /** Certificate profile of the CA. */
  profile?: string
  contact?: string
  labels?: Record<string, string>
  /** Names of configured targets where its certificate is to serve (V1); false or empty: nowhere any more. */
  deploy?: readonly string[] | false
  /**
   * What health checks measure in place of `/` at each name of the domain, once it has a certificate; what is left out is as usual. True: the
   * usual. False: nothing; the end of its certificate is watched all the same.
   */
  healthCheck?: boolean | HealthCheckOptions
  /**
   * Where its traffic goes (L12), for targets that route it: scheme, host and port, such as `http://10.0.0.5:8080`. Another one is
   * deployed at once where a certificate is there. False: nowhere any more, as far as domainctl says.
   */
  upstream?: string | false
}

/** What one server showed of a record that `verify` looked at. */
export interface SeenAnswer {
  server: string
  rcode: string
  values: string[]
  /** Seconds. */
  ttl?: number
}

/** What a check is about: a record that the domain needs, or what stands between that record and those who look. */
export type CheckPurpose = RecordPurpose | 'zone' | 'caa' | 'http'

/** What mends a check, ready to be made as it stands. */
export interface Fix {
  /** `remove`: the record that is named has to go. `wait`: nothing has to be made. */
  action: 'create' | 'change' | 'remove' | 'wait'
  type: PlainRecord['type']
  name: string
  value: string
  /** Seconds. */
  ttl: number
  /** Further records that have to be made. */
  more?: (PlainRecord & { ttl: number; panel?: PanelForm })[]
  /** What was made by mistake, as it is now, and has to go; with `change` the record above takes its place. */
  remove?: PlainRecord[]
  /** The same as the panel of the zone's DNS host asks for it, where that host is known. */
  panel?: PanelForm
}

/** One thing that `verify` or `doctor` looked at: `checks` of cli.md. */
export interface Check {
  purpose: CheckPurpose
  record: { type: PlainRecord['type']; name: string; expected: string[] }
  seen: SeenAnswer[]
  /** Nothing has to be done; there may be a warning all the same. */
  ok: boolean
  state: ProofState
  /** A code of docs/errors.md: `RECORD_MISSING`, `RECORD_ZONE_DOUBLED`, `DNS_UNREACHABLE` … */
  problem?: string
  /** With `problem`. */
  severity?: Severity
  explanation: string
  /** The sentences of `explanation` that say what to do beside `fix`, a step each. */
  advice?: string[]
  fix?: Fix
  /** Apex of the zone that holds the record; of a check with a problem, where it was found. */
  zone?: string
  /** Whose name servers that zone has, where that is known. */
  host?: DnsHost
  actor: 'customer' | 'operator' | 'provider' | 'ca'
  /** When waiting will have helped; ISO 8601 UTC. */
  lookAgainAt?: string
}

export interface Verification {
  domain: DomainReport
  ok: boolean
  checks: Check[]
  /** `DNS_NOT_READY` when not ok. */
  error?: DomainctlError
}

/** Everything that `doctor` saw of one name. */
export interface Examination {
  /** The name as it is stored. */
  name: string
  /** Null when the state has none of that name; then what would be added with the options given was looked at. */
  domain: DomainReport | null
  /** No check is an error. */
  ok: boolean
  checks: Check[]
}

export interface Issuance {
  domain: DomainReport
  certificate: CertificateReport
  /** False: there was nothing to do, `reason` says why. */
  issued: boolean
  reason: string
  /** Things to know that did not stop the work. */
  warnings: string[]
  /** What became of the deployments that were open, where the domain has any. */
  deployments?: DeploymentOutcome[]
  /** `DEPLOY_FAILED`, `DEPLOY_UNPROVEN`: the certificate is there and does not serve everywhere; that is tried again by itself. */
  deployError?: DomainctlError
}

/** What was done at one target. */
export interface DeploymentOutcome {
  target: string
  /** `unchanged`: it was there already · `failed`: see `error`; it is tried again by itself. */
  done: 'deployed' | 'unchanged' | 'rolled back' | 'failed'
  /** Handshakes have shown that it is served. */
  proven: boolean
  /** Things to know that did not stop the work. */
  warnings: string[]
  error?: DomainctlError
}

/** What `deploy` has done. */
export interface DeployResult {
  domain: DomainReport
  /** No target has failed. */
  ok: boolean
  deployments: DeploymentOutcome[]
  /** Of the first target that failed, with what the others say. */
  error?: DomainctlError
}

export interface DueRenewal {
  name: string
  tenant: string
  due: boolean
  reason: string
  /** When it will be, if not due. */
  at?: Date
  /** When its CA was asked last when it wants it renewed, and when it is asked again; absent: it never said. */
  advice?: { askedAt: Date; nextCheckAt: Date }
}

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
  /** Limits of it are known, and counted. */
  isCounted: boolean
  /** It fails for everybody, and is left alone while another one can be asked. */
  rests?: { until: Date; reason: string }
  /** How far this machine's clock is ahead of its (ms), to a second or two; absent: it did not say. */
  clockAheadMs?: number
  /** Why it cannot be used. */
  error?: DomainctlError
}

export interface Removal {
  domain: DomainReport
  /** Records of the DNS that were taken away. */
  removed: { name: string; type: string; value: string }[]
  /** Records that others made for us and may take away. */
  leftToOthers: NeededRecord[]
  /** What `apply` had replaced and is there again. */
  restored: RestoredRRset[]
  /** As in {@link Unapplication}. */
  late: Unapplication['late']
  warnings: string[]
}

/** A record of the domain, and what `apply` did about it. */
export interface AppliedRecord {
  purpose: 'routing' | 'delegation'
  type: 'CNAME' | 'A' | 'AAAA'
  name: string
  value: string
  /** Seconds. */
  ttl: number
  /** The configured provider that holds its zone. */
  provider: string
  /** `kept`: it was there already · `by-hand`: its provider is `manual`, so a person has to make it. */
  outcome: 'made' | 'replaced' | 'kept' | 'by-hand'
  /** What stood there and was replaced; `unapply` and `remove` put it back. */
  previous?: ReplacedRRset[]
}

export interface Application {
  domain: DomainReport
  records: AppliedRecord[]
  /** Things to know that did not stop the work. */
  warnings: string[]
}

/** What was replaced at a name and stands there again. */
export interface RestoredRRset extends ReplacedRRset {
  name: string
}

/** What became of the records that `apply` made. */
export interface Unapplication {
  domain: DomainReport
  removed: { name: string; type: string; value: string }[]
  /** What was put back in their place. */
  restored: RestoredRRset[]
  /**
   * Not there, but the request that was to make it, less than five minutes ago, may still be on its way: it stays in the journal,
   * and the same verb takes it away later if it has come.
   */
  late: { name: string; type: string; value: string }[]
  warnings: string[]
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

export interface NeededRecordSeen extends NeededRecord {
  /** Apex of the zone that holds it, where it was found. */
  zone?: string
  /** Whose name servers that zone has, where that is known. */
  host?: DnsHost
  /** What the authoritative servers show now. */
  seen: SeenAnswer[]
}

export interface ExportedCertificate {
  name: string
  /** PEM: leaf, then the rest of the chain. */
  certificate: string
  chain: string
  fullchain: string
  /** PKCS#8 PEM. Absent: the certificate was issued for a request of somebody else, who has the key. */
  privateKey?: string
  /** Where it was asked for: key and chain as PKCS#12, sealed by the password. */
  pkcs12?: Uint8Array
  report: CertificateReport
}

/** What a PKCS#12 file is to be like. */
export interface Pkcs12Options {
  /**
   * What seals it: no control characters, since few programs can be given such a password. Java reads the key only where it is of
   * ASCII. Null: the empty password, which keeps nobody from the key; an empty text is refused, since that is what a variable
   * that is not set turns into.
   */
  password: string | null
}

export interface ListFilter {
  /** Default: the tenant of the options; null: all. */
  tenant?: string | null
  status?: DomainStatus
  expiringBefore?: Date
  /** The primary name, as it is stored (A-labels, RFC 5890 §2.3.2.1), begins so. */
  nameStartsWith?: string
  labels?: Record<string, string>
}

/**
 * The engine. Every verb is safe to repeat and to run in any number of processes: one of them works on a domain, the
 * others get `LEASE_HELD`. All throw `DomainctlError`. An aborted signal stops a verb after it has saved what was done
 * and has taken away the challenge records that it wrote; the error is `INTERRUPTED`, and the same verb continues.
 */
export interface Domainctl extends AccountVerbs, HealthVerbs, NoticeVerbs {
  /**
   * Adds a domain (repeating it with the same settings changes nothing). Makes no DNS or CA call.
   * @throws `NAME_INVALID`, `NAMES_TOO_MANY`, `DOMAIN_EXISTS`, `PROVIDER_UNKNOWN`, `CONFIG_INVALID`, `CSR_INVALID`, `USAGE`
   */
  add(name: string, o?: AddOptions): Promise<DomainReport>
  /**
   * Looks at every record that the domain needs and moves its status. Records that are not right are no exception: see
   * `ok` and `error`. With `waitMs` it looks again until all is right or the time is over.
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS`, `OWNERSHIP_TAKEN`, `LEASE_HELD`
   */
  verify(name: string, o?: VerbOptions & { waitMs?: number }): Promise<Verification>
  /**
   * Everything that `verify` looks at and more, without changing anything: also for a name that is not in the state, then
   * as `add` with these options would make it. What is not right is no exception.
   * @throws `NAME_INVALID`, `DNS_UNREACHABLE` when no resolver answers at all
   */
  doctor(name: string, o?: AddOptions): Promise<Examination>
  /**
   * Has a certificate when it returns: keeps a good one, continues an open order, else orders a new one. Adds the name
   * when it is not there.
   * @throws `DNS_NOT_READY`, `DNS_CAA_FORBIDS`, `DNS_RECORDS_WANTED`, `DNS_NOT_PROPAGATED`, `HTTP_CHALLENGE_UNSERVED`,
   * `HTTP_CHALLENGE_CANNOT_SERVE`, `PROVIDER_…`, `CA_…`, `LEASE_HELD`
   */
  issue(name: string, o?: AddOptions & { force?: boolean; preflight?: boolean; waitMs?: number }): Promise<Issuance>
  /** Like `issue` for a domain that has a certificate; only when it is due, unless `force`. */
  renew(name: string, o?: VerbOptions & { force?: boolean; waitMs?: number }): Promise<Issuance>
  /**
   * Puts the live certificate to the targets of a domain (`deploy` of {@link AddOptions}), and proves by TLS handshakes that it is
   * served there; else what was there before is put back. Orders nothing. `issue` and `renew` do it by themselves, and `run` tries
   * again what has failed, after 1, 2, 5, 15, 30 minutes and then each hour. Repeating it where the certificate is served changes
   * nothing, but for `force`; one that is not proven is put there again. `rollback` leads to the certificate that was there before,
   * until the next one is issued or this is called without it. A target that fails is no exception: see `ok` and `error`. An
   * aborted signal leaves the deployment open.
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS`, `CERTIFICATE_NONE`, `TARGET_UNKNOWN`, `LEASE_HELD`
   */
  deploy(
    name: string,
    o?: VerbOptions & { targets?: readonly string[]; rollback?: boolean; force?: boolean },
  ): Promise<DeployResult>
  /**
   * Asks the CAs when they want the tenant's certificates renewed (ARI, RFC 9773), as often as they wish that: what `renewals`
   * and `renew` go by. A CA that cannot be asked changes nothing.
   */
  askRenewalAdvice(o?: VerbOptions): Promise<{ asked: number; moved: number }>
  /**
   * What is left of the limits of the CAs (requirements C4): of accounts and orders always, of the rest what is not full, at most
   * `limit` (100) of each kind and CA, those first that will be full last. With a name all counts that its next order touches.
   * Asks nobody but the state.
   * @throws `NAME_INVALID`
   */
  budgets(o?: { name?: string; limit?: number }): Promise<CaBudget[]>
  /**
   * Every CA of the configuration, asked for its directory; makes no account and changes nothing. One that fails is no exception:
   * see its `error`.
   */
  authorities(o?: VerbOptions): Promise<AuthorityStatus[]>
  /** Which certificates are due and why; `all` lists those that are not, too. */
  renewals(o?: { all?: boolean }): Promise<DueRenewal[]>
  /**
   * Makes the routing and delegation records of a domain at the providers that hold their zones, once every ownership record
   * that it needs was seen (requirements L3); with `waitMs` it waits for those. Each record is journaled first, and repeating
   * it makes what is missing. What domainctl did not make is left alone, and then nothing is written at all; with `force` it
   * is replaced, and kept so that it can be put back. What it made for another domain is not replaced by force either, and
   * nothing is written for a name that another tenant has proven (L9).
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS`, `DNS_NOT_READY`, `OWNERSHIP_TAKEN`, `RECORD_FOREIGN`, `RECORD_TAKEN`,
   * `PROVIDER_…`, `LEASE_HELD`
   */
  apply(name: string, o?: VerbOptions & { force?: boolean; waitMs?: number }): Promise<Application>
  /**
   * Takes away what `apply` made and puts back what it replaced. A record that was changed since then by others is left
   * alone, and so is one that another domain needs as well, with a warning. The domain stays. When a name fails the others are
   * done all the same, and the error says what became of them.
   * @throws `DOMAIN_NOT_FOUND`, `PROVIDER_…`, `LEASE_HELD`
   */
  unapply(name: string, o?: VerbOptions): Promise<Unapplication>
  /**
   * Every configured provider, asked what its credential may do; the answers come in the order of the configuration. One
   * that fails is no exception: see its `error`.
   */
  providers(o?: VerbOptions): Promise<ProviderStatus[]>
  /**
   * Tries a provider for good: its credential, that it has the zone, that a TXT record which it writes is seen at every
   * server that the zone above delegates to, and that it is gone after it was removed. The record stands at
   * `_domainctl-test.<zone>`, beside whatever is there; what an earlier test that was killed left there goes too. A step
   * that fails is no exception.
   * @param o `zone`: which one; absent: the only one that it has
   * @throws `PROVIDER_UNKNOWN`, `USAGE` when there are several zones and none is named
   */
  testProvider(name: string, o?: VerbOptions & { zone?: string }): Promise<ProviderTest>
  /**
   * Measures, now, how a name meets its visitors: DNS, TCP, TLS, HTTP and, where one is named, the endpoint of its application, at
   * each address (requirements H1). Of a name in the state or any other; changes nothing. What is broken is no exception: see
   * `error`. Takes some 30 s at most; any number at once.
   * @param o what is measured; what is left out is as the domain of this name has it (`healthCheck`), else as usual
   * @throws `NAME_INVALID`, `USAGE` for what cannot be measured, such as a wildcard, which has no server of its own
   */
  measureHealth(name: string, o?: VerbOptions & Omit<HealthCheckOptions, 'names'>): Promise<HealthCheck>
  /**
   * Tells the CA that the live certificate is not to be trusted any more; `was` says whether it knew. It is due for renewal then,
   * with a new key; where it serves, it goes on serving until it is replaced.
   * @throws `DOMAIN_NOT_FOUND`, `CERTIFICATE_NONE`, `CA_…`, `LEASE_HELD`
   */
  revoke(
    name: string,
    o?: VerbOptions & { reason?: RevocationReason },
  ): Promise<{ domain: DomainReport; serial: string; was: 'revoked' | 'revoked already' }>
  /**
   * Takes our records away, puts back what `apply` replaced, and puts the domain into quarantine for 7 days. While a record
   * cannot be taken away the domain stays, and the error says what became of the others. With `abandon` a record whose
   * provider is not configured any more, or refuses for good (a credential that has ended, a zone that is gone), is forgotten
   * in place of that: `warnings` has each of them, for a person to take away.
   * @throws `DOMAIN_NOT_FOUND`, `PROVIDER_…`, `LEASE_HELD`
   */
  remove(name: string, o?: VerbOptions & { abandon?: boolean }): Promise<Removal>
  /**
   * What a web server has to answer to `GET /.well-known/acme-challenge/TOKEN` (RFC 8555 §8.3): the key authorization, sent as it
   * is with status 200; null (answer 404) for a token that no order of this state waits for, in any tenant and process, and for
   * what is no token. One read of the state: cheap enough for every request. It is there from before the CA is told until it has
   * looked. Is no secret: whoever knows the token may have it.
   * @throws `STATE_…`
   */
  challengeResponse(token: string): Promise<string | null>
  /** @throws `DOMAIN_NOT_FOUND` */
  get(name: string): Promise<DomainReport>
  /** In the order of names; `limit` is 100 by default. */
  list(filter?: ListFilter, page?: { limit?: number; cursor?: string }): Promise<{ domains: DomainReport[]; next: string | null }>
  /** The records that a domain needs, with what is there now; `state` is what that means, and is not kept. */
  records(name: string, o?: VerbOptions): Promise<NeededRecordSeen[]>
  /**
   * What happened to a domain, oldest first: the last `limit` events that fit (100 by default), those before the event `before`
   * (its `seq`), or the first ones after the event `after`.
   * @throws `DOMAIN_NOT_FOUND`, `USAGE`
   */
  history(name: string, o?: Omit<AuditQuery, 'tenant' | 'domain'> & AuditPaging): Promise<AuditEvent[]>
  /**
   * The audit (requirements E4): every change, call of a provider and call of a CA, with who did it and why. A page of the lines that
   * fit, oldest first: the last ones, or those before or after a line. `next` is the `before` (or with `after` the `after`) of the
   * page that follows; null: there is none. After `after` no line is ever missed: one is told only when none with a lower `seq` can
   * come any more. Changes nothing.
   * @throws `USAGE`, `NAME_INVALID`
   */
  audit(query?: AuditQuery, page?: AuditPaging): Promise<{ events: AuditLine[]; next: number | null }>
  /**
   * Reads a certificate request in PEM, as `add` and `issue` take it; nothing is kept.
   * @throws `CSR_INVALID`
   */
  readRequest(csr: string): Promise<CertificateRequest>
  /**
   * The live certificate, chain and key. Changes nothing. With `pkcs12` also as one PKCS#12 file: AES-256 and HMAC-SHA-256 with
   * 100,000 iterations each, made anew (with other bytes) each time; the friendly name, Java's alias, is the primary name.
   * @throws `DOMAIN_NOT_FOUND`, `CERTIFICATE_NONE`, `USAGE` for a password that cannot be used, or a key that is not in the state
   */
  export(name: string, o?: { pkcs12?: Pkcs12Options }): Promise<ExportedCertificate>
  /**
   * Does what is due, of all tenants, until the signal aborts: looks at awaited records (L4), orders, renews, and tries again what
   * has failed. Any number of processes on one state share the work. What fails is told to `onOutcome` and stops nothing. A state
   * that is away is waited for. Ends when what was under way has ended, 30 s after `drainMs` at the latest; the next process goes on
   * with what has not ended by then, once its lease has run out.
   * @throws `STATE_…` with `once` alone
   */
  run(o: RunOptions): Promise<void>
  /** Frees the state and all connections. */
  close(): Promise<void>
}
