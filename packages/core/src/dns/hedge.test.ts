import { expect, test } from 'vitest'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { firstUsable } from './hedge.ts'
import { NEVER } from './lab.test.support.ts'

const hang = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('asks the next one after a failure at once and beside a slow one later, none after the first success, and aborts the losers', async () => {
  const clock = loopbackClock(new Date(0))
  const asked: [string, number][] = []
  let slow: AbortSignal | undefined
  const attempt = async (name: string, signal: AbortSignal) => {
    asked.push([name, clock.now().getTime()])
    if (name === 'useless') return undefined
    if (name !== 'slow') return name
    slow = signal
    return await hang(signal)
  }
  expect(await firstUsable(['useless', 'slow', 'good', 'idle'], attempt, { clock, signal: NEVER })).toBe('good')
  expect(asked).toEqual([
    ['useless', 0],
    ['slow', 0],
    ['good', 300],
  ])
  expect(slow?.aborted).toBe(true)
})

test('gives undefined when nobody has anything', async () => {
  const clock = loopbackClock()
  expect(await firstUsable(['a', 'b'], async () => undefined, { clock, signal: NEVER })).toBeUndefined()
  expect(await firstUsable([], async () => 'x', { clock, signal: NEVER })).toBeUndefined()
})

test('a slow one still counts when the others have failed', async () => {
  const clock = loopbackClock()
  const attempt = async (name: string) => (name === 'slow' ? await clock.sleep(2000).then(() => 'late') : undefined)
  expect(await firstUsable(['slow', 'useless'], attempt, { clock, signal: NEVER })).toBe('late')
})

test('rejects with the reason of an abort, and with what an attempt throws', async () => {
  const clock = loopbackClock()
  const abort = new AbortController()
  const waiting = firstUsable(['a', 'b'], (_, signal) => hang(signal), { clock, signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  await expect(firstUsable(['a'], async () => Promise.reject(new Error('fault')), { clock, signal: NEVER })).rejects.toThrow(
    'fault',
  )
})
