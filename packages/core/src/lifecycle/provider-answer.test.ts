import { describe, expect, it } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import { answerWithin } from './provider-answer.ts'

function open() {
  const clock = manualClock(new Date('2026-11-21T00:00:00Z'))
  const runtime = {
    clock,
    random: { bytes: (length: number) => new Uint8Array(length) },
    logger: { log: () => undefined },
    process: { owner: 'test', isGone: () => false },
  }
  return { clock, runtime }
}

describe('what a provider answers in time', () => {
  it('is its answer, or its failure', async () => {
    const { signal } = new AbortController()
    expect(await answerWithin(open(), 'one', 1_000, signal, async () => 'answer')).toBe('answer')
    const failing = answerWithin(open(), 'one', 1_000, signal, async () => Promise.reject(new Error('refused')))
    await expect(failing).rejects.toThrow('refused')
  })

  it('is its failure also where that comes before there is a promise, and nothing is left unhandled', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const failing = answerWithin(open(), 'one', 1_000, new AbortController().signal, () => {
      throw new Error('not even a promise')
    })
    await expect(failing).rejects.toThrow('not even a promise')
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('is that it does not answer, also where it does not heed its signal', async () => {
    const services = open()
    let asked: AbortSignal | undefined
    const answer = answerWithin(services, 'one', 15_000, new AbortController().signal, (signal) => {
      asked = signal
      return new Promise<never>(() => undefined)
    })
    services.clock.advance(14_999)
    expect(asked?.aborted).toBe(false)
    services.clock.advance(1)
    await expect(answer).rejects.toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: 'The provider one did not answer within 15 s.',
    })
    expect(asked?.aborted).toBe(true)
  })

  it("is the caller's reason when the caller goes", async () => {
    const going = new AbortController()
    const answer = answerWithin(open(), 'one', 1_000, going.signal, () => new Promise<never>(() => undefined))
    going.abort(new Error('gone'))
    await expect(answer).rejects.toThrow('gone')
    let wasAsked = false
    const late = answerWithin(open(), 'one', 1_000, going.signal, async () => {
      wasAsked = true
    })
    await expect(late).rejects.toThrow('gone')
    expect(wasAsked).toBe(false)
  })
})
