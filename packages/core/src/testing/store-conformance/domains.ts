import { expect } from 'vitest'
import type { DomainFilter } from '../../contracts/store.ts'
import type { Domain } from '../../domain/model.ts'
import { SAMPLE_TIME, sampleDomain, sampleEvent, sampleRecord } from '../model-samples.ts'
import { MANY, type StoreTest } from './store-test.ts'

/** Adding, finding and replacing domains. */
export function checkDomains(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('domains', () => {
    it('gives back what was added, field by field', async () => {
      const proof = { state: 'ok', checkedAt: new Date(SAMPLE_TIME.getTime() + 1) } as const
      const provenAt = new Date(SAMPLE_TIME.getTime() + 3)
      const failure = { code: 'CA_REFUSED', message: 'no', hint: 'ask', actor: 'operator', at: SAMPLE_TIME }
      const domain = sampleDomain({
        names: [
          {
            name: 'example.com',
            ownership: { ...proof, token: 'f00d', provenAt, missingSince: provenAt },
            routing: { ...proof, target: 'edge.example.net' },
            delegation: { ...proof, target: 'a.val.example.net' },
          },
          {
            name: '*.example.com',
            ownership: { state: 'unknown', token: 'f00d' },
            delegation: { state: 'missing', target: 'a.val.example.net' },
          },
          { name: 'www.example.com', routing: { state: 'wrong', addresses: ['192.0.2.1', '2001:db8::1'] } },
          { name: 'xn--bcher-kva.example', routing: { state: 'unknown' } },
        ],
        status: 'failed',
        reason: 'CA_REFUSED',
        cas: ['https://ca.example/directory', 'https://other.example/directory'],
        profile: 'shortlived',
        contact: 'a@example.com',
        labels: { team: 'web', 'a "quoted" key': 'ü \\ \u0000' },
        delegateZone: 'val.example.net',
        attempts: 3,
        lastError: { ...failure, retryAt: new Date(SAMPLE_TIME.getTime() + 2) },
        caNotBefore: [
          {
            ca: 'https://ca.example/directory',
            since: SAMPLE_TIME,
            at: new Date(SAMPLE_TIME.getTime() + 4),
            code: 'CA_RATE_LIMITED',
            reason: 'Too many orders.',
          },
          {
            ca: 'https://other.example/directory',
            since: new Date(SAMPLE_TIME.getTime() + 1),
            at: new Date(SAMPLE_TIME.getTime() + 5),
            code: 'CA_STALLED',
            reason: '',
          },
        ],
        nextActionAt: SAMPLE_TIME,
        certificateId: 'none',
      })
      await t.store.addDomain(domain, [])
      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(domain)
      expect((await t.claim(domain.id))?.domain).toStrictEqual(domain)
    })

    it('leaves absent what is absent', async () => {
      const domain = await t.add()
      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(domain)
      expect(await t.store.viewDomain('default', 'example.com')).toStrictEqual({ domain, records: [] })
    })

    it('knows nothing of a domain that is not there', async () => {
      await t.add()
      expect(await t.store.getDomain('default', 'example.org')).toBeNull()
      expect(await t.store.getDomain('other', 'example.com')).toBeNull()
      expect(await t.store.viewDomain('other', 'example.com')).toBeNull()
      expect(await t.claim('unknown')).toBeNull()
    })

    it('refuses a second one of the same name in a tenant, with its events', async () => {
      const domain = await t.add()
      await expect(t.store.addDomain(sampleDomain({ id: 'second' }), [sampleEvent('domain.added')])).rejects.toMatchObject({
        code: 'DOMAIN_EXISTS',
      })
      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(domain)
      expect(await t.eventsOf()).toEqual([])
      await t.add({ tenant: 'other' })
    })

    it('lets one of many that add the same name succeed', async () => {
      const adding = Array.from({ length: 8 }, (_, n) =>
        t.store.addDomain(sampleDomain({ id: String(n) }), [sampleEvent('domain.added')]),
      )
      const results = await Promise.allSettled(adding)
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(await t.eventsOf()).toEqual(['domain.added'])
    })
  })

  describe('a removed domain', () => {
    const removed = (parts: Partial<Domain> = {}) =>
      t.add({
        ...parts,
        status: 'deleted',
        names: [{ name: 'example.com', ownership: { state: 'ok', token: 'f00d', provenAt: SAMPLE_TIME } }],
      })

    it('can still be had by its name, and is listed only when asked for', async () => {
      const domain = await removed()
      await t.add({ name: 'example.org' })
      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(domain)
      const names = async (filter: DomainFilter) =>
        (await t.store.listDomains(filter, { limit: MANY })).domains.map(({ domain }) => domain.name)
      expect(await names({})).toEqual(['example.org'])
      expect(await names({ status: 'deleted' })).toEqual(['example.com'])
    })

    it('is replaced by one of the same name, and nothing that must live on is lost', async () => {
      const old = await removed({ id: 'old' })
      const record = sampleRecord(old)
      await t.store.commit(await t.leaseOn(old), {
        recordsWritten: [record],
        events: [sampleEvent('record.planned', { domainId: 'old' })],
      })
      const domain = sampleDomain({ id: 'new', labels: { again: 'yes' } })
      await t.store.addDomain(domain, [sampleEvent('domain.added', { domainId: 'new' })])

      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(domain)
      expect(await t.claim('old')).toBeNull()
      expect(await t.store.recordsOf('new')).toStrictEqual([{ ...record, domainId: 'new' }])
      expect(await t.eventsOf({ domainId: 'new' })).toEqual(['record.planned', 'domain.added'])
      await t.store.commit(await t.leaseOn(domain), { recordsRemoved: [record.id] }, { release: true })
      expect(await t.store.recordsAt(record.name, 'TXT')).toEqual([])
    })

    it('keeps its history over several lives', async () => {
      for (const id of ['first', 'second', 'first', 'third']) {
        await t.store.addDomain(sampleDomain({ id, status: 'deleted' }), [sampleEvent(`${id} added`, { domainId: id })])
      }
      expect(await t.eventsOf({ domainId: 'third' })).toEqual(['first added', 'second added', 'first added', 'third added'])
      expect(await t.eventsOf({ domainId: 'third', limit: 2 })).toEqual(['first added', 'third added'])
      const [first] = await t.store.history({ domainId: 'third', limit: MANY })
      expect(await t.eventsOf({ domainId: 'third', after: first?.seq ?? 0, limit: 2 })).toEqual(['second added', 'first added'])
    })

    it('is lost to whoever still works on it', async () => {
      const old = await removed({ id: 'old' })
      const lease = await t.leaseOn(old)
      await t.store.addDomain(sampleDomain({ id: 'new' }), [])
      await expect(t.store.commit(lease, { domain: old })).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect((await t.claim('new', 'other'))?.lease.owner).toBe('other')
    })

    it('may come back under the id it had', async () => {
      const old = await removed({ id: 'same' })
      const lease = await t.leaseOn(old)
      await t.store.addDomain(sampleDomain({ id: 'same' }), [])
      await expect(t.store.commit(lease, { domain: old })).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect((await t.store.getDomain('default', 'example.com'))?.status).toBe('pending_dns')
    })
  })
}
