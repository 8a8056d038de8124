import { expect } from 'vitest'
import type { Deployment } from '../../domain/deployment.ts'
import type { Domain } from '../../domain/model.ts'
import { SAMPLE_TIME, sampleDomain } from '../model-samples.ts'
import { MANY, type StoreTest } from './store-test.ts'

/** Where certificates are to serve, a row for each domain and target. */
export function checkDeployments(t: StoreTest): void {
  const row = ({ id: domainId, tenant }: Domain, parts: Partial<Deployment> = {}): Deployment => ({
    tenant,
    domainId,
    target: 'web',
    status: 'pending',
    certificateId: 'certificate-1',
    fingerprint: 'ab'.repeat(32),
    attempts: 0,
    createdAt: SAMPLE_TIME,
    updatedAt: SAMPLE_TIME,
    ...parts,
  })
  const later = (ms: number) => new Date(SAMPLE_TIME.getTime() + ms)

  const { describe, it } = t.runner
  describe('deployments', () => {
    it('are written, changed and forgotten with the rest of a commit, and shown with their domain', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      const full = row(domain, {
        target: 'edge',
        status: 'failed',
        live: { certificateId: 'certificate-0', fingerprint: 'cd'.repeat(32), at: SAMPLE_TIME, proven: true },
        previous: { certificateId: 'certificate', fingerprint: 'ef'.repeat(32) },
        attempts: 3,
        lastError: { code: 'DEPLOY_FAILED', message: 'm', hint: 'h', actor: 'operator', at: SAMPLE_TIME, retryAt: later(1) },
        nextAttemptAt: later(1),
      })
      await t.store.commit(lease, { deployments: [row(domain), full] })
      expect(await t.store.deploymentsOf(domain.id)).toStrictEqual([full, row(domain)])
      expect((await t.store.viewDomain(domain.tenant, domain.name))?.deployments).toStrictEqual([full, row(domain)])
      const done = row(domain, { status: 'deployed', updatedAt: later(5) })
      await t.store.commit(lease, { deployments: [done], deploymentsRemoved: ['edge'] })
      expect(await t.store.deploymentsOf(domain.id)).toStrictEqual([done])
      const other = await t.add(sampleDomain({ name: 'other.example' }))
      await expect(t.store.commit(lease, { deployments: [row(other)] })).rejects.toMatchObject({ code: 'INTERNAL' })
      expect(await t.store.deploymentsOf(other.id)).toEqual([])
    })

    it('are due by their time, each domain once, the longest overdue first', async () => {
      const [a, b, c] = [await t.add(), await t.add({ name: 'b.example' }), await t.add({ name: 'c.example', tenant: 'acme' })]
      const write = async (domain: Domain, ...deployments: Deployment[]) =>
        t.store.commit(await t.leaseOn(domain), { deployments }, { release: true })
      await write(a, row(a, { nextAttemptAt: later(20) }), row(a, { target: 'edge', nextAttemptAt: later(30) }))
      await write(b, row(b, { nextAttemptAt: later(1_000) }), row(b, { target: 'edge' }))
      await write(c, row(c, { nextAttemptAt: later(10) }))
      const due = (at: number, limit = MANY) => t.store.dueDeployments(later(at), limit)
      const plain = ({ id, tenant, name }: Domain) => ({ id, tenant, name })
      expect(await due(9)).toEqual([])
      expect(await due(999)).toEqual([plain(c), plain(a)])
      expect(await due(999, 1)).toEqual([plain(c)])
      expect(await due(1_000)).toEqual([plain(c), plain(a), plain(b)])
      await t.store.commit(await t.leaseOn(a), { domain: { ...a, status: 'suspended' } }, { release: true })
      expect(await due(1_000)).toEqual([plain(c), plain(b)])
    })
  })
}
