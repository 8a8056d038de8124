/** Paths of Pebble's resources, as prefixes for {@link FaultRule.path}. */
export const pebblePaths = {
  directory: '/dir',
  newNonce: '/nonce-plz',
  newAccount: '/sign-me-up',
  newOrder: '/order-plz',
  account: '/my-account/',
  orders: '/list-orderz/',
  order: '/my-order/',
  authorization: '/authZ/',
  challenge: '/chalZ/',
  finalize: '/finalize-order/',
  certificate: '/certZ/',
  renewalInfo: '/draft-ietf-acme-ari-03/renewalInfo/',
} as const

/** A value of `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date; a text goes out as it stands. */
export type RetryAfter = number | Date | string

/** What a client gets, whole. */
export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** What happens to a request. */
export type Fault =
  /** Answered here with a problem document (RFC 8555 section 6.7); the CA never sees the request. */
  | { kind: 'refuse'; status: number; retryAfter?: RetryAfter; problem?: Problem }
  /** As a CA that does not know the nonce: `badNonce` with a new one. The CA never sees the request. */
  | { kind: 'bad-nonce' }
  /** The CA does what it was asked, and the connection is reset before the client has the answer. */
  | { kind: 'lose-answer' }
  /** The connection is reset before the CA sees the request. */
  | { kind: 'reset' }
  /** Answered by the CA, but an order that is `valid` is shown as `processing` and without its certificate. */
  | { kind: 'processing'; retryAfter?: RetryAfter }
  /** Passed on when this has settled. */
  | { kind: 'delay'; until: () => Promise<unknown> }
  /** The CA does what it was asked, and its answer is held back until this has settled. */
  | { kind: 'hold-answer'; until: () => Promise<unknown> }
  /** Answered here, as it stands; the CA never sees the request. */
  | { kind: 'instead'; answer: Answer }
  /** The CA does what it was asked, and the client gets what this makes of the answer. */
  | { kind: 'rewrite'; answer: (answer: Answer) => Answer }
  /** The CA does what it was asked, and of its answer a byte comes every so often, in ms; of a HEAD nothing comes at all. */
  | { kind: 'dribble'; everyMs: number }

/** What a refusal says. `rateLimited` for status 429 and `serverInternal` for the rest when none is given. */
export interface Problem {
  /** The part after `urn:ietf:params:acme:error:`. */
  type: string
  detail: string
  subproblems?: readonly { type: string; detail: string; identifier: { type: string; value: string } }[]
}

export interface FaultRule {
  /** Any method when not given. */
  method?: string
  /** A prefix or an expression for the path; any path when not given. */
  path?: string | RegExp
  /** The one request that the fault befalls, counted from 1 among those that fit; all of them when not given. */
  nth?: number
  fault: Fault
}

/** A rule in force. */
export interface ActiveRule {
  /** How many requests fitted method and path. */
  readonly seen: number
  /** How many of them met the fault. */
  readonly hits: number
  remove(): void
}

/** Rules in the order in which they were added; the first that applies decides, and all that fit count. */
export class FaultRules {
  readonly #rules = new Set<{ rule: FaultRule; seen: number; hits: number }>()

  add(rule: FaultRule): ActiveRule {
    const entry = { rule, seen: 0, hits: 0 }
    this.#rules.add(entry)
    return {
      get seen() {
        return entry.seen
      },
      get hits() {
        return entry.hits
      },
      remove: () => {
        this.#rules.delete(entry)
      },
    }
  }

  clear(): void {
    this.#rules.clear()
  }

  /** Counts the request and returns what befalls it. */
  next(method: string, path: string): Fault | null {
    let fault: Fault | null = null
    for (const entry of this.#rules) {
      if (!fits(entry.rule, method, path)) continue
      entry.seen++
      if (fault !== null || (entry.rule.nth !== undefined && entry.rule.nth !== entry.seen)) continue
      entry.hits++
      fault = entry.rule.fault
    }
    return fault
  }
}

function fits(rule: FaultRule, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method !== method) return false
  if (rule.path === undefined) return true
  return typeof rule.path === 'string' ? path.startsWith(rule.path) : rule.path.test(path)
}
