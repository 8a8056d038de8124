import { expect } from 'vitest'
import type { Changes } from '../../contracts/store.ts'
import type { Certificate, Order } from '../../domain/model.ts'
import {
  SAMPLE_TIME,
  sampleCertificate,
  sampleDomain,
  sampleEvent,
  sampleOrder,
  sampleRecord,
  sampleReplacement,
} from '../model-samples.ts'
import { MANY, MINUTE, type StoreTest } from './store-test.ts'

/** What one transaction writes, and how it is found again. */
export function checkCommits(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('commits', () => {
    it('write all changes', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      const changed = sampleDomain({
        status: 'issuing',
        statusSince: new Date(SAMPLE_TIME.getTime() + 5),
        names: [{ name: 'example.com' }, { name: 'www.example.com' }],
        certificateId: 'certificate of default/example.com',
      })
      const order = sampleOrder(domain, {
        state: 'challenged',
        url: 'https://ca.example/order/1',
        finalizeUrl: 'https://ca.example/order/1/finalize',
        certificateUrl: 'https://ca.example/cert/1',
        expires: SAMPLE_TIME,
        profile: 'classic',
        authorizations: [
          {
            url: 'https://ca.example/authz/1',
            identifier: 'example.com',
            wildcard: true,
            status: 'pending',
            challengeUrl: 'https://ca.example/chall/1',
            challengeName: '_acme-challenge.example.com',
            txtValue: 'x',
          },
        ],
      })
      const certificate = sampleCertificate(domain)
      const record = sampleRecord(domain, { orderId: order.id, state: 'present' })
      const details = { servers: ['ns1'], nested: { n: 1 } }
      await t.store.commit(lease, {
        domain: changed,
        order,
        certificate,
        recordsWritten: [record],
        events: [sampleEvent('a', { domainId: domain.id, details }), sampleEvent('b')],
      })
      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(changed)
      expect(await t.store.openOrder(domain.id)).toStrictEqual(order)
      expect(await t.store.getCertificate(certificate.id)).toStrictEqual(certificate)
      expect(await t.store.recordsOf(domain.id)).toStrictEqual([record])
      const [a, b] = await t.store.history({ limit: MANY })
      expect(a).toStrictEqual({ ...sampleEvent('a', { domainId: domain.id, details }), seq: a?.seq })
      expect(b).toStrictEqual({ ...sampleEvent('b'), seq: b?.seq })
    })

    it('keep the lease, or give it back in the same transaction', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      await t.store.commit(lease, { domain })
      await expect(t.claim(domain.id, 'other')).rejects.toMatchObject({ code: 'LEASE_HELD' })
      await t.store.commit(lease, { domain }, { release: true })
      expect(await t.claim(domain.id, 'other')).not.toBeNull()
      await expect(t.store.commit(lease, { domain })).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('write nothing when the lease is lost', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      t.clock.advance(MINUTE)
      await t.leaseOn(domain, 'other')
      const changes = {
        domain: { ...domain, status: 'failed' },
        order: sampleOrder(domain),
        certificate: sampleCertificate(domain),
        recordsWritten: [sampleRecord(domain)],
        events: [sampleEvent('late')],
      } satisfies Changes
      await expect(t.store.commit(lease, changes)).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect(await t.store.viewDomain('default', 'example.com')).toStrictEqual({ domain, records: [] })
      expect(await t.store.openOrder(domain.id)).toBeNull()
      expect(await t.store.getCertificate(sampleCertificate(domain).id)).toBeNull()
      expect(await t.eventsOf()).toEqual([])
    })

    it('write nothing when a part of them is refused', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      const stranger = sampleRecord(await t.add({ name: 'example.org' }))
      const changes = {
        domain: { ...domain, attempts: 7 },
        recordsWritten: [sampleRecord(domain), stranger],
        events: [sampleEvent('a')],
      }
      await expect(t.store.commit(lease, changes, { release: true })).rejects.toMatchObject({ code: 'INTERNAL' })
      expect(await t.store.viewDomain('default', 'example.com')).toStrictEqual({ domain, records: [] })
      expect(await t.eventsOf()).toEqual([])
      await t.store.release(lease)
    })

    it('keep certificates that were imported, without an order and an account', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      const { orderId: _, accountId: __, ...certificate } = sampleCertificate(domain)
      await t.store.commit(lease, { domain: { ...domain, certificateId: certificate.id }, certificate })
      expect(await t.store.getCertificate(certificate.id)).toStrictEqual(certificate)
      const { privateKey: ___, chain: ____, ...shown } = certificate
      expect((await t.store.viewDomain('default', 'example.com'))?.certificate).toStrictEqual(shown)
    })

    it('keep orders and certificates whose key is with somebody else', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      const { certificateKey: _, ...ordered } = sampleOrder(domain)
      const { privateKey: __, ...issued } = sampleCertificate(domain)
      const order: Order = { ...ordered, csr: 'a certificate request', keyType: 'rsa3072' }
      const certificate: Certificate = { ...issued, keyType: 'rsa3072', revocationReason: 'keyCompromise' }
      await t.store.commit(lease, { order, certificate })
      expect(await t.store.openOrder(domain.id)).toStrictEqual(order)
      expect(await t.store.getCertificate(certificate.id)).toStrictEqual(certificate)
      expect(await t.store.compromisedChains()).toEqual([certificate.chain])
      await t.store.commit(lease, { certificate: { ...certificate, revocationReason: 'superseded' } })
      expect(await t.store.compromisedChains()).toEqual([])
      // A key in place of the request, and the other way round.
      for (const again of [sampleOrder(domain), order]) {
        await t.store.commit(lease, { order: again })
        expect(await t.store.openOrder(domain.id)).toStrictEqual(again)
      }
      await t.store.release(lease)
    })

    it('replace orders, certificates and records by their id', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      await t.store.commit(lease, {
        order: sampleOrder(domain),
        certificate: sampleCertificate(domain),
        recordsWritten: [sampleRecord(domain)],
      })
      const order = sampleOrder(domain, { state: 'finalizing' })
      const certificate = sampleCertificate(domain, {
        renewReason: 'the CA asks for it',
        revokedAt: new Date(SAMPLE_TIME.getTime() + 3),
        advice: {
          askedAt: new Date(SAMPLE_TIME.getTime() + 3),
          window: { start: SAMPLE_TIME, end: new Date(SAMPLE_TIME.getTime() + 1) },
          explanationUrl: 'https://ca.example/why',
          nextCheckAt: new Date(SAMPLE_TIME.getTime() + 2),
        },
      })
      await t.store.commit(lease, { order, certificate, recordsWritten: [sampleRecord(domain, { state: 'removing' })] })
      expect(await t.store.openOrder(domain.id)).toStrictEqual(order)
      expect(await t.store.getCertificate(certificate.id)).toStrictEqual(certificate)
      expect(await t.store.recordsOf(domain.id)).toStrictEqual([sampleRecord(domain, { state: 'removing' })])
    })

    it('have their own lines in the audit, also where they come at once', async () => {
      const domains = await Promise.all(Array.from({ length: 8 }, (_, n) => t.add({ name: `${n}.example` })))
      const leases = await Promise.all(domains.map((domain) => t.leaseOn(domain)))
      await Promise.all(
        leases.map((lease) =>
          t.store.commit(lease, { events: ['one', 'two'].map((event) => sampleEvent(event, { domainId: lease.domainId })) }),
        ),
      )
      for (const { id } of domains) expect(await t.eventsOf({ domainId: id })).toEqual(['one', 'two'])
    })
  })

  describe('orders and records', () => {
    it('finds the newest order that has not ended', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      expect(await t.store.openOrder(domain.id)).toBeNull()
      const at = (s: number) => new Date(SAMPLE_TIME.getTime() + s)
      await t.store.commit(lease, { order: sampleOrder(domain, { id: '1', state: 'finalizing', createdAt: at(1) }) })
      await t.store.commit(lease, { order: sampleOrder(domain, { id: '2', state: 'new', createdAt: at(2) }) })
      await t.store.commit(lease, { order: sampleOrder(domain, { id: '3', state: 'invalid', createdAt: at(3) }) })
      expect((await t.store.openOrder(domain.id))?.id).toBe('2')
      await t.store.commit(lease, { order: sampleOrder(domain, { id: '2', state: 'stored', createdAt: at(2) }) })
      expect((await t.store.openOrder(domain.id))?.id).toBe('1')
      await t.store.commit(lease, { order: sampleOrder(domain, { id: '1', state: 'invalid', createdAt: at(1) }) })
      expect(await t.store.openOrder(domain.id)).toBeNull()
    })

    it('knows the URLs of orders, ended or not, of any domain and tenant', async () => {
      const url = (n: number) => `https://ca.example/order/${n}`
      expect(await t.store.knownOrders([])).toEqual([])
      for (const [tenant, n] of [
        ['one', 1],
        ['two', 2],
      ] as const) {
        const domain = sampleDomain({ tenant })
        await t.add(domain, { order: sampleOrder(domain, { url: url(n), state: n === 1 ? 'invalid' : 'ordered' }) })
      }
      await t.add({ name: 'without.example' }, { order: sampleOrder(sampleDomain({ name: 'without.example' })) })
      expect(await t.store.knownOrders([url(3), url(2), `${url(1)}/`, url(1)])).toEqual([url(2), url(1)])
      expect(await t.store.knownOrders([url(3), ''])).toEqual([])
      // As many as an account may have.
      const many = Array.from({ length: 40_000 }, (_, n) => url(n))
      expect(await t.store.knownOrders(many)).toEqual([url(1), url(2)])
    })

    it('finds records by name and type in all domains', async () => {
      const at = { name: '_acme-challenge.val.example.net' }
      for (const name of ['a.example', 'b.example']) {
        const domain = sampleDomain({ name })
        const other = sampleRecord(domain, { id: `${name} other`, name: 'elsewhere.example' })
        const cname = sampleRecord(domain, { id: `${name} cname`, ...at, type: 'CNAME' })
        await t.add(domain, { recordsWritten: [sampleRecord(domain, at), other, cname] })
      }
      const found = await t.store.recordsAt(at.name, 'TXT')
      expect(found.map(({ id }) => id).sort()).toEqual(['record of default/a.example', 'record of default/b.example'])
      expect(await t.store.recordsOf('default/a.example')).toHaveLength(3)
    })

    it('keeps what a record has taken the place of', async () => {
      const domain = sampleDomain()
      const record = sampleReplacement(domain)
      await t.add(domain, { recordsWritten: [record, sampleRecord(domain)] })
      expect(await t.store.recordsAt(record.name, 'CNAME')).toStrictEqual([record])
      const { previous: _, ...without } = record
      await t.store.commit(await t.leaseOn(domain), { recordsWritten: [{ ...record, previous: [] }] }, { release: true })
      expect(await t.store.recordsAt(record.name, 'CNAME')).toStrictEqual([{ ...record, previous: [] }])
      await t.store.commit(await t.leaseOn(domain), { recordsWritten: [without] })
      expect((await t.store.viewDomain(domain.tenant, domain.name))?.records.at(-1)).toStrictEqual(without)
    })

    it('removes the records of the lease’s domain and of no other', async () => {
      const a = sampleDomain({ name: 'a.example' })
      const b = sampleDomain({ name: 'b.example' })
      await t.add(a, { recordsWritten: [sampleRecord(a)] })
      await t.add(b, { recordsWritten: [sampleRecord(b)] })
      await t.store.commit(await t.leaseOn(a), { recordsRemoved: [sampleRecord(a).id, sampleRecord(b).id, 'unknown'] })
      expect(await t.store.recordsOf(a.id)).toEqual([])
      expect(await t.store.recordsOf(b.id)).toHaveLength(1)
    })

    it('has no certificate of an unknown id', async () => {
      expect(await t.store.getCertificate('unknown')).toBeNull()
    })
  })
}
