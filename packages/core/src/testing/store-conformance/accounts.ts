import { expect } from 'vitest'
import { sampleAccount, sampleDomain, sampleEvent } from '../model-samples.ts'
import { MANY, type StoreTest } from './store-test.ts'

/** Accounts at CAs, what is remembered of their failures, and the audit. */
export function checkAccountsAndAudit(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('circuits of CAs', () => {
    const circuit = { ca: 'https://a.example/', failures: 1, openUntil: new Date(7), reason: 'it is down' }

    it('are kept, changed and forgotten by CA', async () => {
      expect(await t.store.caCircuits([circuit.ca])).toEqual([])
      await t.store.noteCircuit(circuit.ca, (before) => {
        expect(before).toBeUndefined()
        return circuit
      })
      await t.store.noteCircuit('https://b.example/', () => ({ ...circuit, ca: 'https://b.example/', reason: 'it is, too' }))
      expect(await t.store.caCircuits([circuit.ca, 'https://c.example/'])).toStrictEqual([circuit])
      await t.store.noteCircuit(circuit.ca, (before) => before && { ...before, failures: 2, openUntil: new Date(8) })
      expect(await t.store.caCircuits([circuit.ca])).toStrictEqual([{ ...circuit, failures: 2, openUntil: new Date(8) }])
      await t.store.noteCircuit(circuit.ca, () => undefined)
      expect(await t.store.caCircuits([circuit.ca, 'https://b.example/'])).toMatchObject([{ ca: 'https://b.example/' }])
    })

    it('lose no change of many at once', async () => {
      await Promise.all(
        Array.from({ length: MANY }, () =>
          t.store.noteCircuit(circuit.ca, (before) => ({ ...circuit, failures: (before?.failures ?? 0) + 1 })),
        ),
      )
      expect(await t.store.caCircuits([circuit.ca])).toMatchObject([{ failures: MANY }])
    })
  })

  describe('accounts', () => {
    const CA = sampleAccount().ca

    it('are kept one for a tenant and CA', async () => {
      expect(await t.store.getAccount('default', CA, 'default')).toBeNull()
      const account = sampleAccount({ contact: 'a@example.com' })
      expect(await t.store.addAccount(account, [sampleEvent('account.planned')])).toStrictEqual(account)
      expect(
        await t.store.addAccount(sampleAccount({ id: 'second', key: 'other' }), [sampleEvent('account.planned')]),
      ).toStrictEqual(account)
      expect(await t.store.getAccount('default', CA, 'default')).toStrictEqual(account)
      expect(await t.eventsOf()).toEqual(['account.planned'])
      for (const other of [{ tenant: 'other' }, { ca: 'https://other.example/' }]) {
        const added = sampleAccount({ id: JSON.stringify(other), ...other })
        expect(await t.store.addAccount(added, [])).toStrictEqual(added)
      }
    })

    it('are the same for all that add one at once', async () => {
      const accounts = await Promise.all(
        Array.from({ length: 8 }, (_, n) => t.store.addAccount(sampleAccount({ id: String(n), key: String(n) }), [])),
      )
      expect(new Set(accounts.map(({ key }) => key)).size).toBe(1)
    })

    it('are confirmed by their CA', async () => {
      const account = await t.store.addAccount(sampleAccount(), [])
      await t.store.confirmAccount(account.id, 'https://ca.example/acct/1', [sampleEvent('account.confirmed')])
      expect(await t.store.getAccount('default', CA, 'default')).toStrictEqual({ ...account, url: 'https://ca.example/acct/1' })
      expect(await t.eventsOf()).toEqual(['account.confirmed'])
    })

    it('are several at a CA by their names; one that has ended leaves its name to another', async () => {
      const { store } = t
      const first = await store.addAccount(sampleAccount(), [])
      const second = await store.addAccount(sampleAccount({ id: 'second', name: 'second', key: 'k2', keyType: 'rsa2048' }), [])
      expect(await store.getAccount('default', CA, 'second')).toStrictEqual(second)
      const endedAt = new Date(9)
      await store.changeAccount(first.id, (before) => ({
        account: { ...before, endedAt },
        events: [sampleEvent('account.ended')],
      }))
      expect(await store.getAccount('default', CA, 'default')).toBeNull()
      expect(await store.getAccountById(first.id)).toStrictEqual({ ...first, endedAt })
      const third = sampleAccount({ id: 'third', key: 'k3', createdAt: new Date(10) })
      expect(await store.addAccount(third, [])).toStrictEqual(third)
      expect((await store.listAccounts('default')).map(({ account: { id, name, endedAt } }) => [id, name, endedAt])).toEqual([
        ['third', 'default', undefined],
        ['account', 'default', endedAt],
        ['second', 'second', undefined],
      ])
      expect(await store.listAccounts('other')).toEqual([])
      expect(await t.eventsOf()).toEqual(['account.ended'])
    })

    it('have a next key beside the one that counts, and neither is listed', async () => {
      const { store } = t
      const account = await store.addAccount(sampleAccount(), [])
      const planned = { ...account, nextKey: 'the next key' }
      expect(
        await store.changeAccount(account.id, (before) => ({ account: { ...before, nextKey: 'the next key' }, events: [] })),
      ).toStrictEqual(planned)
      expect(await store.getAccountById(account.id)).toStrictEqual(planned)
      const { key: _, ...facts } = account
      expect(await store.listAccounts('default')).toStrictEqual([
        { account: facts, keyChanging: true, domains: 0, openOrders: 0 },
      ])
      const settle = ({ nextKey = '', ...before }: typeof planned) => ({
        account: { ...before, key: nextKey, keyType: 'ec384' },
        events: [],
      })
      const settled = { ...account, key: 'the next key', keyType: 'ec384' }
      expect(
        await store.changeAccount(account.id, (before) => settle({ ...before, nextKey: before.nextKey ?? '' })),
      ).toStrictEqual(settled)
      expect(await store.getAccountById(account.id)).toStrictEqual(settled)
    })

    it('are left as they are where nothing is made of them; and must be there', async () => {
      const account = await t.store.addAccount(sampleAccount(), [])
      expect(await t.store.changeAccount(account.id, () => null)).toStrictEqual(account)
      await expect(t.store.changeAccount('unknown', () => null)).rejects.toMatchObject({ code: 'INTERNAL' })
      expect(await t.store.getAccountById('unknown')).toBeNull()
    })

    it('must be there to be confirmed', async () => {
      await expect(t.store.confirmAccount('unknown', 'x', [sampleEvent('account.confirmed')])).rejects.toMatchObject({
        code: 'INTERNAL',
      })
      expect(await t.eventsOf()).toEqual([])
    })
  })

  describe('the audit', () => {
    it('is read in order, by tenant and domain, from its end or on from an event', async () => {
      const events = ['1', '2', '3', '4', '5', '6'].map((event, n) =>
        sampleEvent(event, { tenant: n % 2 ? 'odd' : 'even', ...(n < 3 && { domainId: 'd' }) }),
      )
      await t.store.addDomain(sampleDomain({ id: 'd' }), events)
      expect(await t.eventsOf()).toEqual(['1', '2', '3', '4', '5', '6'])
      expect(await t.eventsOf({ tenant: 'odd' })).toEqual(['2', '4', '6'])
      expect(await t.eventsOf({ domainId: 'd' })).toEqual(['1', '2', '3'])
      expect(await t.eventsOf({ domainId: 'd', tenant: 'odd' })).toEqual(['2'])
      expect(await t.eventsOf({ limit: 4 })).toEqual(['3', '4', '5', '6'])
      expect(await t.eventsOf({ limit: 2, tenant: 'odd' })).toEqual(['4', '6'])
      expect(await t.eventsOf({ limit: 1, domainId: 'd', tenant: 'even' })).toEqual(['3'])
      const seqs = (await t.store.history({ limit: MANY })).map(({ seq }) => seq)
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
      const [first = 0, second = 0] = seqs
      const after = second
      expect(await t.eventsOf({ limit: 3, after })).toEqual(['3', '4', '5'])
      expect(await t.eventsOf({ limit: 1, after, tenant: 'odd' })).toEqual(['4'])
      expect(await t.eventsOf({ limit: 1, after: first, domainId: 'd' })).toEqual(['2'])
      expect(await t.eventsOf({ after: first - 1 })).toEqual(['1', '2', '3', '4', '5', '6'])
      expect(await t.eventsOf({ after: seqs.at(-1) ?? 0 })).toEqual([])
    })
  })
}
