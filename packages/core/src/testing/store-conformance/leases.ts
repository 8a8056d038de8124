import { expect } from 'vitest'
import { sampleCertificate, sampleDomain, sampleRecord } from '../model-samples.ts'
import { MINUTE, type StoreTest } from './store-test.ts'

/** Who may change a domain. */
export function checkLeases(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('leases', () => {
    it('are held by one, and say until when', async () => {
      const { id } = await t.add()
      const claimed = await t.claim(id)
      expect(claimed?.lease).toMatchObject({ domainId: id, owner: 'me', until: new Date(t.clock.now().getTime() + MINUTE) })
      for (const owner of ['other', 'me']) {
        await expect(t.claim(id, owner)).rejects.toMatchObject({ code: 'LEASE_HELD', retryAt: claimed?.lease.until })
      }
    })

    it('are claimed by id or by tenant and name, with what is printed of the domain', async () => {
      const domain = sampleDomain({ certificateId: sampleCertificate(sampleDomain()).id })
      const certificate = sampleCertificate(domain)
      await t.add(domain, { domain, certificate, recordsWritten: [sampleRecord(domain)] })
      await t.add({ tenant: 'other' })
      const { privateKey: _, chain: __, ...summary } = certificate
      for (const which of [domain.id, { tenant: domain.tenant, name: domain.name }]) {
        const claimed = await t.claim(which)
        if (!claimed) throw new Error(`${JSON.stringify(which)} is not there`)
        const { lease, ...view } = claimed
        expect(lease.domainId).toBe(domain.id)
        expect(view).toStrictEqual({ domain, certificate: summary, records: [sampleRecord(domain)] })
        await expect(t.claim({ tenant: domain.tenant, name: domain.name }, 'other')).rejects.toMatchObject({ code: 'LEASE_HELD' })
        await t.store.release(lease)
      }
      expect(await t.claim({ tenant: 'nobody', name: domain.name })).toBeNull()
      expect(await t.claim('unknown')).toBeNull()
    })

    it('are had by exactly one of many that claim at once', async () => {
      const { id } = await t.add()
      const results = await Promise.allSettled(Array.from({ length: 16 }, (_, n) => t.claim(id, `owner ${n}`)))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    it('run out by time', async () => {
      const domain = await t.add()
      const first = await t.leaseOn(domain)
      t.clock.advance(MINUTE - 1)
      await expect(t.claim(domain.id, 'other')).rejects.toMatchObject({ code: 'LEASE_HELD' })
      t.clock.advance(1)
      const second = await t.leaseOn(domain, 'other')
      expect(second.fence).toBeGreaterThan(first.fence)
      expect(
        (await t.store.claim('default/example.com', { owner: 'x', ttlMs: 1, isGone: () => false }).catch((error) => error)).code,
      ).toBe('LEASE_HELD')
    })

    it('are taken from a holder that is gone, by one of many', async () => {
      const domain = await t.add()
      const dead = await t.leaseOn(domain, 'dead')
      const asked: string[] = []
      const isGone = (owner: string) => asked.push(owner) > 0 && owner === 'dead'
      const results = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => t.claim(domain.id, `heir ${n}`, isGone)))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(asked).toContain('dead')
      await expect(t.store.heartbeat(dead, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('do not ask whether the holder is gone when there is none', async () => {
      const domain = await t.add()
      await t.store.release(await t.leaseOn(domain))
      await t.claim(domain.id, 'me', () => {
        throw new Error('asked')
      })
    })

    it('are prolonged by a heartbeat', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      t.clock.advance(MINUTE / 2)
      await t.store.heartbeat(lease, MINUTE)
      expect(lease.until).toEqual(new Date(t.clock.now().getTime() + MINUTE))
      t.clock.advance(MINUTE - 1)
      await expect(t.claim(domain.id, 'other')).rejects.toMatchObject({ code: 'LEASE_HELD', retryAt: lease.until })
    })

    it('are still their holder’s when late, as long as nobody has come', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      t.clock.advance(10 * MINUTE)
      await t.store.heartbeat(lease, MINUTE)
      await expect(t.claim(domain.id, 'other')).rejects.toMatchObject({ code: 'LEASE_HELD' })
    })

    it('are free at once when given back, and lost to who had them', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      await t.store.release(lease)
      for (const late of [() => t.store.release(lease), () => t.store.heartbeat(lease, 1), () => t.store.commit(lease, {})]) {
        await expect(late()).rejects.toMatchObject({ code: 'LEASE_LOST' })
      }
      expect((await t.leaseOn(domain)).fence).toBeGreaterThan(lease.fence)
    })

    it('refuse an older fence of the same owner', async () => {
      const domain = await t.add()
      const old = await t.leaseOn(domain)
      t.clock.advance(MINUTE)
      const current = await t.leaseOn(domain)
      await expect(t.store.commit(old, { domain })).rejects.toMatchObject({ code: 'LEASE_LOST' })
      await expect(t.store.release(old)).rejects.toMatchObject({ code: 'LEASE_LOST' })
      await t.store.commit(current, { domain })
    })
  })
}
