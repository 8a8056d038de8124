import { afterRefund, afterSpending, leftOf, nextAllowedAt } from '../../packages/core/src/domain/ca-budget.ts'
import { type CaLimits, type LimitKind, limitsOf } from '../../packages/core/src/domain/ca-limits.ts'
import { KNOWN_CAS } from '../../packages/core/src/domain/known-cas.ts'

export interface Want {
  kind: LimitKind
  subject: string | number
}

/** The client's ledger in memory: the product's arithmetic, with Let's Encrypt's limits and what was agreed with it. */
export class MemoryLedger {
  readonly #fullAt = new Map<string, Date>()
  readonly #promised = new Map<string, Date>()
  readonly #limits: CaLimits
  readonly #agreed: Readonly<Record<string, CaLimits>>

  /** @param agreed by subject, '' for all */
  constructor(agreed: Readonly<Record<string, CaLimits>>) {
    this.#limits = limitsOf(KNOWN_CAS.letsencrypt?.directory ?? '', agreed[''])
    this.#agreed = agreed
  }

  #limit({ kind, subject }: Want) {
    return this.#agreed[subject]?.[kind] ?? this.#limits[kind]
  }

  /** Takes all, or nothing: then the instant that is promised to this one, after those promised before. */
  spend(wants: readonly Want[], now: Date): Date | null {
    let at = now
    for (const want of wants) {
      const limit = this.#limit(want)
      const key = `${want.kind} ${want.subject}`
      const fullAt = this.#fullAt.get(key)
      if (!limit || leftOf(limit, fullAt, now) >= 1) continue
      const promised = this.#promised.get(key)
      const interval = limit.windowMs / limit.count
      const next = nextAllowedAt(limit, fullAt, now)
      const mine = promised && promised >= next ? new Date(promised.getTime() + interval) : next
      this.#promised.set(key, mine)
      if (mine > at) at = mine
    }
    if (at > now) return at
    for (const want of wants) this.note(want, now)
    return null
  }

  note(want: Want, now: Date): void {
    const limit = this.#limit(want)
    const key = `${want.kind} ${want.subject}`
    if (limit) this.#fullAt.set(key, afterSpending(limit, this.#fullAt.get(key), now))
  }

  refund(want: Want, now: Date): void {
    const limit = this.#limit(want)
    const key = `${want.kind} ${want.subject}`
    if (limit) this.#fullAt.set(key, afterRefund(limit, this.#fullAt.get(key), now))
  }

  /** Whether there is room, without taking it: validations cost when they fail. */
  room(want: Want, now: Date): Date | null {
    const limit = this.#limit(want)
    const fullAt = this.#fullAt.get(`${want.kind} ${want.subject}`)
    return limit && leftOf(limit, fullAt, now) < 1 ? nextAllowedAt(limit, fullAt, now) : null
  }
}
