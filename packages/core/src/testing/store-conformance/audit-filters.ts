import { expect } from 'vitest'
import type { AuditFilter, AuditPage } from '../../contracts/store.ts'
import { SAMPLE_TIME, sampleDomain, sampleEvent } from '../model-samples.ts'
import { MANY, MINUTE, type StoreTest } from './store-test.ts'

/** What of the audit is told, by its filters and by its pages. */
export function checkAuditFilters(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('the audit', () => {
    const at = (minutes: number) => new Date(SAMPLE_TIME.getTime() + minutes * MINUTE)
    const told = async (filter: AuditFilter & Partial<AuditPage>) =>
      (await t.store.history({ limit: MANY, ...filter })).map(({ message }) => message)
    /** Lines 1 to 8 of three domains, one of them of another tenant, a minute apart; and 9, of no domain. */
    async function fill() {
      const domains = [
        sampleDomain({ id: 'a', name: 'a.example', names: [{ name: 'a.example' }, { name: '*.a.example' }] }),
        sampleDomain({ id: 'b', name: 'b.example', names: [{ name: 'b.example' }, { name: 'shared.example' }] }),
        sampleDomain({ id: 'c', tenant: 'odd', name: 'a.example', names: [{ name: 'a.example' }] }),
      ]
      for (const domain of domains) await t.store.addDomain(domain, [])
      const line = (n: number, event: string, domainId: string, who = 'test') =>
        sampleEvent(event, { message: `${n}`, domainId, who, at: at(n), tenant: domainId === 'c' ? 'odd' : 'default' })
      const lines = [
        line(1, 'record.planned', 'a'),
        line(2, 'record.written', 'b', 'ann'),
        line(3, 'record.written', 'c'),
        line(4, 'order.created', 'a', 'ann'),
        line(5, 'record.written', 'a', 'ann'),
        line(6, 'recorded', 'b'),
        line(7, 'order.created', 'c', 'ann'),
        line(8, 'record.removed', 'a'),
      ]
      for (const one of lines) {
        const id = one.domainId ?? ''
        const lease = await t.leaseOn(sampleDomain({ id }))
        await t.store.commit(lease, { events: [one] }, { release: true })
      }
      const account = { id: 'x', tenant: 'default', ca: 'https://ca.example', name: 'default', key: 'k', createdAt: SAMPLE_TIME }
      await t.store.addAccount({ ...account, keyType: 'ec256' }, [sampleEvent('account.planned', { message: '9', at: at(9) })])
    }

    it('is filtered by event, also by a part of its name', async () => {
      await fill()
      expect(await told({ events: ['record.written'] })).toEqual(['2', '3', '5'])
      expect(await told({ events: ['record.*'] })).toEqual(['1', '2', '3', '5', '8'])
      expect(await told({ events: ['*.created', 'record.removed', 'order.*'] })).toEqual(['4', '7', '8'])
      expect(await told({ events: ['*'] })).toHaveLength(9)
      expect(await told({ events: ['nothing.*'] })).toEqual([])
      expect(await told({ events: [] })).toEqual([])
      // A full stop is one, and nothing of a pattern.
      expect(await told({ events: ['record.d'] })).toEqual([])
    })

    it('is filtered by who, tenant and time', async () => {
      await fill()
      expect(await told({ who: 'ann' })).toEqual(['2', '4', '5', '7'])
      expect(await told({ who: 'an' })).toEqual([])
      expect(await told({ tenant: 'odd' })).toEqual(['3', '7'])
      expect(await told({ since: at(3), until: at(7) })).toEqual(['3', '4', '5', '6'])
      expect(await told({ since: at(10) })).toEqual([])
      expect(await told({ until: at(1) })).toEqual([])
      expect(await told({ since: at(5), until: at(5) })).toEqual([])
      expect(await told({ tenant: 'default', who: 'ann', events: ['record.*', 'order.*'], since: at(3) })).toEqual(['4', '5'])
    })

    it('is filtered by any name of a domain, also of one that was removed and added again', async () => {
      await fill()
      expect(await told({ domainName: 'a.example' })).toEqual(['1', '3', '4', '5', '7', '8'])
      expect(await told({ domainName: '*.a.example' })).toEqual(['1', '4', '5', '8'])
      expect(await told({ domainName: 'a.example', tenant: 'odd' })).toEqual(['3', '7'])
      expect(await told({ domainName: 'shared.example' })).toEqual(['2', '6'])
      expect(await told({ domainName: 'nowhere.example' })).toEqual([])
      const lease = await t.leaseOn(sampleDomain({ id: 'b' }))
      const removed = sampleDomain({ id: 'b', name: 'b.example', status: 'deleted', names: [{ name: 'b.example' }] })
      await t.store.commit(lease, { domain: removed }, { release: true })
      expect(await told({ domainName: 'b.example' })).toEqual(['2', '6'])
      const again = sampleDomain({ id: 'b2', name: 'b.example', names: [{ name: 'b.example' }] })
      await t.store.addDomain(again, [sampleEvent('domain.added', { domainId: 'b2', message: 'again' })])
      expect(await told({ domainName: 'b.example' })).toEqual(['2', '6', 'again'])
      expect(await told({ domainName: 'b.example', events: ['record.*'] })).toEqual(['2'])
      expect(await told({ domainName: 'b.example', domainId: 'a' })).toEqual([])
      expect([await t.store.primaryName('b'), await t.store.primaryName('b2')]).toEqual(['b.example', 'b.example'])
    })

    it('is read by pages in both directions, each line once', async () => {
      await fill()
      const filters: AuditFilter[] = [{}, { events: ['record.*', 'order.*'] }, { domainName: 'a.example' }, { who: 'ann' }]
      for (const filter of filters) {
        const all = await t.store.history({ ...filter, limit: MANY })
        for (const limit of [1, 2, 3, all.length]) {
          const forward: number[] = []
          for (let after = 0; ; after = forward.at(-1) ?? 0) {
            const page = await t.store.history({ ...filter, limit, after })
            forward.push(...page.map(({ seq }) => seq))
            if (page.length < limit) break
          }
          const backward: number[] = []
          for (let before: number | undefined; ; before = backward[0]) {
            const page = await t.store.history({ ...filter, limit, ...(before !== undefined && { before }) })
            backward.unshift(...page.map(({ seq }) => seq))
            if (page.length < limit) break
          }
          expect({ filter, forward, backward }).toEqual({ filter, forward: all.map(({ seq }) => seq), backward: forward })
        }
      }
    })
  })
}
