import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Clock } from '../contracts/runtime.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { Deadlines } from './deadlines.ts'

const START = Date.parse('2030-01-01T00:00:00Z')

/** A clock whose sleeps end when the test says so, and what sleeps under way it has. */
function clockByHand() {
  const sleeps = new Map<object, { ms: number; wake: () => void; fail: (thrown: unknown) => void }>()
  let now = START
  const clock: Clock = {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const key = {}
        const leave = (end: () => void) => () => {
          sleeps.delete(key)
          end()
        }
        sleeps.set(key, { ms, wake: leave(resolve), fail: (thrown) => leave(() => reject(thrown))() })
        signal?.addEventListener(
          'abort',
          leave(() => reject(signal.reason)),
        )
      }),
    every: () => () => undefined,
  }
  const only = () => {
    const [sleep, ...others] = sleeps.values()
    if (!sleep || others.length > 0) throw new Error(`${sleeps.size} sleeps are under way`)
    return sleep
  }
  const set = (at: number) => {
    now = START + at
  }
  return { clock, sleeps, only, set }
}

function waiting(log: string[], name: string) {
  return { expire: () => void log.push(name), fail: (thrown: unknown) => void log.push(`${name} ${thrown}`) }
}

/** Until so many turns of the event loop are over. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate)
}

test('whatever the times to wait, each expires at its own moment, those that leave never', async () => {
  const times = fc.array(fc.record({ ms: fc.constantFrom(50, 750, 2000, 4000), after: fc.nat(1500), leaves: fc.boolean() }), {
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(times, async (all) => {
      const clock = loopbackClock(new Date(START))
      const deadlines = new Deadlines(clock)
      const now = () => clock.now().getTime() - START
      const expired: number[][] = []
      await Promise.all(
        all.map(async ({ ms, after, leaves }) => {
          await clock.sleep(after)
          const due = now() + ms
          const one = { expire: () => void expired.push([due, now()]), fail: () => undefined }
          deadlines.add(one, ms)
          if (leaves) deadlines.remove(one, ms)
        }),
      )
      await clock.sleep(6000)
      expect(expired).toHaveLength(all.filter(({ leaves }) => !leaves).length)
      for (const [due, at] of expired) expect(at).toBe(due)
    }),
    { numRuns: 8 },
  )
})

test('one sleep serves all, the shortest first, and none is left when all have gone', async () => {
  const { clock, sleeps, only } = clockByHand()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  const [a, b, c] = ['a', 'b', 'c'].map((name) => waiting(log, name))
  if (!a || !b || !c) throw new Error('three were made')
  deadlines.add(a, 2000)
  deadlines.add(b, 2000)
  expect(only().ms).toBe(2000)
  deadlines.add(c, 750)
  expect(only().ms).toBe(750)
  deadlines.remove(a, 2000)
  deadlines.remove(c, 750)
  deadlines.remove(c, 750)
  deadlines.remove(b, 2000)
  expect(sleeps.size).toBe(0)
  expect(log).toEqual([])
})

test('a timer that fires a moment early still ends what it was set for', async () => {
  const { clock, only, set } = clockByHand()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  deadlines.add(waiting(log, 'a'), 2000)
  set(1999)
  only().wake()
  await turns(3)
  expect(log).toEqual(['a'])
})

test('a clock that is set back by an hour makes nobody wait for it', async () => {
  const { clock, only, set, sleeps } = clockByHand()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  deadlines.add(waiting(log, 'before'), 2000)
  set(-3_600_000)
  deadlines.add(waiting(log, 'after'), 2000)
  expect(only().ms).toBe(2000)
  set(-3_598_000)
  only().wake()
  await turns(3)
  expect(log).toEqual(['before', 'after'])
  expect(sleeps.size).toBe(0)
})

test('what is answered in the turns after the timer, as long as there are answers, does not expire', async () => {
  const { clock, only, set } = clockByHand()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  const [a, b, c] = ['a', 'b', 'c'].map((name) => waiting(log, name))
  if (!a || !b || !c) throw new Error('three were made')
  for (const one of [a, b, c]) deadlines.add(one, 2000)
  set(2000)
  only().wake()
  await Promise.resolve()
  deadlines.remove(a, 2000)
  await new Promise(setImmediate)
  deadlines.remove(b, 2000)
  expect(log).toEqual([])
  await turns(3)
  expect(log).toEqual(['c'])
})

test('a clock that fails is told to everybody', async () => {
  const { clock, only } = clockByHand()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  deadlines.add(waiting(log, 'a'), 2000)
  deadlines.add(waiting(log, 'b'), 4000)
  only().fail('no clock')
  await new Promise(setImmediate)
  expect(log).toEqual(['a no clock', 'b no clock'])
})
