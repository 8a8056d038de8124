import { expect } from 'vitest'
import { MINUTE, type StoreTest } from './store-test.ts'

const KEY = 'rrset:zone-1:_acme-challenge.example.com:TXT'

/** Who may change what is no domain. */
export function checkKeyLeases(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('leases on a key', () => {
    const alive = () => false
    let claims = 0
    /** Another claim each time, of this owner. */
    const claim = (owner = 'me', { key = KEY, isGone = alive }: { key?: string; isGone?: (owner: string) => boolean } = {}) =>
      t.store.claimKey(key, { id: `claim ${++claims}`, owner, ttlMs: MINUTE, isGone })
    const ended = (results: PromiseSettledResult<unknown>[]) => results.filter(({ status }) => status === 'fulfilled')

    it('are held by one, and say until when; also their own process is kept out', async () => {
      const lease = await t.store.claimKey(KEY, { id: 'first', owner: 'me', ttlMs: MINUTE, isGone: alive })
      expect(lease).toStrictEqual({ key: KEY, id: 'first', until: new Date(t.clock.now().getTime() + MINUTE) })
      for (const owner of ['other', 'me']) {
        await expect(claim(owner)).rejects.toMatchObject({ code: 'LEASE_HELD', retryAt: lease.until })
      }
    })

    it('have nothing to do with other keys, nor with domains', async () => {
      const domain = await t.add()
      await claim()
      await claim('me', { key: `${KEY}2` })
      await claim('me', { key: domain.id })
      await t.leaseOn(domain)
    })

    it('are had by exactly one of many that claim at once', async () => {
      expect(ended(await Promise.allSettled(Array.from({ length: 16 }, (_, n) => claim(`owner ${n}`))))).toHaveLength(1)
    })

    it('run out by time', async () => {
      const first = await claim()
      t.clock.advance(MINUTE - 1)
      await expect(claim('other')).rejects.toMatchObject({ code: 'LEASE_HELD' })
      t.clock.advance(1)
      const second = await claim('other')
      expect(second.until).toEqual(new Date(t.clock.now().getTime() + MINUTE))
      await expect(t.store.heartbeatKey(first, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('are taken from a holder that is gone, by one of many', async () => {
      const dead = await claim('dead')
      const asked: string[] = []
      const isGone = (owner: string) => asked.push(owner) > 0 && owner === 'dead'
      const results = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => claim(`heir ${n}`, { isGone })))
      expect(ended(results)).toHaveLength(1)
      expect(asked).toContain('dead')
      await expect(t.store.heartbeatKey(dead, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('do not ask whether the holder is gone when there is none', async () => {
      await t.store.releaseKey(await claim())
      await claim('me', {
        isGone: () => {
          throw new Error('asked')
        },
      })
    })

    it('are prolonged by a heartbeat', async () => {
      const lease = await claim()
      t.clock.advance(MINUTE / 2)
      await t.store.heartbeatKey(lease, MINUTE)
      expect(lease.until).toEqual(new Date(t.clock.now().getTime() + MINUTE))
      t.clock.advance(MINUTE - 1)
      await expect(claim('other')).rejects.toMatchObject({ code: 'LEASE_HELD', retryAt: lease.until })
    })

    it('are still their holder’s when late, as long as nobody has come', async () => {
      const lease = await claim()
      t.clock.advance(10 * MINUTE)
      await t.store.heartbeatKey(lease, MINUTE)
      await expect(claim('other')).rejects.toMatchObject({ code: 'LEASE_HELD' })
    })

    it('that nobody gave back are swept by a claim of another key, an hour after their end', async () => {
      const slow = await claim()
      t.clock.advance(60 * MINUTE)
      await claim('other', { key: `${KEY}2` })
      await t.store.heartbeatKey(slow, MINUTE)
      t.clock.advance(62 * MINUTE)
      await claim('other', { key: `${KEY}3` })
      await expect(t.store.heartbeatKey(slow, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('are free at once when given back, and giving them back again is fine', async () => {
      const lease = await claim()
      await t.store.releaseKey(lease)
      await t.store.releaseKey(lease)
      await expect(t.store.heartbeatKey(lease, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
      await claim('other')
    })

    it('are not touched by an older claim, also one of the same owner', async () => {
      const old = await claim()
      t.clock.advance(MINUTE)
      const current = await claim()
      await t.store.releaseKey(old)
      await expect(t.store.heartbeatKey(old, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
      await expect(claim('other')).rejects.toMatchObject({ code: 'LEASE_HELD', retryAt: current.until })
      await t.store.heartbeatKey(current, MINUTE)
    })
  })
}
