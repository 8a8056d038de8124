import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHECK_INTERVAL, type Damped, type Damping, damp, FLAPPING, REMINDERS, undisturbed } from './damping.ts'
import type { HealthOutcome } from './observation.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const START = Date.UTC(2026, 0, 1)

interface Told extends Damped {
  at: number
  outcome: HealthOutcome
  quiet: boolean
}

interface World {
  outcome(at: number): HealthOutcome
  quiet?(at: number): boolean
  /** How much later than planned a check comes. */
  late?(at: number): number
}

/** Checks a domain as planned, and tells what came of each check. */
function watch({ outcome, quiet = () => false, late = () => 0 }: World, length: number): Told[] {
  const checks: Told[] = []
  let damping: Damping = undisturbed()
  for (let at = START; at < START + length; ) {
    const seen = { at: new Date(at), outcome: outcome(at) }
    const damped = damp(damping, seen, { quiet: quiet(at) })
    checks.push({ ...damped, at, outcome: seen.outcome, quiet: quiet(at) })
    damping = damped.damping
    at = damped.nextCheckAt.getTime() + late(at)
  }
  return checks
}

const newsOf = (checks: readonly Told[]) => checks.flatMap(({ news, at }) => (news ? [{ news, after: at - START }] : []))
const within = (from: number, to: number) => (at: number) => at >= START + from && at < START + to
const brokenWithin = (from: number, to: number) => (at: number) => (within(from, to)(at) ? 'broken' : ('ok' as const))

describe('an outage', () => {
  it('is told at the third failure, 90 s after the first, and ends with the second success', () => {
    const checks = watch({ outcome: brokenWithin(HOUR, 2 * HOUR) }, 4 * HOUR)
    expect(newsOf(checks)).toEqual([
      { news: 'outage', after: HOUR + 90 * SECOND },
      { news: 'recovery', after: HOUR + 90 * SECOND + 4 * CHECK_INTERVAL + 30 * SECOND },
    ])
    const first = checks.findIndex(({ outcome }) => outcome === 'broken')
    expect(checks.slice(first, first + 3).map(({ at }) => at - START - HOUR)).toEqual([0, 30 * SECOND, 90 * SECOND])
  })

  it('is none when one of the re-checks succeeds', () => {
    expect(newsOf(watch({ outcome: brokenWithin(HOUR, HOUR + 80 * SECOND) }, 3 * HOUR))).toEqual([])
  })

  it('is made sure of by checks apart from each other, however many people make by hand', () => {
    let damping = undisturbed()
    for (const after of [0, 1, 2, 3, 4, 5]) {
      const damped = damp(damping, { at: new Date(START + after * SECOND), outcome: 'broken' })
      expect(damped.news).toBeUndefined()
      damping = damped.damping
    }
    expect(damping).toMatchObject({ is: 'failing', failures: 1 })
  })

  it('is neither confirmed nor refuted by checks that learnt nothing', () => {
    const seen: HealthOutcome[] = ['broken', 'inconclusive', 'inconclusive', 'broken', 'inconclusive', 'broken', 'inconclusive']
    let n = 0
    const checks = watch({ outcome: () => seen[n++] ?? 'broken' }, 20 * MINUTE)
    expect(checks.slice(0, 7).map(({ damping }) => damping.failures)).toEqual([1, 1, 1, 2, 2, 3, 3])
    expect(checks.findIndex(({ news }) => news === 'outage')).toBe(5)
  })

  it('is checked soon again after a check that learnt nothing, and less often when that stays so', () => {
    let n = 0
    const checks = watch({ outcome: () => (n++ === 0 ? 'broken' : 'inconclusive') }, HOUR)
    expect(checks.filter(({ at }) => at < START + 5 * MINUTE)).toHaveLength(10)
    expect(checks).toHaveLength(21)
  })

  it('is not made of a failure of long ago, which nothing has refuted since nobody looked', () => {
    const first = damp(undisturbed(), { at: new Date(START), outcome: 'broken' })
    const second = damp(first.damping, { at: new Date(START + 10 * HOUR), outcome: 'broken' })
    expect(second.damping).toMatchObject({ is: 'failing', failures: 1, failedAt: START + 10 * HOUR })
  })

  it('is over with two successes apart from each other, however many people see by hand', () => {
    let { damping } = watch({ outcome: () => 'broken' }, HOUR).at(-1) ?? damp(undisturbed(), { at: new Date(), outcome: 'ok' })
    for (const after of [0, 1, 24]) {
      const damped = damp(damping, { at: new Date(START + 2 * HOUR + after * SECOND), outcome: 'ok' })
      expect(damped).toMatchObject({ damping: { is: 'broken', successes: 1 } })
      damping = damped.damping
    }
    expect(damp(damping, { at: new Date(START + 2 * HOUR + 25 * SECOND), outcome: 'ok' }).news).toBe('recovery')
  })

  it('goes on where a failure is between two successes', () => {
    const before = watch({ outcome: () => 'broken' }, HOUR).at(-1)?.damping ?? undisturbed()
    const seen: HealthOutcome[] = ['ok', 'broken', 'ok', 'broken']
    let damping = before
    for (const [n, outcome] of seen.entries()) {
      damping = damp(damping, { at: new Date(START + 2 * HOUR + n * MINUTE), outcome }).damping
      expect(damping.is).toBe('broken')
    }
  })

  it('is made sure of as soon where the clock was set back meanwhile', () => {
    const { damping } = damp(undisturbed(), { at: new Date(START), outcome: 'broken' })
    const back = [MINUTE, 20 * MINUTE, 2 * HOUR].map((back) => {
      const again = damp(damping, { at: new Date(START - back), outcome: 'broken' })
      expect(again.nextCheckAt.getTime() - START + back).toBeLessThanOrEqual(90 * SECOND)
      return again.damping.failures
    })
    expect(back).toEqual([2, 2, 1])
  })

  it('is reminded of once where nobody looked for days', () => {
    const early = watch({ outcome: () => 'broken' }, HOUR).at(-1)?.damping ?? undisturbed()
    let damping = early
    const news = [0, 1, 2].map((n) => {
      const damped = damp(damping, { at: new Date(START + 4 * 24 * HOUR + n * CHECK_INTERVAL), outcome: 'broken' })
      damping = damped.damping
      return damped.news
    })
    expect(news).toEqual(['reminder', undefined, undefined])
    expect(damping.reminders).toBe(3)
  })

  it('is reminded of at growing distances, and then no more', () => {
    const news = newsOf(watch({ outcome: () => 'broken' }, 30 * 24 * HOUR))
    expect(news.map(({ news }) => news)).toEqual(['outage', ...REMINDERS.map(() => 'reminder')])
    const told = news[0]?.after ?? 0
    for (const [i, after] of REMINDERS.entries()) {
      const late = (news[i + 1]?.after ?? 0) - told - after
      expect(late).toBeGreaterThanOrEqual(0)
      expect(late).toBeLessThan(CHECK_INTERVAL)
    }
  })
})

describe('maintenance', () => {
  it('keeps quiet about an outage that ends in it, and tells one that outlasts it', () => {
    const quiet = within(HOUR, 4 * HOUR)
    expect(newsOf(watch({ outcome: brokenWithin(2 * HOUR, 3 * HOUR), quiet }, 8 * HOUR))).toEqual([])
    expect(newsOf(watch({ outcome: brokenWithin(2 * HOUR, 6 * HOUR), quiet }, 8 * HOUR)).map(({ news }) => news)).toEqual([
      'outage',
      'recovery',
    ])
  })

  it('tells no end of what fails again when it is over', () => {
    const quiet = within(HOUR + 2 * MINUTE, 3 * HOUR)
    const outcome = (at: number) => (brokenWithin(HOUR, 2 * HOUR)(at) === 'broken' || at >= START + 3 * HOUR ? 'broken' : 'ok')
    expect(newsOf(watch({ outcome, quiet }, 4 * HOUR)).map(({ news }) => news)).toEqual(['outage'])
  })

  it('puts a recovery off until it is over', () => {
    const news = newsOf(watch({ outcome: brokenWithin(HOUR, 2 * HOUR), quiet: within(HOUR + 2 * MINUTE, 4 * HOUR) }, 8 * HOUR))
    expect(news.map(({ news }) => news)).toEqual(['outage', 'recovery'])
    expect(news[1]?.after).toBeGreaterThanOrEqual(4 * HOUR)
  })
})

describe('flapping', () => {
  /** Half an hour away, half an hour there. */
  const flapping = (until: number, then: HealthOutcome) => (at: number) =>
    at - START >= until ? then : Math.floor((at - START) / (30 * MINUTE)) % 2 === 0 ? 'broken' : ('ok' as const)

  it('is told at the third outage, then nothing until it is calm', () => {
    const news = newsOf(watch({ outcome: flapping(12 * HOUR, 'ok') }, 24 * HOUR))
    expect(news.map(({ news }) => news)).toEqual(['outage', 'recovery', 'outage', 'recovery', 'flapping', 'recovery'])
    // It was away for the last time until half past eleven.
    expect(news[5]?.after).toBeGreaterThanOrEqual(11.5 * HOUR + FLAPPING.calmAfter)
  })

  it('is not made of outages of maintenance', () => {
    const quiet = (at: number) => at < START + 2 * HOUR
    const news = newsOf(watch({ outcome: flapping(3 * HOUR, 'ok'), quiet }, 8 * HOUR))
    expect(news.map(({ news }) => news)).toEqual(['outage', 'recovery'])
  })

  it('is not over by a failure that comes when it was calm for long enough', () => {
    const told = watch({ outcome: flapping(5 * HOUR, 'ok') }, 5 * HOUR).at(-1)?.damping ?? undisturbed()
    const calm = { ...told, is: 'ok' as const, turnedAt: START }
    expect(calm.told).toBe('flapping')
    expect(damp(calm, { at: new Date(START + 8 * HOUR), outcome: 'broken' }).news).toBeUndefined()
    expect(damp(calm, { at: new Date(START + 8 * HOUR), outcome: 'ok' }).news).toBe('recovery')
  })

  it('that comes to rest broken is said to be', () => {
    const news = newsOf(watch({ outcome: flapping(12 * HOUR, 'broken') }, 20 * HOUR))
    expect(news.map(({ news }) => news)).toEqual([
      'outage',
      'recovery',
      'outage',
      'recovery',
      'flapping',
      'stays broken',
      'reminder',
    ])
  })
})

describe('whatever is seen', () => {
  const outcome = fc.constantFrom<HealthOutcome>('ok', 'broken', 'inconclusive')
  /** What is there, by pieces of a minute up to three hours. */
  const pieces = fc.array(fc.record({ outcome, minutes: fc.integer({ min: 1, max: 180 }) }), { minLength: 1, maxLength: 40 })
  const windows = fc.array(fc.record({ from: fc.integer({ min: 0, max: 3000 }), length: fc.integer({ min: 1, max: 400 }) }), {
    maxLength: 3,
  })
  const delays = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 20 })
  type Piece = { outcome: HealthOutcome; minutes: number }

  function worldOf(list: readonly Piece[], o: { windows?: readonly { from: number; length: number }[]; delays?: number[] } = {}) {
    const ends: { until: number; outcome: HealthOutcome }[] = []
    let until = START
    for (const { outcome, minutes } of list) {
      until += minutes * MINUTE
      ends.push({ until, outcome })
    }
    let n = 0
    const world: World = {
      outcome: (at) => ends.find((one) => at < one.until)?.outcome ?? 'ok',
      quiet: (at) => (o.windows ?? []).some(({ from, length }) => within(from * MINUTE, (from + length) * MINUTE)(at)),
      late: () => (o.delays ? (o.delays[n++ % o.delays.length] ?? 0) * SECOND : 0),
    }
    return { checks: watch(world, until - START + 12 * HOUR), ends }
  }

  it('nothing is told of an outage without three failures in a row', () => {
    fc.assert(
      fc.property(pieces, delays, (list, delays) => {
        const { checks } = worldOf(list, { delays })
        for (const [i, { news }] of checks.entries()) {
          if (news !== 'outage' && news !== 'flapping') continue
          const known = checks.slice(0, i + 1).filter(({ outcome }) => outcome !== 'inconclusive')
          expect(known.slice(-3).map(({ outcome }) => outcome)).toEqual(['broken', 'broken', 'broken'])
        }
      }),
    )
  })

  it('outages and recoveries take turns, and every outage has its end when it is calm', () => {
    fc.assert(
      fc.property(pieces, windows, delays, (list, windows, delays) => {
        const { checks } = worldOf(list, { windows, delays })
        const told = newsOf(checks).map(({ news }) => news)
        const turns = told.filter((news) => news !== 'reminder' && news !== 'stays broken')
        for (const [i, news] of turns.entries()) expect(news === 'recovery').toBe(i % 2 === 1)
        // Twelve hours of good checks are at the end of each world, unless a window hides their news.
        if (!checks.at(-1)?.quiet) expect(turns.length % 2).toBe(0)
        for (const [i, news] of told.entries())
          if (news === 'stays broken') expect(told.slice(0, i).findLast((one) => one !== 'reminder')).toBe('flapping')
      }),
    )
  })

  it('nobody is told anything in maintenance, nor by a check that learnt nothing', () => {
    fc.assert(
      fc.property(pieces, windows, (list, windows) => {
        for (const { news, quiet, outcome } of worldOf(list, { windows }).checks)
          if (quiet || outcome === 'inconclusive') expect(news).toBeUndefined()
      }),
    )
  })

  it('an outage of five minutes is told within five minutes of its first failed check, unless the domain is said to flap', () => {
    const conclusive = fc.array(
      fc.record({ outcome: fc.constantFrom<HealthOutcome>('ok', 'broken'), minutes: fc.integer({ min: 5, max: 180 }) }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(conclusive, fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1 }), (list, delays) => {
        const { checks, ends } = worldOf(list, { delays })
        for (const [i, { outcome, at }] of checks.entries()) {
          const isFirst = outcome === 'broken' && checks[i - 1]?.outcome !== 'broken'
          const lasts = ends.slice(ends.findIndex(({ until }) => at < until))
          const well = lasts.findIndex((piece) => piece.outcome === 'ok')
          const end = lasts.at(well === -1 ? -1 : well - 1)?.until ?? at
          if (!isFirst || lasts.length === 0 || end - at < 5 * MINUTE || checks[i - 1]?.damping.told === 'flapping') continue
          // Its own telling, or that of an outage which it goes on with.
          const soon = checks.filter((check) => check.at >= at && check.at <= at + 5 * MINUTE)
          expect(soon.at(-1)?.damping.told).not.toBe('ok')
        }
      }),
    )
  })

  describe('in whatever order, at whatever times, by a clock that is set back now and then', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 60 }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 3600 }) },
      { weight: 1, arbitrary: fc.integer({ min: -7200, max: 0 }) },
    )
    const raw = fc.array(fc.record({ outcome, step, quiet: fc.boolean() }), { maxLength: 80 })
    type Raw = { outcome: HealthOutcome; step: number; quiet: boolean }

    function seeAll(list: readonly Raw[]): Told[] {
      let [damping, at] = [undisturbed(), START]
      return list.map(({ outcome, step, quiet }) => {
        at += step * SECOND
        const damped = damp(damping, { at: new Date(at), outcome }, { quiet })
        damping = damped.damping
        return { ...damped, at, outcome, quiet }
      })
    }
    /** How many there are, each 25 s at least from the one before that counts. */
    const apart = (times: readonly number[]) => {
      const kept: number[] = []
      for (const at of times) if (Math.abs(at - (kept.at(-1) ?? 0)) >= 25 * SECOND) kept.push(at)
      return kept.length
    }

    it('it breaks by three failures that no success is between, and is well again by two successes that no failure is between', () => {
      fc.assert(
        fc.property(raw, (list) => {
          const checks = seeAll(list)
          for (const [i, { damping, at }] of checks.entries()) {
            const before = checks[i - 1]?.damping.is ?? 'ok'
            const since = (other: HealthOutcome) =>
              checks.slice(checks.slice(0, i + 1).findLastIndex(({ outcome }) => outcome === other) + 1, i + 1)
            const times = (of: HealthOutcome, among: Told[]) => among.filter((one) => one.outcome === of).map((one) => one.at)
            if (before !== 'broken' && damping.is === 'broken') {
              expect(apart(times('broken', since('ok')))).toBeGreaterThanOrEqual(3)
              expect(damping.turnedAt).toBe(at)
            }
            if (before === 'broken' && damping.is !== 'broken') {
              expect(damping.is).toBe('ok')
              expect(apart(times('ok', since('broken')))).toBeGreaterThanOrEqual(2)
            }
          }
        }),
      )
    })

    it('alarms and recoveries take turns, reminders are of an alarm and at most four, and the next check is at most 15 min away', () => {
      fc.assert(
        fc.property(raw, (list) => {
          let [isTold, reminders] = [false, 0]
          for (const { news, at, nextCheckAt, damping } of seeAll(list)) {
            expect(nextCheckAt.getTime() - at).toBeGreaterThanOrEqual(30 * SECOND)
            expect(nextCheckAt.getTime() - at).toBeLessThanOrEqual(CHECK_INTERVAL)
            if (news === 'outage' || news === 'flapping') expect([isTold, damping.is]).toEqual([false, 'broken'])
            if (news === 'recovery') expect([isTold, damping.is]).toEqual([true, 'ok'])
            if (news === 'reminder' || news === 'stays broken') expect([isTold, damping.is]).toEqual([true, 'broken'])
            if (news) reminders = news === 'reminder' ? reminders + 1 : 0
            if (news) isTold = news !== 'recovery'
            expect(reminders).toBeLessThanOrEqual(REMINDERS.length)
            expect(damping.told === 'ok').toBe(!isTold)
          }
        }),
      )
    })
  })

  it('the state is plain JSON, and does not grow', () => {
    fc.assert(
      fc.property(pieces, (list) => {
        for (const { damping } of worldOf(list).checks) {
          expect(JSON.parse(JSON.stringify(damping))).toEqual(damping)
          expect(JSON.stringify(damping).length).toBeLessThan(300)
        }
      }),
    )
  })
})
