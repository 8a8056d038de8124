import { expect, it } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import { targetWithin } from './target-within.ts'

const HOUR = 3_600_000

function open() {
  const clock = manualClock(new Date('2026-11-22T00:00:00Z'))
  const runtime = {
    clock,
    random: { bytes: (length: number) => new Uint8Array(length) },
    logger: { log: () => undefined },
    process: { owner: 'test', isGone: () => false },
  }
  return { clock, runtime }
}
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

it('a target that hangs is told to end, and left when it does not heed that', async () => {
  const services = open()
  let given: AbortSignal | undefined
  const failing = failureOf(
    targetWithin(services, 'web', new AbortController().signal, async (signal) => {
      given = signal
      return new Promise(() => undefined)
    }),
  )
  services.clock.advance(2 * HOUR - 1)
  expect(given?.aborted).toBe(false)
  services.clock.advance(1)
  expect(given?.reason).toMatchObject({ code: 'DEPLOY_FAILED', message: expect.stringContaining('web') })
  services.clock.advance(30_000)
  expect(await failing).toBe(given?.reason)
})

it('a target that ends when it is told to has taken too long, whatever it says', async () => {
  const services = open()
  const failing = failureOf(
    targetWithin(services, 'web', new AbortController().signal, async (signal) => {
      await new Promise((aborted) => signal.addEventListener('abort', aborted))
      throw new Error('aborted')
    }),
  )
  services.clock.advance(2 * HOUR)
  expect(await failing).toMatchObject({ code: 'DEPLOY_FAILED', message: expect.stringContaining('2 hours') })
})

it('a target that heeds its signal is waited for, and what it comes to counts', async () => {
  const services = open()
  const stop = new AbortController()
  const held = Promise.withResolvers<string>()
  const working = targetWithin(services, 'web', stop.signal, () => held.promise)
  stop.abort(new Error('enough'))
  services.clock.advance(29_999)
  held.resolve('it is there')
  expect(await working).toBe('it is there')
})

it('the caller who goes is not held by a target that does not heed its signal', async () => {
  const services = open()
  const stop = new AbortController()
  const failing = failureOf(targetWithin(services, 'web', stop.signal, () => new Promise(() => undefined)))
  stop.abort(new Error('enough'))
  services.clock.advance(30_000)
  expect(await failing).toBe(stop.signal.reason)
})

it('what fails before there is a promise is a failure like any other, and no timer stays', async () => {
  const services = open()
  let given: AbortSignal | undefined
  const failing = targetWithin(services, 'web', new AbortController().signal, (signal) => {
    given = signal
    throw new Error('not even a promise')
  })
  await expect(failing).rejects.toThrow('not even a promise')
  const { reason } = given ?? {}
  services.clock.advance(3 * HOUR)
  expect(given?.reason).toBe(reason)
})
