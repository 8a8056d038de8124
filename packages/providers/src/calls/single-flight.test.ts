import { expect, it } from 'vitest'
import { singleFlight } from './single-flight.ts'

const reason = new Error('enough')

it('does once what several want at the same time, and anew what is wanted later', async () => {
  const flights = singleFlight<number>()
  let started = 0
  const work = async () => ++started
  const { signal } = new AbortController()
  expect(await Promise.all([flights('a', signal, work), flights('a', signal, work), flights('b', signal, work)])).toEqual([
    1, 1, 2,
  ])
  expect(await flights('a', signal, work)).toBe(3)
})

it('goes on for the others when one goes, and ends when all have gone', async () => {
  const flights = singleFlight<string>()
  const gate = Promise.withResolvers<string>()
  let own: AbortSignal | undefined
  const work = (signal: AbortSignal) => {
    own = signal
    return gate.promise
  }
  const [one, two] = [new AbortController(), new AbortController()]
  const first = flights('a', one.signal, work)
  const second = flights('a', two.signal, work)
  one.abort(reason)
  await expect(first).rejects.toBe(reason)
  expect(own?.aborted).toBe(false)
  two.abort(reason)
  await expect(second).rejects.toBe(reason)
  expect(own?.aborted).toBe(true)
  const later = flights('a', new AbortController().signal, async () => 'anew')
  gate.resolve('late')
  expect(await later).toBe('anew')
})

it('gives a failure to all who wait for it', async () => {
  const flights = singleFlight<never>()
  const { signal } = new AbortController()
  const failing = () => Promise.reject(reason)
  const all = await Promise.allSettled([flights('a', signal, failing), flights('a', signal, failing)])
  expect(all).toEqual(Array(2).fill({ status: 'rejected', reason }))
  expect(() => flights('a', AbortSignal.abort(reason), failing)).toThrow(reason)
})
