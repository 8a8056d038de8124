import { expect } from 'vitest'
import type { BudgetUnit } from '../../domain/ca-budget.ts'
import { sampleDomain, sampleOrder } from '../model-samples.ts'
import { MANY, type StoreTest } from './store-test.ts'

const CA = 'https://ca.example/directory'
const HOUR = 3_600_000
const NOW = new Date('2026-11-21T12:00:00Z')
const later = (ms: number) => new Date(NOW.getTime() + ms)
/** One comes back each hour. */
const orders: BudgetUnit = { key: { ca: CA, kind: 'orders', subject: 'account' }, limit: { count: 3, windowMs: 3 * HOUR } }
const certificates: BudgetUnit = {
  key: { ca: CA, kind: 'certificates', subject: 'example.com' },
  limit: { count: 1, windowMs: 7 * HOUR },
}
const ALL = { cas: [CA], now: NOW, limit: MANY }

/** What is left of the limits of CAs. */
export function checkBudgets(t: StoreTest): void {
  const { describe, it } = t.runner
  const spend = (units: BudgetUnit[], now = NOW) => t.store.spendBudget(units, now)

  describe('budgets of CAs', () => {
    it('are spent until there is no room, and fill up again', async () => {
      expect(await t.store.budgets(ALL)).toEqual([])
      for (let n = 0; n < 3; n++) expect(await spend([orders])).toEqual([])
      expect(await t.store.budgets(ALL)).toStrictEqual([{ key: orders.key, fullAt: later(3 * HOUR) }])
      expect(await spend([orders])).toStrictEqual([{ ...orders, at: later(HOUR) }])
      expect(await spend([orders], later(HOUR - 1))).toHaveLength(1)
      expect(await spend([orders], later(HOUR))).toEqual([])
      expect(await t.store.budgets({ ...ALL, now: later(4 * HOUR) })).toEqual([])
    })

    it('that a wrong clock or another limit has filled for years count for nothing, and are right from then on', async () => {
      const years = later(10 * 365 * 24 * HOUR)
      for (let n = 0; n < 3; n++) await spend([orders], years)
      for (let n = 0; n < 3; n++) expect(await spend([orders])).toEqual([])
      expect(await spend([orders])).toStrictEqual([{ ...orders, at: later(HOUR) }])
    })

    it('are spent all or none, and say all that have no room', async () => {
      await spend([certificates])
      expect(await spend([orders, certificates])).toStrictEqual([{ ...certificates, at: later(7 * HOUR) }])
      expect(await t.store.budgets({ ...ALL, kind: 'orders' })).toEqual([])
      for (let n = 0; n < 3; n++) await spend([orders])
      expect((await spend([orders, certificates])).map(({ key }) => key.kind)).toEqual(['orders', 'certificates'])
    })

    it('are spent by force, and are as empty as they can be then', async () => {
      await spend([certificates])
      expect(await t.store.spendBudget([certificates], later(HOUR), { force: true })).toEqual([])
      expect(await spend([certificates], later(7 * HOUR))).toStrictEqual([{ ...certificates, at: later(8 * HOUR) }])
    })

    it('are only looked at where that is wanted', async () => {
      const look = { ...certificates, only: 'look' as const }
      for (let n = 0; n < 3; n++) expect(await spend([look])).toEqual([])
      await spend([certificates])
      expect(await spend([look])).toHaveLength(1)
    })

    it('get back what is not needed, and never more than there was', async () => {
      await spend([certificates])
      await t.store.refundBudget([certificates], NOW)
      await t.store.refundBudget([certificates, orders], NOW)
      expect(await spend([certificates])).toEqual([])
      expect(await spend([certificates])).toHaveLength(1)
    })

    it('are had by one of many at once', async () => {
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => spend([orders])))
      expect(outcomes.filter((refused) => refused.length === 0)).toHaveLength(3)
    })

    it('are empty until the time that the CA gives, but not sooner full than was known', async () => {
      await t.store.limitBudget(orders, later(HOUR / 2))
      expect(await spend([orders])).toStrictEqual([{ ...orders, at: later(HOUR / 2) }])
      await t.store.limitBudget(orders, later(1))
      expect(await spend([orders])).toStrictEqual([{ ...orders, at: later(HOUR / 2) }])
      expect(await spend([orders], later(HOUR / 2))).toEqual([])
    })

    it('belong to a CA, a kind and a subject', async () => {
      await spend([certificates])
      for (const key of [
        { ...certificates.key, ca: 'https://other.example/' },
        { ...certificates.key, subject: 'example.net' },
        { ...certificates.key, kind: 'duplicates' as const },
      ])
        expect(await spend([{ ...certificates, key }])).toEqual([])
      expect(await t.store.budgets(ALL)).toHaveLength(3)
      expect(await t.store.budgets({ ...ALL, kind: 'certificates', subjects: ['example.net', 'x'] })).toMatchObject([
        { key: { subject: 'example.net' } },
      ])
      expect(await t.store.budgets({ ...ALL, limit: 1 })).toHaveLength(1)
      expect(await t.store.budgets({ ...ALL, subjects: [] })).toEqual([])
    })

    it('change with what is committed, and with nothing that is not', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      await spend([orders, certificates])
      // The CA has counted the order an hour after it was planned: that is when the count begins to fill up.
      await t.store.commit(lease, { budget: { now: later(HOUR), taken: [orders], returned: [certificates] } })
      const after = { ...ALL, now: later(HOUR) }
      expect(await t.store.budgets(after)).toStrictEqual([{ key: orders.key, fullAt: later(2 * HOUR) }])
      await t.store.commit(lease, { budget: { now: later(HOUR), spent: [orders] } })
      expect(await t.store.budgets(after)).toStrictEqual([{ key: orders.key, fullAt: later(3 * HOUR) }])
      await t.store.release(lease)
      const late = t.store.commit(lease, { budget: { now: NOW, spent: [certificates] } })
      await expect(late).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect(await t.store.budgets({ ...after, kind: 'certificates' })).toEqual([])
    })

    it('remain taken when more is given back than was reserved', async () => {
      const lease = await t.leaseOn(await t.add())
      await spend([certificates])
      await t.store.commit(lease, { budget: { now: NOW, taken: [certificates] } })
      await t.store.refundBudget([certificates], NOW)
      expect(await spend([certificates])).toHaveLength(1)
    })
  })

  it('keeps with an order what it has reserved', async () => {
    const domain = sampleDomain()
    const reserved = sampleOrder(domain, { reserved: [orders, certificates] })
    await t.add({}, { order: reserved })
    expect(await t.store.openOrder(domain.id)).toStrictEqual(reserved)
    const lease = await t.leaseOn(domain)
    const { reserved: _, ...without } = reserved
    await t.store.commit(lease, { order: { ...without, reserved: [] } })
    expect((await t.store.openOrder(domain.id))?.reserved).toEqual([])
  })
}
