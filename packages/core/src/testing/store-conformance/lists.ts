import { expect } from 'vitest'
import type { DomainFilter } from '../../contracts/store.ts'
import { SAMPLE_TIME, sampleCertificate, sampleDomain, sampleRecord } from '../model-samples.ts'
import { MANY, type StoreTest } from './store-test.ts'

/** Pages, filters, and what is due. */
export function checkLists(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('lists', () => {
    const list = async (filter: DomainFilter, limit = MANY) => {
      const names: string[] = []
      let cursor: string | undefined
      do {
        const { domains, next } = await t.store.listDomains(filter, { limit, ...(cursor !== undefined && { cursor }) })
        expect(domains.length).toBeLessThanOrEqual(limit)
        names.push(...domains.map(({ domain }) => `${domain.tenant} ${domain.name}`))
        cursor = next ?? undefined
      } while (cursor !== undefined)
      return names
    }

    it('pages through all domains in the order of tenant and name', async () => {
      for (const name of ['c.example', 'a.example', 'b.example', 'a-b.example']) {
        await t.add({ name, tenant: 'one' })
        await t.add({ name, tenant: 'two' })
      }
      const all = ['one', 'two'].flatMap((tenant) => ['a-b', 'a', 'b', 'c'].map((label) => `${tenant} ${label}.example`))
      for (const limit of [1, 2, 3, 7, 8, 9]) expect(await list({}, limit)).toEqual(all)
      expect(await list({ tenant: 'two' }, 3)).toEqual(all.slice(4))
    })

    it('lists the names that begin so, in pages', async () => {
      for (const name of [
        'shop.example',
        'shop-1.example',
        'shop1.example',
        'shoq.example',
        'sho.example',
        'xn--shp-xn.example',
      ]) {
        await t.add({ name, tenant: 'one' })
      }
      await t.add({ name: 'shop2.example', tenant: 'two' })
      const ofOne = (nameStartsWith: string) => list({ tenant: 'one', nameStartsWith }, 2)
      expect(await ofOne('shop')).toEqual(['one shop-1.example', 'one shop.example', 'one shop1.example'])
      expect(await ofOne('shop.')).toEqual(['one shop.example'])
      expect(await ofOne('shop.example')).toEqual(['one shop.example'])
      for (const nobody of ['shop.example.', 'SHOP', '%', 'sh_p', '~', "sh'"]) expect(await ofOne(nobody)).toEqual([])
      expect(await ofOne('')).toHaveLength(6)
      expect(await list({ nameStartsWith: 'shop2' })).toEqual(['two shop2.example'])
    })

    it('says that there is no next page when the last one is full', async () => {
      await t.add({ name: 'a.example' })
      await t.add({ name: 'b.example' })
      expect((await t.store.listDomains({}, { limit: 2 })).next).toBeNull()
      expect((await t.store.listDomains({}, { limit: 1 })).next).not.toBeNull()
    })

    it('goes on after the cursor, whatever was added or is gone since', async () => {
      await t.add({ name: 'b.example' })
      await t.add({ name: 'd.example' })
      const { next } = await t.store.listDomains({}, { limit: 1 })
      await t.add({ name: 'a.example' })
      await t.add({ name: 'c.example' })
      const { domains } = await t.store.listDomains({}, { limit: MANY, cursor: next ?? '' })
      expect(domains.map(({ domain }) => domain.name)).toEqual(['c.example', 'd.example'])
    })

    it('refuses a cursor that it has not given', async () => {
      for (const cursor of ['', 'x', 'bnVsbA', 'WzEsMl0', '%%%']) {
        await expect(t.store.listDomains({}, { limit: 1, cursor })).rejects.toMatchObject({ code: 'USAGE' })
      }
    })

    it('shows each domain with its certificate, without secrets, and its records', async () => {
      for (const name of ['a.example', 'b.example', 'c.example']) {
        const domain = sampleDomain({ name, ...(name !== 'b.example' && { certificateId: `certificate of default/${name}` }) })
        await t.add(domain, { certificate: sampleCertificate(domain), recordsWritten: [sampleRecord(domain)] })
      }
      const { domains } = await t.store.listDomains({}, { limit: 2 })
      const [a, b] = domains
      if (!a || !b) throw new Error('two were asked for')
      const { chain: _, privateKey: __, ...summary } = sampleCertificate(a.domain)
      expect(a).toStrictEqual({ domain: a.domain, certificate: summary, records: [sampleRecord(a.domain)] })
      expect(b).toStrictEqual({ domain: b.domain, records: [sampleRecord(b.domain)] })
      expect(await t.store.viewDomain('default', 'a.example')).toStrictEqual(a)
    })

    it('filters by status', async () => {
      await t.add({ name: 'a.example', status: 'active' })
      await t.add({ name: 'b.example', status: 'failed' })
      expect(await list({ status: 'failed' })).toEqual(['default b.example'])
    })

    it('filters by labels, all of which must be there', async () => {
      await t.add({ name: 'a.example', labels: { team: 'web', 'odd " key': "it's" } })
      await t.add({ name: 'b.example', labels: { team: 'web' } })
      await t.add({ name: 'c.example', labels: { team: 'mail', web: 'team' } })
      expect(await list({ labels: { team: 'web' } })).toEqual(['default a.example', 'default b.example'])
      expect(await list({ labels: { team: 'web', 'odd " key': "it's" } })).toEqual(['default a.example'])
      expect(await list({ labels: { team: 'web', none: '' } })).toEqual([])
      expect(await list({ labels: {} })).toHaveLength(3)
    })

    it('filters by the end of the current certificate', async () => {
      for (const [name, days] of [
        ['a.example', 5],
        ['b.example', 50],
      ] as const) {
        const domain = sampleDomain({ name, certificateId: `certificate of default/${name}` })
        await t.add(domain, {
          certificate: sampleCertificate(domain, { notAfter: new Date(SAMPLE_TIME.getTime() + days * 86_400_000) }),
        })
      }
      await t.add({ name: 'c.example' })
      const within = (days: number) => list({ expiringBefore: new Date(SAMPLE_TIME.getTime() + days * 86_400_000) })
      expect(await within(5)).toEqual([])
      expect(await within(6)).toEqual(['default a.example'])
      expect(await within(51)).toEqual(['default a.example', 'default b.example'])
    })

    it('counts the renewals that are planned, of all tenants', async () => {
      const at = (hours: number) => new Date(SAMPLE_TIME.getTime() + hours * 3_600_000)
      const plan = async (name: string, hours: number, tenant = 'default') => {
        const domain = sampleDomain({ name, tenant, certificateId: `certificate of ${tenant}/${name}` })
        await t.add(domain, { certificate: sampleCertificate(domain, { renewAt: at(hours) }) })
      }
      await plan('a.example', 1)
      await plan('b.example', 2)
      await plan('c.example', 2.9, 'other')
      await plan('d.example', 4)
      await plan('e.example', 0.9)
      expect(await t.store.plannedRenewals(at(1), at(4), 3)).toEqual([1, 2, 0])
      expect(await t.store.plannedRenewals(at(4), at(5), 2)).toEqual([1, 0])
      expect(await t.store.plannedRenewals(at(50), at(60), 4)).toEqual([0, 0, 0, 0])
    })

    it('tells what is due, oldest first', async () => {
      const at = (s: number) => new Date(SAMPLE_TIME.getTime() + s * 1000)
      await t.add({ name: 'late.example', nextActionAt: at(2) })
      await t.add({ name: 'never.example' })
      await t.add({ name: 'early.example', nextActionAt: at(1), tenant: 'other' })
      await t.add({ name: 'future.example', nextActionAt: at(3) })
      const early = { id: 'other/early.example', tenant: 'other', name: 'early.example' }
      expect(await t.store.dueDomains(at(0), MANY)).toEqual([])
      expect((await t.store.dueDomains(at(2), MANY)).map((due) => ({ ...due }))).toEqual([
        early,
        { id: 'default/late.example', tenant: 'default', name: 'late.example' },
      ])
      expect((await t.store.dueDomains(at(9), 1)).map(({ id }) => id)).toEqual([early.id])
    })

    it('tells the state in numbers', async () => {
      const at = (s: number) => new Date(SAMPLE_TIME.getTime() + s * 1000)
      expect(await t.store.overview(at(0), { soonest: 9 })).toEqual({ statuses: [], due: 0, expiring: [] })
      await t.add({ name: 'one.example', status: 'pending_dns', nextActionAt: at(1) })
      await t.add({ name: 'two.example', status: 'pending_dns', nextActionAt: at(3), tenant: 'other' })
      for (const [name, seconds] of [['late.example', 900] as const, ['soon.example', 500] as const]) {
        const domain = sampleDomain({ name, status: 'active', certificateId: `certificate of default/${name}` })
        await t.add(domain, { certificate: sampleCertificate(domain, { notAfter: at(seconds) }) })
      }
      const overview = await t.store.overview(at(2), { soonest: 1 })
      expect(new Map(overview.statuses.map(({ status, count }) => [status, count]))).toEqual(
        new Map([
          ['pending_dns', 2],
          ['active', 2],
        ]),
      )
      expect(overview).toMatchObject({
        due: 1,
        dueSince: at(1),
        expiring: [{ tenant: 'default', name: 'soon.example', notAfter: at(500) }],
      })
    })
  })
}
