import { expect } from 'vitest'
import type { Store } from '../../contracts/store.ts'
import type { BudgetUnit } from '../../domain/ca-budget.ts'
import type { AuditEvent } from '../../domain/model.ts'
import { sampleAccount, sampleCertificate, sampleDomain, sampleEvent, sampleOrder } from '../model-samples.ts'
import { MANY, MINUTE, type StoreTest } from './store-test.ts'

/** What several do at once, each with a store of its own on the same state. */
export function checkProcesses(t: StoreTest): void {
  const { describe, it } = t.runner
  const alive = () => false

  describe('several processes', () => {
    it('see what the others have written as soon as it is', () =>
      t.again(async (other) => {
        const domain = await t.add()
        expect(await other.getDomain('default', 'example.com')).toStrictEqual(domain)
        const account = sampleAccount()
        await other.addAccount(account, [sampleEvent('account.planned')])
        expect(await t.store.getAccountById(account.id)).toStrictEqual(account)
        expect(await t.eventsOf()).toEqual(['account.planned'])
      }))

    it('find all of it after the store was closed', () =>
      t.again(async (other) => {
        if (other === t.store) return
        const domain = sampleDomain({ certificateId: 'certificate of default/example.com' })
        const certificate = sampleCertificate(domain)
        await t.add(domain, { domain, certificate, order: sampleOrder(domain), events: [sampleEvent('issued')] })
        await t.store.close()
        expect(await other.getDomain('default', 'example.com')).toStrictEqual(domain)
        expect(await other.getCertificate(certificate.id)).toStrictEqual(certificate)
        expect(await other.openOrder(domain.id)).toStrictEqual(sampleOrder(domain))
        expect(await other.history({ limit: MANY })).toMatchObject([{ event: 'issued' }])
      }))

    it('hold no lease of each other', () =>
      t.again(async (other) => {
        const domain = await t.add()
        const claims = await Promise.allSettled(
          Array.from({ length: 10 }, (_, n) =>
            (n % 2 ? other : t.store).claim(domain.id, { owner: `owner ${n}`, ttlMs: MINUTE, isGone: alive }),
          ),
        )
        const [lease, ...more] = claims.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value.lease] : []))
        expect(more).toEqual([])
        if (!lease) throw new Error('one has to have it')
        // A lease is no more than what it says: whoever has it may use it from anywhere.
        await other.commit({ ...lease }, { domain: { ...domain, attempts: 1 } })
        await t.store.release({ ...lease })
        await expect(other.commit(lease, { domain })).rejects.toMatchObject({ code: 'LEASE_LOST' })
      }))

    it('share counts, circuits and accounts without losing a change', () =>
      t.again(async (other) => {
        const both = [t.store, other]
        const ca = 'https://ca.example/directory'
        const unit: BudgetUnit = { key: { ca, kind: 'orders', subject: 'a' }, limit: { count: 5, windowMs: 5 * MINUTE } }
        const account = await t.store.addAccount(sampleAccount({ contact: '' }), [])
        const each = <T>(work: (store: Store) => Promise<T>) => Promise.all([...both, ...both, ...both, ...both].map(work))
        const outcomes = await each((store) => store.spendBudget([unit], t.clock.now()))
        expect(outcomes.filter((refused) => refused.length === 0)).toHaveLength(5)
        await each((store) =>
          store.noteCircuit(ca, (before) => ({ ca, failures: (before?.failures ?? 0) + 1, openUntil: new Date(1), reason: '' })),
        )
        expect(await other.caCircuits([ca])).toMatchObject([{ failures: 8 }])
        await each((store) =>
          store.changeAccount(account.id, (before) => ({
            account: { ...before, contact: `${before.contact}x` },
            events: [sampleEvent('account.changed')],
          })),
        )
        expect(await t.store.getAccountById(account.id)).toMatchObject({ contact: 'xxxxxxxx' })
        expect(await t.eventsOf()).toHaveLength(8)
      }))
  })

  it('the audit is followed without missing a line, whoever writes at once', async () => {
    const writers = await Promise.all(Array.from({ length: 6 }, async (_, n) => t.leaseOn(await t.add({ name: `${n}.example` }))))
    const written = writers.flatMap(({ domainId }) => Array.from({ length: 12 }, (_, n) => `${domainId} ${n}`))
    let writing = true
    const follow = async () => {
      const seen: AuditEvent[] = []
      for (let done = false; !done; ) {
        // Asked for before it is read: what was committed by then has to be in the last page.
        done = !writing
        const page = await t.store.history({ after: seen.at(-1)?.seq ?? 0, limit: 7 })
        seen.push(...page)
        if (page.length > 0) done = false
        await new Promise((resolve) => setImmediate(resolve))
      }
      return seen
    }
    const [seen] = await Promise.all([
      follow(),
      t
        .again(async (other) => {
          await Promise.all(writers.map((lease, n) => writeLines(n % 2 ? other : t.store, lease)))
        })
        .finally(() => {
          writing = false
        }),
    ])
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map(({ seq }) => seq).toSorted((a, b) => a - b))
    expect(seen.map(({ event }) => event).toSorted()).toEqual(written.toSorted())

    async function writeLines(store: Store, lease: (typeof writers)[number]): Promise<void> {
      for (let n = 0; n < 12; n += 3) {
        const events = [n, n + 1, n + 2].map((m) => sampleEvent(`${lease.domainId} ${m}`, { domainId: lease.domainId }))
        await store.commit(lease, { events })
      }
    }
  })
}
