import { expect } from 'vitest'
import { SAMPLE_TIME, sampleCertificate, sampleDomain, sampleOrder, sampleRecord } from '../model-samples.ts'
import type { StoreTest } from './store-test.ts'

/** The end of removed domains. */
export function checkErasing(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('erasing', () => {
    it('erases a domain with all that belongs to it but its audit', async () => {
      const domain = sampleDomain({ name: 'gone.example' })
      const certificate = sampleCertificate(domain)
      await t.add(domain, { certificate, order: sampleOrder(domain, { state: 'stored' }) })
      const lease = await t.leaseOn(domain)
      const erased = {
        at: SAMPLE_TIME,
        tenant: 'default',
        domainId: domain.id,
        who: 'test',
        event: 'domain.erased',
        message: 'gone',
      }
      expect(await t.store.eraseDomain(lease, [erased])).toBe(true)
      expect(await t.store.getDomain('default', 'gone.example')).toBeNull()
      expect(await t.store.getCertificate(certificate.id)).toBeNull()
      expect((await t.store.history({ domainId: domain.id, limit: 9 })).map(({ event }) => event)).toContain('domain.erased')
      await expect(t.store.eraseDomain(lease, [])).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('keeps a domain whose key was in wrong hands, or whose records are in the journal', async () => {
      const leaked = sampleDomain({ name: 'leaked.example' })
      await t.add(leaked, {
        certificate: sampleCertificate(leaked, { revokedAt: SAMPLE_TIME, revocationReason: 'keyCompromise' }),
      })
      const written = sampleDomain({ name: 'written.example' })
      await t.add(written, { recordsWritten: [sampleRecord(written)] })
      for (const domain of [leaked, written]) {
        const lease = await t.leaseOn(domain)
        expect(await t.store.eraseDomain(lease, [])).toBe(false)
        expect(await t.store.getDomain('default', domain.name)).toMatchObject({ id: domain.id })
      }
    })
  })
}
