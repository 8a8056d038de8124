import type { HealthOutcome } from '../../packages/core/src/domain/health/observation.ts'
import type { Outage, World } from './world.ts'

/** In time: so many seconds after the first failed check of an outage (requirements H2). */
const IN_TIME = 300
/** What was well again a moment before it was told was away all the same. */
const JUST_NOW = 150

export interface Verdict {
  checks: number
  /** Domains that were away and had to be told of: each that failed a check five minutes before the end of its outage. */
  due: number
  late: number
  missed: number
  /** The longest from a first failed check to being told, less the times in which nothing could be learnt; in seconds. */
  slowest: number
  /** Told of what was well. */
  falseAlarms: number
  /** Beginnings of an outage that were told after the first one. */
  repeated: number
  /** Outages whose end was not told, or more than once. */
  wrongEnds: number
  /** All that people got to hear. */
  notices: number
}

interface Case {
  firstFailed: number
  blind: number
  lastAt: number
  wasBlind: boolean
  toldAt?: number
}

/** Knows what was really so, and nothing of how the policies decide. */
export class Judge {
  readonly #world: World
  readonly #cases = new Map<Outage, Map<number, Case>>()
  readonly #begun = new Map<Outage, number>()
  readonly #ended = new Map<Outage, number>()
  /** By incident: the outage that it is of. */
  readonly #incidents = new Map<string, Outage>()
  readonly #verdict = { checks: 0, falseAlarms: 0, notices: 0 }

  constructor(world: World) {
    this.#world = world
  }

  checked(domain: number, second: number, outcome: HealthOutcome): void {
    this.#verdict.checks += 1
    const outage = this.#world.awayAt(domain, second)
    if (!outage) return
    const cases = this.#cases.get(outage) ?? new Map<number, Case>()
    this.#cases.set(outage, cases)
    const known = cases.get(domain)
    if (known && known.toldAt === undefined) {
      if (known.wasBlind) known.blind += second - known.lastAt
      known.lastAt = second
      known.wasBlind = outcome === 'inconclusive'
    } else if (!known && outcome === 'broken') {
      cases.set(domain, { firstFailed: second, blind: 0, lastAt: second, wasBlind: false })
    }
  }

  /** The domain is part of an outage that people know of. */
  known(domain: number, second: number): void {
    const outage = this.#outageAt(domain, second)
    const one = outage && this.#cases.get(outage)?.get(domain)
    if (one) one.toldAt ??= second
    else this.#verdict.falseAlarms += 1
  }

  begun(incident: string, domain: number, second: number): void {
    this.#verdict.notices += 1
    const outage = this.#outageAt(domain, second)
    if (!outage) return
    this.#incidents.set(incident, outage)
    this.#begun.set(outage, (this.#begun.get(outage) ?? 0) + 1)
  }

  ended(incident: string): void {
    this.#verdict.notices += 1
    const outage = this.#incidents.get(incident)
    if (outage) this.#ended.set(outage, (this.#ended.get(outage) ?? 0) + 1)
  }

  toldOtherwise(): void {
    this.#verdict.notices += 1
  }

  verdict(): Verdict {
    const result: Verdict = { ...this.#verdict, due: 0, late: 0, missed: 0, slowest: 0, repeated: 0, wrongEnds: 0 }
    for (const [outage, cases] of this.#cases) {
      for (const { firstFailed, blind, toldAt } of cases.values()) {
        if (outage.to - firstFailed - blind < IN_TIME) continue
        result.due += 1
        if (toldAt === undefined) {
          result.missed += 1
          continue
        }
        const took = toldAt - firstFailed - blind
        result.slowest = Math.max(result.slowest, took)
        if (took > IN_TIME) result.late += 1
      }
    }
    for (const [outage, times] of this.#begun) {
      result.repeated += times - 1
      if (this.#ended.get(outage) !== times) result.wrongEnds += 1
    }
    return result
  }

  #outageAt(domain: number, second: number): Outage | undefined {
    return this.#world.awayAt(domain, second) ?? this.#world.outages.find((one) => isJustOver(one, domain, second))
  }
}

function isJustOver({ first, end, to }: Outage, domain: number, second: number): boolean {
  return domain >= first && domain < end && second >= to && second < to + JUST_NOW
}
