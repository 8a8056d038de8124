import type { CaLimits } from '../domain/ca-limits.ts'
import type { MaintenanceWindow } from '../domain/health/maintenance.ts'
import type { ChallengeType, KeyType } from '../domain/model.ts'
import type { ConfiguredTarget } from './deploy-target.ts'
import type { PropagationMode } from './dns.ts'
import type { DnsProvider } from './dns-provider.ts'
import type { HealthProbe } from './health-probe.ts'
import type { ExternalAccount } from './issuer.ts'
import type { NotificationOptions } from './notices.ts'
import type { Runtime } from './runtime.ts'
import type { Store } from './store.ts'

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
   * (`challengeResponse`).
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
