import { expect } from 'vitest'
import type { Changes } from '../../contracts/store.ts'
import {
  sampleAccount,
  sampleCertificate,
  sampleDomain,
  sampleEvent,
  sampleHttpChallenge,
  sampleOrder,
  sampleRecord,
} from '../model-samples.ts'
import { MINUTE, type StoreTest } from './store-test.ts'

/** What is refused, or thrown by a callback, leaves everything as it was. */
export function checkRefusals(t: StoreTest): void {
  const { describe, it } = t.runner

  describe('a commit', () => {
    it('that changes what a domain is called, or whose it is, is refused', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      for (const other of [{ name: 'example.org' }, { tenant: 'other' }, { id: 'other' }]) {
        const changes = { domain: { ...domain, ...other }, events: [sampleEvent('changed')] }
        await expect(t.store.commit(lease, changes)).rejects.toMatchObject({ code: 'INTERNAL' })
      }
      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(domain)
      expect(await t.eventsOf()).toEqual([])
    })

    it('writes nothing under the id of the lease for another tenant', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      const theirs = { ...domain, tenant: 'other' }
      const parts: Changes[] = [
        { order: sampleOrder(theirs) },
        { certificate: sampleCertificate(theirs) },
        { recordsWritten: [sampleRecord(theirs)] },
      ]
      for (const changes of parts) await expect(t.store.commit(lease, changes)).rejects.toMatchObject({ code: 'INTERNAL' })
      expect(await t.store.openOrder(domain.id)).toBeNull()
      expect(await t.store.recordsOf(domain.id)).toEqual([])
    })

    it('leaves when the domain was added, and removes after it has written', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      const record = sampleRecord(domain)
      const challenge = sampleHttpChallenge(domain)
      const changed = { ...domain, createdAt: new Date(1), attempts: 2 }
      await t.store.commit(lease, {
        domain: changed,
        recordsWritten: [record],
        recordsRemoved: [record.id],
        challengesWritten: [challenge],
        challengesRemoved: [challenge.token],
      })
      expect(await t.store.httpChallengesOf(domain.id)).toEqual([])
      expect(await t.store.viewDomain('default', 'example.com')).toStrictEqual({
        domain: { ...domain, attempts: 2 },
        records: [],
      })
    })
  })

  describe('a callback that throws', () => {
    const thrown = new Error('thrown by the caller')
    const throwing = () => {
      throw thrown
    }
    const said = (error: unknown) => (error instanceof Error && error.message.includes(thrown.message) ? 'said' : error)

    it('leaves the lease with its holder', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      expect(await t.claim(domain.id, 'other', throwing).catch(said)).toBe('said')
      await t.store.heartbeat(lease, MINUTE)
      const key = { ttlMs: MINUTE, owner: 'me', isGone: () => false }
      const keyLease = await t.store.claimKey('key', { ...key, id: '1' })
      expect(await t.store.claimKey('key', { ...key, id: '2', isGone: throwing }).catch(said)).toBe('said')
      await t.store.heartbeatKey(keyLease, MINUTE)
    })

    it('changes neither an account nor a circuit', async () => {
      const ca = 'https://ca.example/directory'
      const circuit = { ca, failures: 1, openUntil: new Date(1), reason: '' }
      await t.store.noteCircuit(ca, () => circuit)
      expect(await t.store.noteCircuit(ca, throwing).catch(said)).toBe('said')
      expect(await t.store.caCircuits([ca])).toStrictEqual([circuit])
      const account = await t.store.addAccount(sampleAccount(), [])
      expect(await t.store.changeAccount(account.id, throwing).catch(said)).toBe('said')
      expect(await t.store.getAccountById(account.id)).toStrictEqual(account)
    })
  })

  it('a lease that is lost does not say that it lasts longer', async () => {
    const domain = await t.add()
    const lease = await t.leaseOn(domain)
    const { until } = lease
    await t.store.release(lease)
    await expect(t.store.heartbeat(lease, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(lease.until).toEqual(until)
  })

  it('a holder whose time is over is not asked for', async () => {
    const domain = await t.add()
    await t.leaseOn(domain)
    t.clock.advance(MINUTE)
    const asked = () => {
      throw new Error('asked')
    }
    expect(await t.claim(domain.id, 'other', asked)).not.toBeNull()
  })

  it('an account keeps its id, tenant and CA, whatever it is changed to', async () => {
    const account = await t.store.addAccount(sampleAccount(), [])
    const strange = { id: 'strange', tenant: 'strange', ca: 'https://strange.example/' }
    const changed = await t.store.changeAccount(account.id, (before) => ({
      account: { ...before, ...strange, contact: 'a@example.com' },
      events: [],
    }))
    expect(changed).toStrictEqual({ ...account, contact: 'a@example.com' })
    expect(await t.store.getAccount(account.tenant, account.ca, account.name)).toStrictEqual(changed)
    expect(await t.store.listAccounts('strange')).toEqual([])
  })

  it('a removed domain leaves orders, certificates and challenges to the one that replaces it', async () => {
    const old = sampleDomain({ id: 'old', status: 'deleted' })
    const [order, certificate] = [sampleOrder(old), sampleCertificate(old)]
    await t.add(old, { order, certificate })
    const domain = sampleDomain({ id: 'new' })
    await t.store.addDomain(domain, [])
    expect(await t.store.openOrder('old')).toBeNull()
    expect(await t.store.openOrder('new')).toStrictEqual({ ...order, domainId: 'new' })
    expect(await t.store.getCertificate(certificate.id)).toStrictEqual({ ...certificate, domainId: 'new' })
  })
}
