import { expect } from 'vitest'
import { SAMPLE_TIME, sampleCertificate, sampleDomain, sampleRecord } from '../model-samples.ts'
import { MANY, MINUTE, type StoreTest } from './store-test.ts'

/** Batches of leases on what is due. */
export function checkDueClaims(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('leases on what is due', () => {
    const at = (s: number) => new Date(SAMPLE_TIME.getTime() + s * 1000)
    const addDue = (name: string, s: number) => t.add({ name: `${name}.example`, nextActionAt: at(s) })
    const claimDue = (
      s: number,
      {
        limit = MANY,
        owner = 'me',
        isGone = () => false,
      }: { limit?: number; owner?: string; isGone?(owner: string): boolean } = {},
    ) => t.store.claimDue(at(s), limit, { owner, ttlMs: MINUTE, isGone })
    const names = (claims: { domain: { name: string } }[]) => claims.map(({ domain }) => domain.name)

    it('are given oldest first, up to the limit, of what is due alone', async () => {
      await addDue('third', 3)
      await addDue('first', 1)
      await t.add({ name: 'never.example' })
      await addDue('future', 9)
      await addDue('second', 2)
      expect(await claimDue(0)).toEqual([])
      expect(await claimDue(5, { limit: 0 })).toEqual([])
      expect(names(await claimDue(5, { limit: 2 }))).toEqual(['first.example', 'second.example'])
      expect(names(await claimDue(5))).toEqual(['third.example'])
      expect(await claimDue(5)).toEqual([])
    })

    it('are as those on one, with what is printed of the domain', async () => {
      const domain = sampleDomain({ nextActionAt: at(1), certificateId: sampleCertificate(sampleDomain()).id })
      const certificate = sampleCertificate(domain)
      await t.add(domain, { domain, certificate, recordsWritten: [sampleRecord(domain)] })
      const before = await t.leaseOn(domain)
      await t.store.release(before)
      const [claimed] = await claimDue(1)
      if (!claimed) throw new Error('nothing was claimed')
      const { lease, ...view } = claimed
      const { privateKey: _, chain: __, ...summary } = certificate
      expect(view).toStrictEqual({ domain, certificate: summary, records: [sampleRecord(domain)] })
      expect(lease).toMatchObject({ domainId: domain.id, owner: 'me', until: new Date(t.clock.now().getTime() + MINUTE) })
      expect(lease.fence).toBeGreaterThan(before.fence)
      await expect(t.claim(domain.id, 'other')).rejects.toMatchObject({ code: 'LEASE_HELD', retryAt: lease.until })
      await t.store.commit(lease, { domain: { ...domain, nextActionAt: at(60) } }, { release: true })
      expect(await claimDue(59)).toEqual([])
      expect(names(await claimDue(60))).toEqual([domain.name])
    })

    it('leave out what is held, also by the same owner, until its time is over', async () => {
      const held = await addDue('held', 1)
      await addDue('free', 2)
      const old = await t.leaseOn(held)
      expect(names(await claimDue(5, { limit: 1 }))).toEqual(['free.example'])
      t.clock.advance(MINUTE - 1)
      expect(await claimDue(5)).toEqual([])
      t.clock.advance(1)
      expect(names(await claimDue(5, { owner: 'other' }))).toEqual(['held.example', 'free.example'])
      await expect(t.store.commit(old, { domain: held })).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('are taken from a holder that is gone', async () => {
      const dead = await t.leaseOn(await addDue('dead', 1), 'dead')
      await t.leaseOn(await addDue('alive', 2), 'alive')
      await addDue('free', 3)
      const isGone = (owner: string) => owner === 'dead'
      // What is free suffices.
      expect(names(await claimDue(5, { limit: 1, isGone }))).toEqual(['free.example'])
      expect(names(await claimDue(5, { isGone }))).toEqual(['dead.example'])
      await expect(t.store.heartbeat(dead, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('never ask whether their own process is gone', async () => {
      await t.leaseOn(await addDue('mine', 1))
      expect(await claimDue(5, { isGone: () => true })).toEqual([])
    })

    it('are had by exactly one of many that claim at once', async () => {
      for (let n = 0; n < 30; n += 1) await addDue(`name-${n}`, n % 7)
      const of = (n: number) => claimDue(9, { limit: 4, owner: `owner ${n}` })
      const claims = (await Promise.all(Array.from({ length: 12 }, (_, n) => of(n)))).flat()
      expect(new Set(names(claims)).size).toBe(claims.length)
      // Those that another had in hand at the moment are left out, and had the next time.
      const rest = await claimDue(9)
      expect(new Set(names([...claims, ...rest])).size).toBe(30)
    })
  })
}
