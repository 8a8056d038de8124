import type { HealthOutcome } from '../../packages/core/src/domain/health/observation.ts'
import { type Chances, seeded } from '../seeded.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export interface WorldOptions {
  seed: number
  domains: number
  days: number
  /** So many domains are behind each address. */
  behindEach: number
  /** A check of a domain that is well fails with this probability: a packet is lost, and nothing asks for it again. */
  loss: number
  /** Real outages: every second one of a whole address, the others of one domain. */
  outages: number
  /** In a month: one of the resolvers says something else for some minutes; our own connectivity is away for up to half an hour. */
  hiccups: number
  blackouts: number
}

/** Times in seconds from the beginning. */
export interface Outage {
  from: number
  /** Does not belong to it. */
  to: number
  /** Domains from, up to and without. */
  first: number
  end: number
}

/** What a prober can see, and what is really so. */
export class World {
  readonly outages: Outage[] = []
  readonly #blind: { from: number; to: number }[] = []
  readonly #chances: Chances
  readonly #loss: number
  readonly #length: number
  /** What is open now; times only grow. */
  #second = -1
  #open: readonly Outage[] = []
  #isBlind = false

  constructor({ seed, domains, days, behindEach, loss, outages, hiccups, blackouts }: WorldOptions) {
    this.#chances = seeded(seed)
    this.#loss = loss
    this.#length = days * DAY
    for (let n = 0; n < outages; n++) {
      const one = this.#chances.between(0, domains - 1)
      const first = n % 2 === 0 ? one : one - (one % behindEach)
      this.outages.push({ ...this.#during(20 * MINUTE, 8 * HOUR), first, end: n % 2 === 0 ? one + 1 : first + behindEach })
    }
    for (let n = 0; n < (hiccups * days) / 30; n++) this.#blind.push(this.#during(MINUTE, 10 * MINUTE))
    for (let n = 0; n < (blackouts * days) / 30; n++) this.#blind.push(this.#during(MINUTE, 30 * MINUTE))
  }

  /** What a check finds. */
  see(domain: number, second: number): HealthOutcome {
    this.#move(second)
    if (this.#isBlind) return 'inconclusive'
    if (this.awayAt(domain, second)) return 'broken'
    return this.#chances.happens(this.#loss) ? 'broken' : 'ok'
  }

  /** The outage that the domain is really in. */
  awayAt(domain: number, second: number): Outage | undefined {
    this.#move(second)
    return this.#open.find(({ first, end }) => domain >= first && domain < end)
  }

  #move(second: number): void {
    if (second === this.#second) return
    this.#second = second
    const isOpen = ({ from, to }: { from: number; to: number }) => second >= from && second < to
    this.#open = this.outages.filter(isOpen)
    this.#isBlind = this.#blind.some(isOpen)
  }

  #during(least: number, most: number): { from: number; to: number } {
    const length = this.#chances.between(least, most)
    const from = this.#chances.between(HOUR, Math.max(HOUR, this.#length - length - HOUR))
    return { from, to: from + length }
  }
}
