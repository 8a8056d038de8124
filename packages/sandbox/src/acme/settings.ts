/**
 * What can be set of the CA, at start and while it runs. Nothing is refused, delayed or reused unless it is asked for. What is
 * undefined is as when not given, and what is no value for a setting is refused where it is assigned (DomainctlError `USAGE`).
 */
export interface CaSettings {
  /** How long certificates live that name no `notAfter` themselves, in seconds, 1 to 10 years; 90 days when not given. */
  lifetimeSeconds: number
  /** Whether a new order takes over valid authorizations of its account. False: each order proves all of its names. */
  reuseAuthorizations: boolean
  /** Share of good nonces that are refused with badNonce, 0 to 1. */
  nonceReject: number
  /** Every answer waits so long, in ms. */
  delayMs: number
  /** So many looks at an order after its finalization still say `processing`; 0: it is valid at once; Infinity: never. */
  processingLooks: number
  /**
   * `Retry-After` of pending authorizations, of processing orders and of renewal information: seconds, or a date. For what is
   * absent none is sent, but 6 hours with renewal information, as Let's Encrypt has it.
   */
  retryAfter: { authorization?: number | Date; order?: number | Date; renewalInfo?: number | Date }
  /**
   * How many chains besides its own the CA offers for each certificate (RFC 8555 §7.4.2), 0 to 12: each ends below another root,
   * all of them with the same intermediate key.
   */
  alternateChains: number
  /**
   * What is sent as the CA's own chain: `whole`; `leaf`, which lacks the intermediate; or `another`, that of the oldest certificate
   * that the CA still knows, which is for other names or another key.
   */
  sentChain: 'whole' | 'leaf' | 'another'
  /** Where servers are asked for HTTP-01 (RFC 8555 §8.3): what stands for port 80 on this machine, which is 80 when not given. */
  httpPort: number
  /** As `httpPort`, for redirects of HTTP-01 to https; 443 when not given. */
  httpsPort: number
  /** Whether it has renewal information (RFC 9773); without, `replaces` is ignored as any member that a CA does not know. */
  renewalInfo: boolean
  /** Who may have an account (RFC 8555 §7.3.4); anybody when not given. A binding that is shown is checked in any case. */
  externalAccount: { readonly required?: boolean; readonly keys?: readonly ExternalAccountKey[] }
  /**
   * By name (draft-ietf-acme-profiles); none when not given. The first one is that of orders that name none, as `classic` is at
   * Let's Encrypt.
   */
  profiles: Readonly<Record<string, Profile>>
  /** What is refused with rateLimited and `Retry-After`; nothing when not given. */
  limits: RateLimits
}

/** What an external account is bound with (RFC 8555 §7.3.4). */
export interface ExternalAccountKey {
  readonly kid: string
  /** In base64url, as CAs hand it out; 16 bytes at least. */
  readonly hmacKey: string
  /**
   * Whether it may bind any number of accounts, as ZeroSSL's do; false: one alone, as with Google Trust Services
   * (https://cloud.google.com/certificate-manager/docs/public-ca-tutorial).
   */
  readonly reusable?: boolean
}

/** A profile as the directory and new orders have it. */
export interface Profile {
  /** What the directory says of it. */
  readonly description: string
  /** As {@link CaSettings.lifetimeSeconds}, which it goes before. */
  readonly lifetimeSeconds?: number
  /** How many names an order may have; 100 when not given. */
  readonly maxNames?: number
}

/** A bucket that has room for `burst` requests, `count` when not given, and regains `count` of them in `perSeconds`. */
export interface RateLimit {
  readonly count: number
  readonly perSeconds: number
  readonly burst?: number
}

/** Limits as Let's Encrypt counts them (https://letsencrypt.org/docs/rate-limits/). What is absent is not limited. */
export interface RateLimits {
  /** New accounts, of all clients, since all of them come from one address. */
  readonly newAccounts?: RateLimit
  readonly newOrdersPerAccount?: RateLimit
  /** Of all accounts, by registered domain (the Public Suffix List). */
  readonly certificatesPerDomain?: RateLimit
  /** Of all accounts, by exact set of names. */
  readonly duplicateCertificates?: RateLimit
  /** By account and name. */
  readonly failedValidations?: RateLimit
  /** Of all clients, by resource: answered with 503, as a CA does that has too much to do. */
  readonly requests?: Readonly<Partial<Record<Resource, RateLimit>>>
}

/** What Let's Encrypt allows by default (as published on 2026-08-05), by the names of {@link RateLimits}. */
export const LETS_ENCRYPT_LIMITS = {
  newAccounts: { count: 10, perSeconds: 3 * 3600 },
  newOrdersPerAccount: { count: 300, perSeconds: 3 * 3600 },
  certificatesPerDomain: { count: 50, perSeconds: 7 * 86_400 },
  duplicateCertificates: { count: 5, perSeconds: 7 * 86_400 },
  failedValidations: { count: 5, perSeconds: 3600 },
  requests: {
    newNonce: { count: 20, perSeconds: 1, burst: 10 },
    newOrder: { count: 300, perSeconds: 1 },
    renewalInfo: { count: 1000, perSeconds: 1 },
  },
} as const satisfies RateLimits

/** A CA that makes no difficulties. */
export const CA_DEFAULTS: CaSettings = {
  lifetimeSeconds: 90 * 86_400,
  reuseAuthorizations: false,
  nonceReject: 0,
  delayMs: 0,
  processingLooks: 0,
  retryAfter: {},
  alternateChains: 0,
  sentChain: 'whole',
  httpPort: 80,
  httpsPort: 443,
  renewalInfo: true,
  externalAccount: {},
  profiles: {},
  limits: {},
}

/** The resources of RFC 8555 §7.1 and RFC 9773 §4.1 by the names that faults and counts use. */
export const RESOURCES = [
  'directory',
  'newNonce',
  'newAccount',
  'newOrder',
  'account',
  'orders',
  'order',
  'finalize',
  'authorization',
  'challenge',
  'certificate',
  'revokeCert',
  'keyChange',
  'renewalInfo',
] as const

/** One of the resources of the CA. */
export type Resource = (typeof RESOURCES)[number]

/** A problem document (RFC 7807) as a test has it; nothing of it has to be one of ACME's. */
export interface ProblemAnswer {
  /** Of the answer, 400 to 599. */
  status: number
  type: string
  detail: string
  /** As the header has it: seconds, or a date in the form of HTTP. */
  retryAfter?: string
  subproblems?: readonly { type: string; detail: string; identifier: { type: 'dns'; value: string } }[]
}

/** Makes requests fail that a good CA would serve. */
export interface Fault {
  resource: Resource
  /** Which of the requests from now on, 1 the next; each of them when not given. */
  nth?: number
  /**
   * A problem document in place of what was asked for (`type` may leave out `urn:ietf:params:acme:error:`) · `hang-up`: the
   * request is carried out and the connection ends without an answer · `cut-off`: it is carried out, and the body of the answer
   * ends in the middle as if it were whole · `until`: it is carried out, and the answer waits for this promise.
   */
  answer: ProblemAnswer | 'hang-up' | 'cut-off' | { until: () => Promise<unknown> }
}

/** A fault in force. */
export interface ActiveFault {
  /** How many requests it has struck; those that the CA carries out all the same are counted when that is done. */
  readonly hits: number
  /** Takes it away; idempotent. */
  remove(): void
}
