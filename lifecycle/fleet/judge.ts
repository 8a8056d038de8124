// The CA's own counters, written after https://letsencrypt.org/docs/rate-limits/ and sharing nothing with the product's ledger:
// buckets of tokens that are really filled and emptied, and requests counted in each second.

const HOUR = 3_600_000

/** A limit of the CA: so many in a time, given back evenly. */
export interface Allowance {
  count: number
  per: number
}

export type Counted = 'orders' | 'certificates' | 'duplicates' | 'failures'

/** Let's Encrypt's, where nothing else was agreed with it. */
const ALLOWANCES: Readonly<Record<Counted, Allowance>> = {
  orders: { count: 300, per: 3 * HOUR },
  certificates: { count: 50, per: 168 * HOUR },
  duplicates: { count: 5, per: 168 * HOUR },
  failures: { count: 5, per: HOUR },
}

/** Requests a second from one address: Let's Encrypt's overall limits; of nonces the burst, of which ten at once are allowed. */
const REQUESTS = { newNonce: 10, newOrder: 300, renewalInfo: 1000, other: 250 } as const
export type RequestKind = keyof typeof REQUESTS

/** Counts everything that is asked of the CA, and what of it is over a limit. */
export class Judge {
  readonly exceeded: Record<Counted | RequestKind, number> = {
    orders: 0,
    certificates: 0,
    duplicates: 0,
    failures: 0,
    newNonce: 0,
    newOrder: 0,
    renewalInfo: 0,
    other: 0,
  }
  /** The most in any second. */
  readonly most: Record<RequestKind, number> = { newNonce: 0, newOrder: 0, renewalInfo: 0, other: 0 }
  readonly requests: Record<RequestKind, number> = { newNonce: 0, newOrder: 0, renewalInfo: 0, other: 0 }
  readonly #allowances: Readonly<Record<string, Allowance>>
  readonly #buckets = new Map<string, { tokens: number; at: number }>()
  readonly #seconds: Record<RequestKind, { second: number; count: number }> = {
    newNonce: { second: -1, count: 0 },
    newOrder: { second: -1, count: 0 },
    renewalInfo: { second: -1, count: 0 },
    other: { second: -1, count: 0 },
  }

  /** @param agreed other limits than the usual ones, by kind, or by kind and subject joined by a blank */
  constructor(agreed: Readonly<Record<string, Allowance>> = {}) {
    this.#allowances = { ...ALLOWANCES, ...agreed }
  }

  #allowance(kind: Counted, subject: string | number): Allowance {
    return this.#allowances[`${kind} ${subject}`] ?? this.#allowances[kind] ?? ALLOWANCES[kind]
  }

  #tokens(kind: Counted, subject: string | number, now: number): number {
    const { count, per } = this.#allowance(kind, subject)
    const bucket = this.#buckets.get(`${kind} ${subject}`)
    return bucket ? Math.min(count, bucket.tokens + ((now - bucket.at) / per) * count) : count
  }

  /** Whether another one is allowed. One that is not is held against the client. */
  allows(kind: Counted, subject: string | number, now: number): boolean {
    const isAllowed = this.#tokens(kind, subject, now) >= 1 - 1e-6
    if (!isAllowed) this.exceeded[kind] += 1
    return isAllowed
  }

  take(kind: Counted, subject: string | number, now: number): void {
    this.#buckets.set(`${kind} ${subject}`, { tokens: this.#tokens(kind, subject, now) - 1, at: now })
  }

  /** Counts `count` requests of this second. */
  request(kind: RequestKind, second: number, count = 1): void {
    const current = this.#seconds[kind]
    if (current.second !== second) {
      current.second = second
      current.count = 0
    }
    current.count += count
    this.requests[kind] += count
    if (current.count > this.most[kind]) this.most[kind] = current.count
    if (current.count > REQUESTS[kind]) this.exceeded[kind] += 1
  }
}
