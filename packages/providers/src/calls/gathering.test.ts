import { expect, it } from 'vitest'
import { gathering } from './gathering.ts'

const ALWAYS = new AbortController().signal
const reason = new Error('enough')

it('makes together what is wanted at once for one key, up to the most, and apart what is wanted later', async () => {
  const groups: (readonly number[])[] = []
  const gather = gathering<number>(2, async (items) => {
    groups.push(items)
    return Promise.allSettled(items)
  })
  await Promise.all([gather('a', 1, ALWAYS), gather('b', 2, ALWAYS), gather('a', 3, ALWAYS), gather('a', 4, ALWAYS)])
  await gather('a', 5, ALWAYS)
  expect(groups).toEqual([[1, 3], [2], [4], [5]])
})

it('tells each caller what became of its own, and a failure of all to all', async () => {
  const gather = gathering<number>(9, async (items) => {
    if (items.includes(0)) throw reason
    return Promise.allSettled(items.map((item) => (item < 2 ? Promise.resolve() : Promise.reject(reason))))
  })
  const outcomes = async (...items: number[]) =>
    (await Promise.allSettled(items.map((item) => gather('a', item, ALWAYS)))).map(({ status }) => status)
  expect(await outcomes(1, 2)).toEqual(['fulfilled', 'rejected'])
  expect(await outcomes(0, 1)).toEqual(['rejected', 'rejected'])
})

it('goes on for the others when one goes, and ends when all have gone', async () => {
  const gate = Promise.withResolvers<void>()
  let own: AbortSignal | undefined
  const gather = gathering<number>(9, async (items, signal) => {
    own = signal
    await Promise.race([gate.promise, new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))])
    return Promise.allSettled(items)
  })
  const [one, two] = [new AbortController(), new AbortController()]
  const both = Promise.allSettled([gather('a', 1, one.signal), gather('a', 2, two.signal)])
  while (own === undefined) await new Promise((resolve) => setImmediate(resolve))
  one.abort(reason)
  expect(own.aborted).toBe(false)
  two.abort(reason)
  expect(await both).toEqual(Array(2).fill({ status: 'rejected', reason }))
  expect(() => gather('a', 3, one.signal)).toThrow(reason)
})
