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
  /** `Retry-After` of pending authorizations and of processing orders: seconds, or a date; none is sent for what is absent. */
  retryAfter: { authorization?: number | Date; order?: number | Date }
}

/** A CA that makes no difficulties. */
export const CA_DEFAULTS: CaSettings = {
  lifetimeSeconds: 90 * 86_400,
  reuseAuthorizations: false,
  nonceReject: 0,
  delayMs: 0,
  processingLooks: 0,
  retryAfter: {},
}

/** The resources of RFC 8555 §7.1 by the names that faults and counts use. */
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
   * request is carried out and the connection ends without an answer · `until`: it is carried out, and the answer waits for
   * this promise.
   */
  answer: ProblemAnswer | 'hang-up' | { until: () => Promise<unknown> }
}

/** A fault in force. */
export interface ActiveFault {
  /** How many requests it has struck; those that the CA carries out all the same are counted when that is done. */
  readonly hits: number
  /** Takes it away; idempotent. */
  remove(): void
}
