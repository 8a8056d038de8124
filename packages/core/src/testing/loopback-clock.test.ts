import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { loopbackClock } from './loopback-clock.ts'

test('sleeps end in their order, at their times, without real ones passing', async () => {
  const clock = loopbackClock(new Date(0))
  const woken: number[] = []
  const started = performance.now()
  await Promise.all(
    [3_600_000, 1000, 60_000, 1000].map(async (ms) => woken.push(await clock.sleep(ms).then(() => clock.now().getTime()))),
  )
  expect(woken).toEqual([1000, 1000, 60_000, 3_600_000])
  expect(performance.now() - started).toBeLessThan(1000)
})

test('time stands still while servers talk', async () => {
  const server = createServer((socket) => socket.end('hello'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const clock = loopbackClock(new Date(0))
  const over = new AbortController()
  const late = clock.sleep(1, over.signal).then(
    () => 'late',
    () => 'in time',
  )
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'data')
  over.abort()
  expect(await late).toBe('in time')
  expect(clock.now().getTime()).toBe(0)
  socket.destroy()
  server.close()
})

test('an abort ends a sleep with its reason, before or during it', async () => {
  const clock = loopbackClock()
  const abort = new AbortController()
  const sleep = clock.sleep(1000, abort.signal)
  abort.abort(new Error('enough'))
  await expect(sleep).rejects.toThrow('enough')
  await expect(clock.sleep(1000, abort.signal)).rejects.toThrow('enough')
})

test('every calls until it is stopped', async () => {
  const clock = loopbackClock(new Date(0))
  const calls: number[] = []
  const stop = clock.every(1000, () => calls.push(clock.now().getTime()))
  await clock.sleep(3500)
  stop()
  await clock.sleep(3500)
  expect(calls).toEqual([1000, 2000, 3000])
})
