import { describe, expect, it } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import { isNonce, NoncePool } from './nonces.ts'

const never = new AbortController().signal

/** A pool whose fetches end when the test says so. */
function makePool() {
  const clock = manualClock(new Date('2026-11-20T12:00:00Z'))
  const fetches: { resolve(nonce: string): void; reject(error: Error): void }[] = []
  const pool = new NoncePool(clock, () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    fetches.push({ resolve, reject })
    return promise
  })
  return { clock, pool, fetches, take: (signal = never) => pool.take(signal) }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('NoncePool', () => {
  it('gives each nonce once and fetches only when it has none', async () => {
    const { pool, fetches, take } = makePool()
    pool.add('a')
    pool.add('b')
    expect(new Set([await take(), await take()])).toEqual(new Set(['a', 'b']))
    expect(fetches).toHaveLength(0)
    const third = take()
    expect(fetches).toHaveLength(1)
    fetches[0]?.resolve('c')
    expect(await third).toBe('c')
  })

  it('has at most eight fetches under way and serves everybody in turn', async () => {
    const { fetches, take } = makePool()
    const taken = Promise.all(Array.from({ length: 20 }, () => take()))
    for (let served = 0; served < 20; served += 1) {
      expect(fetches.length - served).toBeLessThanOrEqual(8)
      fetches[served]?.resolve(`n${served}`)
      await settle()
    }
    expect(await taken).toEqual(Array.from({ length: 20 }, (_, i) => `n${i}`))
    expect(fetches).toHaveLength(20)
  })

  it('gives the nonce of an answer to whoever has waited longest, and keeps the fetched one for later', async () => {
    const { pool, fetches, take } = makePool()
    const [first, second] = [take(), take()]
    pool.add('from-an-answer')
    expect(await first).toBe('from-an-answer')
    fetches[0]?.resolve('x')
    expect(await second).toBe('x')
    fetches[1]?.resolve('y')
    await settle()
    expect(await take()).toBe('y')
    expect(fetches).toHaveLength(2)
  })

  it('drops nonces that are older than three minutes', async () => {
    const { clock, pool, fetches, take } = makePool()
    pool.add('old')
    clock.advance(179_000)
    pool.add('young')
    clock.advance(2_000)
    expect(await take()).toBe('young')
    const next = take()
    fetches[0]?.resolve('new')
    expect(await next).toBe('new')
  })

  it('tells all who wait when a fetch fails, and fetches anew for those who come later', async () => {
    const { fetches, take } = makePool()
    const waiting = Array.from({ length: 12 }, () => take())
    const outcomes = Promise.allSettled(waiting)
    fetches[0]?.reject(new Error('down'))
    expect((await outcomes).every((outcome) => outcome.status === 'rejected' && outcome.reason.message === 'down')).toBe(true)
    for (const fetch of fetches.slice(1)) fetch.reject(new Error('down'))
    await settle()
    expect(fetches).toHaveLength(8)
    const later = take()
    fetches[8]?.resolve('up')
    expect(await later).toBe('up')
  })

  it('lets one who waits go when its signal aborts, without losing the nonce', async () => {
    const { fetches, take } = makePool()
    const controller = new AbortController()
    const aborted = take(controller.signal)
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    fetches[0]?.resolve('kept')
    await settle()
    expect(await take()).toBe('kept')
    await expect(take(AbortSignal.abort(new Error('late')))).rejects.toThrow('late')
  })

  it('ignores what is not a nonce (RFC 8555 §6.5.1)', () => {
    for (const header of [undefined, '', 'a b', 'a=', 'ä', '"q"', 'a'.repeat(513)]) expect(isNonce(header)).toBe(false)
    const { pool, fetches, take } = makePool()
    pool.add('not a nonce')
    void take()
    expect(fetches).toHaveLength(1)
  })
})
