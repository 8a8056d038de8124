import { expect } from 'vitest'
import { SAMPLE_TIME, sampleDomain, sampleEvent } from '../model-samples.ts'
import type { StoreTest } from './store-test.ts'

/** Names that belong to one tenant (requirements L5, L9). */
export function checkOwnership(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('ownership', () => {
    const provenAt = SAMPLE_TIME
    /** Just this name: seen once, or not yet. */
    const owning = (name: string, proven: 'proven' | 'unproven' = 'proven') => [
      {
        name,
        ownership: {
          token: `token for ${name}`,
          ...(proven === 'proven' ? { state: 'ok' as const, provenAt } : { state: 'unknown' as const }),
        },
      },
    ]
    /** Whether this tenant can prove that it owns the name. */
    const canProve = async (tenant: string, name: string) => {
      const domain = await t.add({ tenant, name: `${name} of ${tenant}`, names: owning(name, 'unproven') })
      const lease = await t.leaseOn(domain)
      try {
        await t.store.commit(lease, { domain: { ...domain, names: owning(name) } })
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'OWNERSHIP_TAKEN' })
        return false
      }
    }

    it('is nobody’s until proven', async () => {
      await t.add({ names: owning('example.com', 'unproven') })
      expect(await canProve('other', 'example.com')).toBe(true)
    })

    it('belongs to the tenant that has proven it, and to the name alone', async () => {
      await t.add({ tenant: 'one', names: owning('example.com') })
      expect(await canProve('two', 'example.com')).toBe(false)
      expect(await canProve('one', 'example.com')).toBe(true)
      for (const name of ['www.example.com', 'evil-example.com', 'com', 'a.b.example.com'])
        expect([name, await canProve('two', name)]).toEqual([name, true])
    })

    it('of a wildcard reserves its direct children', async () => {
      await t.add({ tenant: 'one', names: owning('*.example.com') })
      expect(await canProve('two', 'example.com')).toBe(false)
      expect(await canProve('two', 'www.example.com')).toBe(false)
      expect(await canProve('two', 'a.www.example.com')).toBe(true)
      expect(await canProve('one', 'www.example.com')).toBe(true)
    })

    for (const state of ['missing', 'wrong', 'unknown'] as const) {
      it(`stays with the tenant when a later look finds it ${state}`, async () => {
        const domain = await t.add({ tenant: 'one', names: owning('example.com') })
        const lost = [{ name: 'example.com', ownership: { state, token: 'token', checkedAt: SAMPLE_TIME, provenAt } }]
        await t.store.commit(await t.leaseOn(domain), { domain: { ...domain, names: lost } })
        expect(await canProve('two', 'example.com')).toBe(false)
      })
    }

    it('is not reserved by a look that has proven nothing', async () => {
      const seen = [{ name: 'example.com', ownership: { state: 'ok' as const, token: 'token' } }]
      await t.add({ tenant: 'one', names: seen })
      expect(await canProve('two', 'example.com')).toBe(true)
      expect(await canProve('one', 'example.com')).toBe(false)
    })

    it('cannot be proven by a second tenant', async () => {
      await t.add({ tenant: 'one', names: owning('example.com') })
      const second = await t.add({ tenant: 'two', names: owning('example.com', 'unproven') })
      const lease = await t.leaseOn(second)
      const proven = { ...second, names: owning('example.com'), attempts: 9 }
      await expect(t.store.commit(lease, { domain: proven, events: [sampleEvent('proven')] })).rejects.toMatchObject({
        code: 'OWNERSHIP_TAKEN',
      })
      expect(await t.store.getDomain('two', 'example.com')).toStrictEqual(second)
      expect(await t.eventsOf()).toEqual([])
      await expect(t.store.addDomain(sampleDomain({ tenant: 'three', names: owning('example.com') }), [])).rejects.toMatchObject({
        code: 'OWNERSHIP_TAKEN',
      })
      expect(await t.store.getDomain('three', 'example.com')).toBeNull()
    })

    it('is told to other tenants, with the wildcard directly above, until it is removed', async () => {
      const [domain] = [
        await t.add({ tenant: 'one', names: owning('example.com') }),
        await t.add({ tenant: 'one', name: 'w', names: owning('*.example.net') }),
      ]
      await t.add({ tenant: 'one', name: 'u', names: owning('unproven.example', 'unproven') })
      const { store } = t
      expect(await store.provenElsewhere('two', ['unproven.example', 'example.com'])).toBe('example.com')
      expect(await store.provenElsewhere('two', ['www.example.net'])).toBe('*.example.net')
      expect(await store.provenElsewhere('two', ['unproven.example', 'www.example.com', 'a.www.example.net'])).toBeNull()
      expect(await store.provenElsewhere('two', [])).toBeNull()
      expect(await store.provenElsewhere('one', ['example.com', 'www.example.net'])).toBeNull()
      expect(await store.primaryName(domain.id)).toBe(domain.name)
      expect(await store.primaryName('nobody')).toBeNull()
      await store.commit(await t.leaseOn(domain), { domain: { ...domain, status: 'deleted' } })
      expect(await store.provenElsewhere('two', ['example.com'])).toBeNull()
    })

    it('of what was removed lately is told apart, until its quarantine is ended', async () => {
      const gone = { tenant: 'one', status: 'deleted', statusSince: SAMPLE_TIME, names: owning('*.example.com') } as const
      const domain = await t.add({ ...gone, nextActionAt: new Date(SAMPLE_TIME.getTime() + 1000) })
      await t.add({ tenant: 'one', name: 'there', names: owning('there.example') })
      const { store } = t
      const since = (ms: number) => ({ removedSince: new Date(SAMPLE_TIME.getTime() + ms) })
      expect(await store.provenElsewhere('two', ['www.example.com'], since(0))).toBe('*.example.com')
      expect(await store.provenElsewhere('two', ['www.example.com'], since(1))).toBeNull()
      expect(await store.provenElsewhere('one', ['www.example.com'], since(0))).toBeNull()
      expect(await store.provenElsewhere('two', ['there.example'], since(0))).toBeNull()
      const { nextActionAt: _, ...released } = domain
      await store.commit(await t.leaseOn(domain), { domain: released })
      expect(await store.provenElsewhere('two', ['www.example.com'], since(0))).toBeNull()
    })

    it('is had by one of two tenants that prove it at once', async () => {
      const domains = await Promise.all(
        ['one', 'two'].map((tenant) => t.add({ tenant, names: owning('example.com', 'unproven') })),
      )
      const leases = await Promise.all(domains.map((domain) => t.leaseOn(domain)))
      const proven = domains.map((domain) => ({ ...domain, names: owning('example.com') }))
      const results = await Promise.allSettled(
        leases.map((lease, n) => t.store.commit(lease, { ...(proven[n] && { domain: proven[n] }) })),
      )
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    })

    it('may be had by several domains of one tenant', async () => {
      await t.add({ names: owning('example.com') })
      await t.add({ name: 'example.org', names: owning('example.com') })
    })

    it('does not keep its owner from going on when a wildcard above comes to another tenant later', async () => {
      const child = await t.add({ tenant: 'one', name: 'www.example.com', names: owning('www.example.com') })
      await t.add({ tenant: 'two', names: owning('*.example.com') })
      const checked = [
        { name: 'www.example.com', ownership: { state: 'ok' as const, token: 'token', checkedAt: SAMPLE_TIME, provenAt } },
      ]
      await t.store.commit(await t.leaseOn(child), { domain: { ...child, names: checked } })
    })

    it('of a removed domain is free for whoever proves it afresh', async () => {
      await t.add({ tenant: 'one', status: 'deleted', names: owning('example.com') })
      expect(await canProve('two', 'example.com')).toBe(true)
      // And it may be written as it is, whoever has the name by now.
      await t.add({ tenant: 'three', status: 'deleted', names: owning('example.com') })
    })

    it('has one token and its targets for a tenant and base name', async () => {
      expect(await t.store.knownProofs('default', 'example.com')).toStrictEqual({ delegationTargets: [] })
      const delegation = (target: string) => ({ delegation: { state: 'unknown' as const, target } })
      const later = new Date(SAMPLE_TIME.getTime() + 1)
      await t.add({
        name: 'b.example',
        createdAt: later,
        names: [{ name: '*.example.com', ownership: { state: 'unknown', token: 'second' }, ...delegation('y') }],
      })
      await t.add({ names: [{ name: 'example.com', ownership: { state: 'ok', token: 'first' }, ...delegation('x') }] })
      await t.add({ name: 'c.example', createdAt: later, names: [{ name: 'example.com', ...delegation('x') }] })
      await t.add({
        tenant: 'other',
        names: [{ name: 'example.com', ownership: { state: 'unknown', token: 'theirs' }, ...delegation('z') }],
      })
      expect(await t.store.knownProofs('default', 'example.com')).toStrictEqual({ token: 'first', delegationTargets: ['x', 'y'] })
      expect(await t.store.knownProofs('default', 'www.example.com')).toStrictEqual({ delegationTargets: [] })
    })
  })
}
