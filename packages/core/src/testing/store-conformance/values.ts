import { expect } from 'vitest'
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleCertificate,
  sampleDomain,
  sampleEvent,
  sampleHttpChallenge,
  sampleOrder,
  sampleRecord,
} from '../model-samples.ts'
import { MANY, type StoreTest } from './store-test.ts'

/** What comes out equals what went in, and is the caller's own. */
export function checkValues(t: StoreTest): void {
  const { describe, it } = t.runner

  describe('values', () => {
    it('are copies: what a caller does to them later changes nothing', async () => {
      const { store } = t
      const { id } = sampleDomain()
      const domain = sampleDomain({
        certificateId: 'certificate of default/example.com',
        lastError: failure(),
        labels: { a: 'b' },
      })
      const order = sampleOrder(domain)
      const account = sampleAccount()
      const event = sampleEvent('a', { details: { list: [1] } })
      // Not the samples' own times: others have them, too.
      const given = structuredClone({ domain, order, account, event })
      const read = async () => ({
        view: await store.viewDomain('default', 'example.com'),
        order: await store.openOrder(id),
        certificate: await store.getCertificate(`certificate of ${id}`),
        challenges: await store.httpChallengesOf(id),
        account: await store.getAccountById('account'),
        history: await store.history({ limit: MANY }),
      })
      await store.addDomain(given.domain, [])
      await store.commit(await t.leaseOn(domain), {
        domain: given.domain,
        order: given.order,
        certificate: sampleCertificate(domain),
        recordsWritten: [sampleRecord(domain)],
        challengesWritten: [sampleHttpChallenge(domain)],
      })
      await store.addAccount(given.account, [given.event])
      const before = structuredClone(await read())
      spoil(given)
      expect(await read()).toStrictEqual(before)
      spoil(await read())
      expect(await read()).toStrictEqual(before)
    })

    it('may be any Unicode', async () => {
      const odd = 'ü 世界 🙂 \' " \\ % _ \t\n {}'
      const domain = sampleDomain({ tenant: odd, labels: { [odd]: odd }, reason: odd, names: [{ name: 'example.com' }] })
      await t.add(domain, { events: [sampleEvent(odd, { message: odd, who: odd, tenant: odd, details: { [odd]: `${odd}\0` } })] })
      expect(await t.store.getDomain(odd, 'example.com')).toStrictEqual(domain)
      expect((await t.store.listDomains({ labels: { [odd]: odd } }, { limit: 1 })).domains).toHaveLength(1)
      expect(await t.eventsOf({ tenant: odd })).toEqual([odd])
      expect(await t.store.history({ limit: 1 })).toMatchObject([{ message: odd, who: odd, details: { [odd]: `${odd}\0` } }])
    })

    it('are compared with their case, and sorted by their bytes', async () => {
      const tenants = ['B', 'a', 'b', 'é', '世', '🙂']
      for (const tenant of tenants.toReversed()) await t.add({ tenant })
      const { domains } = await t.store.listDomains({}, { limit: MANY })
      expect(domains.map(({ domain }) => domain.tenant)).toEqual(tenants)
      expect(await t.store.getDomain('A', 'example.com')).toBeNull()
      expect(await t.store.getDomain('b', 'Example.com')).toBeNull()
      expect((await t.store.listDomains({ tenant: 'b' }, { limit: MANY })).domains).toHaveLength(1)
    })

    it('of one domain do not keep others from being found by their labels', async () => {
      await t.add({ name: 'a.example', labels: { team: 'a\0b', '\0': '' } })
      await t.add({ name: 'b.example', labels: { team: 'web' } })
      const { domains } = await t.store.listDomains({ labels: { team: 'web' } }, { limit: MANY })
      expect(domains.map(({ domain }) => domain.name)).toEqual(['b.example'])
    })

    it('may be as long as a certificate of a hundred names and its chain', async () => {
      const names = Array.from({ length: 100 }, (_, n) => ({ name: `${'x'.repeat(60)}${n}.example.com` }))
      const domain = sampleDomain({ names, certificateId: 'certificate of default/example.com' })
      const certificate = sampleCertificate(domain, { chain: sampleCertificate(domain).chain.repeat(400) })
      const order = sampleOrder(domain, { certificateKey: 'k'.repeat(100_000) })
      await t.add(domain, { certificate, order })
      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(domain)
      expect(await t.store.getCertificate(certificate.id)).toStrictEqual(certificate)
      expect(await t.store.openOrder(domain.id)).toStrictEqual(order)
    })

    it('of settings that one version does not know are kept for the next', async () => {
      const { id, ...rest } = sampleDomain({ lastFinding: 'something', probe: { path: '/p', token: 't' }, reuseKey: true })
      const domain = { id, ...rest, aSettingOfLater: { deep: [1, 'two'] } }
      await t.store.addDomain(domain, [])
      expect(await t.store.getDomain('default', 'example.com')).toStrictEqual(domain)
    })
  })
}

function failure() {
  return { code: 'CA_REFUSED', message: 'no', hint: 'ask', actor: 'operator', at: SAMPLE_TIME }
}

/** Changes all that can be changed of a value, deep down. */
function spoil(value: unknown): void {
  if (value instanceof Date) value.setTime(0)
  else if (Array.isArray(value)) {
    value.forEach(spoil)
    value.push('spoiled')
  } else if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(spoil)
    Object.assign(value, { id: 'spoiled', name: 'spoiled', state: 'spoiled' })
  }
}
