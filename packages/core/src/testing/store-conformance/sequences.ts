import { expect } from 'vitest'
import type { BudgetUnit } from '../../domain/ca-budget.ts'
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleCertificate,
  sampleDomain,
  sampleHttpChallenge,
  sampleOrder,
  sampleRecord,
} from '../model-samples.ts'
import { MANY, type StoreTest } from './store-test.ts'

const CA = 'https://ca.example/directory'
const later = (ms: number) => new Date(SAMPLE_TIME.getTime() + ms)

/** Lists that have an order have it whatever was written first, and are as long as was asked for. */
export function checkSequences(t: StoreTest): void {
  const { describe, it } = t.runner

  describe('in their order are', () => {
    it('domains that are due at one time', async () => {
      for (const id of ['c', 'a', 'b']) await t.add({ id, name: `${id}.example`, nextActionAt: SAMPLE_TIME })
      expect((await t.store.dueDomains(SAMPLE_TIME, 2)).map(({ id }) => id)).toEqual(['a', 'b'])
      expect((await t.store.dueDomains(later(1), MANY)).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    })

    it('records, of a domain and of a name', async () => {
      const domain = sampleDomain()
      const at = (id: string, ms: number) => sampleRecord(domain, { id, createdAt: later(ms) })
      await t.add(domain, { recordsWritten: [at('a', 3), at('d', 1), at('c', 1), at('b', 2)] })
      const lists = [await t.store.recordsOf(domain.id), await t.store.recordsAt(sampleRecord(domain).name, 'TXT')]
      lists.push((await t.store.viewDomain('default', 'example.com'))?.records ?? [])
      expect(lists.map((records) => records.map(({ id }) => id))).toEqual(Array(3).fill(['c', 'd', 'b', 'a']))
    })

    it('HTTP-01 challenges of a domain', async () => {
      const domain = sampleDomain()
      const at = (token: string, ms: number) => sampleHttpChallenge(domain, { token, createdAt: later(ms) })
      await t.add(domain, { challengesWritten: [at('a', 2), at('c', 1), at('b', 1)] })
      expect((await t.store.httpChallengesOf(domain.id)).map(({ token }) => token)).toEqual(['b', 'c', 'a'])
    })

    it('orders of one moment: the last by its id is the newest', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      for (const id of ['b', 'c', 'a']) await t.store.commit(lease, { order: sampleOrder(domain, { id }) })
      expect((await t.store.openOrder(domain.id))?.id).toBe('c')
    })

    it('accounts of one name, by their time and id', async () => {
      for (const [id, ms] of [
        ['c', 1],
        ['a', 2],
        ['b', 1],
      ] as const) {
        await t.store.addAccount(sampleAccount({ id, createdAt: later(ms), endedAt: later(9) }), [])
      }
      expect((await t.store.listAccounts('default')).map(({ account }) => account.id)).toEqual(['b', 'c', 'a'])
    })

    it('counts of a CA, those first that will be full last, also of more subjects than a query takes', async () => {
      const subjects = Array.from({ length: 600 }, (_, n) => `${n}.example`)
      const unit = (n: number): BudgetUnit => ({
        key: { ca: CA, kind: 'certificates', subject: subjects[n] ?? '' },
        limit: { count: 1, windowMs: (n + 1) * 60_000 },
      })
      for (const n of [0, 599, 300]) expect(await t.store.spendBudget([unit(n)], SAMPLE_TIME)).toEqual([])
      const filter = { cas: [CA], subjects, now: SAMPLE_TIME }
      const found = async (limit: number) => (await t.store.budgets({ ...filter, limit })).map(({ key }) => key.subject)
      expect(await found(MANY)).toEqual(['599.example', '300.example', '0.example'])
      expect(await found(2)).toEqual(['599.example', '300.example'])
      expect(await t.store.budgets({ ...filter, cas: [], limit: MANY })).toEqual([])
    })
  })

  it('accounts say how many domains and open orders hang on each', async () => {
    await t.store.addAccount(sampleAccount(), [])
    await t.store.addAccount(sampleAccount({ id: 'second', name: 'second' }), [])
    const has = async (name: string, status: 'active' | 'deleted', accountId = 'account') => {
      const domain = sampleDomain({ name, status, certificateId: `certificate of default/${name}` })
      await t.add(domain, { certificate: sampleCertificate(domain, { accountId }), order: sampleOrder(domain, { accountId }) })
    }
    await has('a.example', 'active')
    await has('b.example', 'active')
    await has('c.example', 'active', 'second')
    await has('d.example', 'deleted', 'second')
    const superseded = await t.add({ name: 'e.example' })
    await t.store.commit(await t.leaseOn(superseded), {
      certificate: sampleCertificate(superseded),
      order: sampleOrder(superseded, { state: 'stored' }),
    })
    expect(await t.store.listAccounts('default')).toMatchObject([
      { account: { id: 'account' }, domains: 2, openOrders: 2 },
      { account: { id: 'second' }, domains: 1, openOrders: 2 },
    ])
  })

  it('chains of all certificates whose key is in wrong hands are told, of all tenants and generations', async () => {
    for (const [tenant, reason] of [
      ['one', 'keyCompromise'],
      ['two', 'keyCompromise'],
      ['three', 'superseded'],
    ] as const) {
      const domain = sampleDomain({ tenant })
      await t.add(domain, { certificate: sampleCertificate(domain, { chain: tenant, revocationReason: reason }) })
    }
    expect((await t.store.compromisedChains()).toSorted()).toEqual(['one', 'two'])
  })

  it('filters of a list all count, on every page', async () => {
    for (const [tenant, status] of [
      ['one', 'active'],
      ['one', 'failed'],
      ['two', 'active'],
    ] as const) {
      for (const n of [1, 2, 3]) await t.add({ tenant, status, name: `${status}${n}.example`, labels: { odd: String(n % 2) } })
    }
    const filter = { tenant: 'one', status: 'active', labels: { odd: '1' } } as const
    const first = await t.store.listDomains(filter, { limit: 1 })
    const second = await t.store.listDomains(filter, { limit: 1, cursor: first.next ?? '' })
    expect([first, second].flatMap(({ domains }) => domains.map(({ domain }) => domain.name))).toEqual([
      'active1.example',
      'active3.example',
    ])
    expect(second.next).toBeNull()
  })
}
