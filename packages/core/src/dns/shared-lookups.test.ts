import { expect, test } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import { MOST_QUESTIONS, payFor, withPurse } from './purse.ts'
import { SharedLookups } from './shared-lookups.ts'

const start = new Date('2030-01-01T00:00:00Z')
const never = new AbortController().signal

function setUp() {
  const clock = manualClock(start)
  const lookups = new SharedLookups<number>(clock)
  let loads = 0
  const load = async () => ++loads
  return { clock, lookups, load }
}

test('concurrent callers share one look-up, and later ones its result for a minute', async () => {
  const { clock, lookups, load } = setUp()
  expect(await Promise.all([lookups.get('a', never, load), lookups.get('a', never, load)])).toEqual([1, 1])
  clock.advance(59_999)
  expect(await lookups.get('a', never, load)).toBe(1)
  expect(await lookups.get('b', never, load)).toBe(2)
  clock.advance(1)
  expect(await lookups.get('a', never, load)).toBe(3)
  expect(await lookups.get('b', never, load)).toBe(2)
})

test('failures and what is forgotten are looked up again', async () => {
  const { lookups, load } = setUp()
  await expect(lookups.get('a', never, async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await lookups.get('a', never, load)).toBe(1)
  lookups.forget('a')
  expect(await lookups.get('a', never, load)).toBe(2)
})

test('goes on while one caller is left, and is aborted with the last; the next one starts anew', async () => {
  const { lookups, load } = setUp()
  const [first, second] = [new AbortController(), new AbortController()]
  let inner: AbortSignal | undefined
  const hang = (signal: AbortSignal) => {
    inner = signal
    return new Promise<number>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  }
  const gets = [lookups.get('a', first.signal, hang), lookups.get('a', second.signal, hang)]
  first.abort(new Error('first'))
  await expect(gets[0]).rejects.toThrow('first')
  expect(inner?.aborted).toBe(false)
  second.abort(new Error('second'))
  await expect(gets[1]).rejects.toThrow('second')
  expect(inner?.aborted).toBe(true)
  expect(await lookups.get('a', never, load)).toBe(1)
  await expect(lookups.get('a', first.signal, load)).rejects.toThrow('first')
})

test('a clock that is set back by a day makes nothing count for longer, nor stay', async () => {
  let now = start.getTime()
  const lookups = new SharedLookups<number>({ ...manualClock(start), now: () => new Date(now) })
  let loads = 0
  const load = async () => ++loads
  await lookups.get('before', never, load)
  now -= 24 * 3_600_000
  expect(await lookups.get('after', never, load)).toBe(2)
  now += 60_000
  expect(lookups.has('before')).toBe(false)
  expect(await lookups.get('after', never, load)).toBe(3)
})

test('who joins a look-up of a call that has asked enough looks up on its own account', async () => {
  const { lookups } = setUp()
  const begun = Promise.withResolvers<void>()
  let asked = 0
  const load = async (signal: AbortSignal) => {
    asked += 1
    await begun.promise
    payFor(signal)
    return asked
  }
  const spender = withPurse('spender.test', never, async (signal) => {
    for (let i = 0; i < MOST_QUESTIONS; i += 1) payFor(signal)
    return await lookups.get('a', signal, load)
  })
  const other = withPurse('other.test', never, async (signal) => await lookups.get('a', signal, load))
  begun.resolve()
  await expect(spender).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' })
  expect(await other).toBe(2)
})
