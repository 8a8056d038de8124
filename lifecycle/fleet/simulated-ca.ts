import { type Allowance, Judge } from './judge.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What a CA may do to a fleet. Times in ms from the beginning. */
export type Incident =
  | { kind: 'outage'; at: number; length: number }
  /** `share` of all certificates are to be replaced at once. */
  | { kind: 'recall'; at: number; share: number }

export interface IssuedBefore {
  /** Which names, as a number for each set. */
  set: number
  registrable: number
  notBefore: number
  notAfter: number
  /** It is to be replaced at once. */
  recalled: boolean
}

/** What came of an order. */
export type Outcome = 'issued' | 'unreachable' | 'limited' | 'not validated'

/** Let's Encrypt's renewals are those of a set that had a certificate in this time; they pay for no order. */
const RENEWAL_MEMORY = 120 * DAY

/** Boulder in what a fleet sees of it: its windows, its limits and when each of them counts, and that it is not always there. */
export class SimulatedCa {
  readonly judge: Judge
  readonly lifetime: number
  readonly #outages: readonly { from: number; to: number }[]
  readonly #advises: boolean

  constructor(o: {
    lifetime: number
    advises: boolean
    incidents: readonly Incident[]
    agreed: Readonly<Record<string, Allowance>>
  }) {
    this.lifetime = o.lifetime
    this.#advises = o.advises
    this.#outages = o.incidents.flatMap((one) => (one.kind === 'outage' ? [{ from: one.at, to: one.at + one.length }] : []))
    this.judge = new Judge(o.agreed)
  }

  isDown(now: number): boolean {
    return this.#outages.some(({ from, to }) => now >= from && now < to)
  }

  /** Backdated by an hour, and a second short: both ends of a validity belong to it. */
  validity(now: number): { notBefore: number; notAfter: number } {
    return { notBefore: now - HOUR, notAfter: now - HOUR + this.lifetime - 1000 }
  }

  /**
   * Whether a certificate ran out since the CA was away from when it should have been renewed, the end of its usual window whatever
   * a client has planned, to its end; a recovery in the last hour helps nobody.
   */
  wasAwayFor({ notBefore, notAfter }: Pick<IssuedBefore, 'notBefore' | 'notAfter'>): boolean {
    const { end } = usualWindow(notBefore, notAfter)
    const away = this.#outages.reduce((sum, one) => sum + Math.max(0, Math.min(notAfter, one.to) - Math.max(end, one.from)), 0)
    return notAfter - end - away <= HOUR
  }

  /** RFC 9773 as boulder answers. */
  window({ notBefore, notAfter, recalled }: Omit<IssuedBefore, 'set' | 'registrable'>, now: number) {
    if (!this.#advises) return null
    return recalled ? { start: now - HOUR, end: now - HOUR / 2 } : usualWindow(notBefore, notAfter)
  }

  /** An order with all that belongs to it, which replaces `before`. Exempt from all limits is one within the advised window. */
  order(o: { set: number; registrable: number; before: IssuedBefore | null; provable: boolean }, now: number): Outcome {
    if (this.isDown(now)) return 'unreachable'
    const { judge } = this
    const { set, registrable, before, provable } = o
    const second = Math.floor(now / 1000)
    judge.request('newNonce', second)
    judge.request('newOrder', second)
    const window = before && this.window(before, now)
    const exempt = window !== null && window.start <= now && now < window.end
    const renewed = before !== null && before.notBefore + HOUR > now - RENEWAL_MEMORY
    const allowed =
      exempt ||
      ((renewed || (judge.allows('orders', 'account', now) && judge.allows('certificates', registrable, now))) &&
        judge.allows('duplicates', set, now))
    if (!allowed || !judge.allows('failures', set, now)) return 'limited'
    if (!exempt && !renewed) judge.take('orders', 'account', now)
    judge.request('other', second, provable ? 6 : 4)
    if (!provable) {
      judge.take('failures', set, now)
      return 'not validated'
    }
    if (!exempt && !renewed) judge.take('certificates', registrable, now)
    // That of an exempt order, too, leaves less for others.
    judge.take('duplicates', set, now)
    return 'issued'
  }
}

/** Around two thirds of the lifetime, or half of one under ten days, by a hundredth of it; from when it was issued. */
function usualWindow(notBefore: number, notAfter: number): { start: number; end: number } {
  const validity = notAfter - (notBefore + HOUR) + 1000
  const ideal = notAfter - validity / (validity < 10 * DAY ? 2 : 3)
  return { start: Math.floor(ideal - validity / 100), end: Math.floor(ideal + validity / 100) }
}
