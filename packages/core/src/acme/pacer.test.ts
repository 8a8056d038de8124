import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CaPaces } from '../domain/ca-limits.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { createCertificateCrypto } from './crypto.ts'
import { createIssuer } from './issuer.ts'
import { createPacer } from './pacer.ts'
import { startScriptedCa } from './scripted-ca.test.support.ts'

const even = (perSecond: number, burst: number): CaPaces => {
  const pace = { perSecond, burst }
  return { newNonce: pace, newOrder: pace, renewalInfo: pace, other: pace }
}

/** When each of so many requests was let through, in ms from the beginning. */
async function times(paces: CaPaces | null, requests: number): Promise<number[]> {
  const clock = loopbackClock()
  const start = clock.now().getTime()
  const pacer = createPacer(paces, clock)
  const through: number[] = []
  await Promise.all(
    Array.from({ length: requests }, async () => {
      await pacer.take('other')
      through.push(clock.now().getTime() - start)
    }),
  )
  return through
}

describe('a pacer', () => {
  it('lets a burst through at once and the rest at the rate, in the order of asking', async () => {
    expect((await times(even(10, 3), 6)).map(Math.round)).toEqual([0, 0, 0, 100, 200, 300])
  })

  it('lets everything through at once where no rate is known', async () => {
    expect(new Set(await times(null, 100))).toEqual(new Set([0]))
  })

  it('never lets more through in any time than the rate and one burst', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 25 }),
        async (perSecond, burst, requests) => {
          const through = await times(even(perSecond, burst), requests)
          for (const [i, from] of through.entries()) {
            for (const [j, to] of through.entries()) {
              // A clock shows whole milliseconds.
              if (j >= i) expect(j - i + 1).toBeLessThanOrEqual(burst + ((to - from + 1) * perSecond) / 1000 + 0.001)
            }
          }
        },
      ),
      { numRuns: 10 },
    )
  }, 20_000)

  it('counts each kind by itself', async () => {
    const clock = loopbackClock()
    const start = clock.now().getTime()
    const pacer = createPacer({ ...even(1, 1), newOrder: { perSecond: 1, burst: 5 } }, clock)
    await pacer.take('newNonce')
    await Promise.all([1, 2, 3, 4, 5].map(() => pacer.take('newOrder')))
    expect(clock.now().getTime()).toBe(start)
  })

  it('lets nobody wait for an hour by which the clock was set back', async () => {
    const clock = loopbackClock()
    let back = 0
    const pacer = createPacer(even(1, 1), { ...clock, now: () => new Date(clock.now().getTime() - back) })
    await pacer.take('other')
    back = 3_600_000
    const start = clock.now().getTime()
    await pacer.take('other')
    expect(clock.now().getTime() - start).toBe(1000)
  })

  it('forgets who has gone: the token is the next one’s', async () => {
    const clock = loopbackClock()
    const start = clock.now().getTime()
    const pacer = createPacer(even(1, 1), clock)
    await pacer.take('other')
    const gone = new AbortController()
    const waiting = pacer.take('other', gone.signal)
    gone.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await pacer.take('other')
    expect(clock.now().getTime() - start).toBe(1000)
    await expect(pacer.take('other', gone.signal)).rejects.toThrow('gone')
  })
})

it('an issuer sends new orders at their pace, and all else at its own', async () => {
  const ca = await startScriptedCa()
  const clock = loopbackClock()
  const paces = { ...even(1000, 1000), newOrder: { perSecond: 1, burst: 1 } }
  const issuer = createIssuer({ ca: ca.directory, clock, logger: { log() {} }, paces })
  try {
    const order = { status: 'ready', identifiers: [], authorizations: [], finalize: ca.url('/finalize') }
    ca.on('/new-order', { status: 201, headers: { location: ca.url('/order/1') }, body: order })
    ca.on('/order/1', { body: order })
    const account = { url: ca.url('/account/1'), key: await createCertificateCrypto().createKey('ec256') }
    const o = { signal: new AbortController().signal }
    const start = clock.now().getTime()
    await Promise.all([1, 2, 3, 4].map(() => issuer.newOrder(account, { names: ['example.test'] }, o)))
    expect(clock.now().getTime() - start).toBe(3000)
    await Promise.all([1, 2, 3, 4].map(() => issuer.getOrder(account, ca.url('/order/1'), o)))
    expect(clock.now().getTime() - start).toBe(3000)
    expect(ca.counts()).toMatchObject({ 'POST /new-order': 4, 'POST /order/1': 4 })
  } finally {
    await issuer.close()
    await ca.close()
  }
})
