import { expect } from 'vitest'
import { undisturbed } from '../../domain/health/damping.ts'
import type { Incident } from '../../domain/health/incidents.ts'
import type { Observation } from '../../domain/health/observation.ts'
import type { Notice } from '../../domain/notice.ts'
import { addWatched, check, checkedOf, claimOf, told } from './health-check.ts'
import { MANY, MINUTE, type StoreTest } from './store-test.ts'

const BROKEN: Omit<Observation, 'at'> = { outcome: 'broken', layer: 'tcp', code: 'REFUSED', address: '203.0.113.7' }

/** Checks that are due, given to one process each, and incidents. */
export function checkHealth(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('health', () => {
    const claim = (id: string, o: { limit?: number; domainIds?: string[]; onlyDue?: boolean } = {}) =>
      t.store.claimChecks(t.clock.now(), o.limit ?? MANY, {
        claim: id,
        forMs: MINUTE,
        ...(o.domainIds && { domainIds: o.domainIds }),
        ...(o.onlyDue && { onlyDue: true }),
      })
    const due = async () => (await t.store.dueChecks(t.clock.now(), MANY)).map(({ name }) => name)
    const again = () => t.clock.advance(30_000)
    const breakDown = async (domain: Parameters<typeof check>[1]) => {
      const titles: string[] = []
      for (let n = 0; n < 3; n++) {
        titles.push(...(await check(t, domain, BROKEN)))
        again()
      }
      return titles
    }
    const recover = async (domain: Parameters<typeof check>[1]) => {
      await check(t, domain, { outcome: 'ok' })
      again()
      return check(t, domain, { outcome: 'ok' })
    }

    it('is watched from the first certificate until the domain is suspended, and again', async () => {
      const domain = await t.add()
      t.clock.advance(MINUTE)
      expect(await due()).toEqual([])
      const active = await addWatched(t, { name: 'active.example' })
      t.clock.advance(MINUTE)
      expect(await due()).toEqual(['active.example'])
      expect(await t.store.healthOf([active.id, domain.id])).toMatchObject([{ domainId: active.id, damping: undisturbed() }])
      await t.store.commit(await t.leaseOn(active), { domain: { ...active, status: 'suspended' } }, { release: true })
      expect(await due()).toEqual([])
      expect(await claim('one', { domainIds: [active.id] })).toEqual([])
      await t.store.commit(await t.leaseOn(active), { domain: active }, { release: true })
      t.clock.advance(MINUTE)
      expect(await due()).toEqual(['active.example'])
    })

    it('gives a check to one caller until that is done, or its time is over; longest due first', async () => {
      const domains = []
      for (const name of ['c.example', 'a.example', 'b.example']) {
        domains.push(await addWatched(t, { name, updatedAt: new Date(t.clock.now().getTime() - MINUTE + domains.length) }))
      }
      t.clock.advance(MINUTE)
      expect(await due()).toEqual(['c.example', 'a.example', 'b.example'])
      const first = await claim('one', { limit: 2 })
      expect(first.map(({ domain, claim }) => [domain.name, claim]).sort()).toEqual([
        ['a.example', 'one'],
        ['c.example', 'one'],
      ])
      expect(first.map(({ certificate }) => certificate?.domainId).sort()).toEqual(['default/a.example', 'default/c.example'])
      expect((await claim('two')).map(({ domain }) => domain.name)).toEqual(['b.example'])
      expect(await claim('three')).toEqual([])
      expect(await claim('three', { domainIds: domains.map(({ id }) => id) })).toEqual([])
      expect(await claim('three', { domainIds: [] })).toEqual([])
      t.clock.advance(MINUTE)
      expect(await claim('four')).toHaveLength(3)
    })

    it('makes sure of a failure before others whose check has been due for longer, and checks these as well', async () => {
      const old = []
      for (let n = 0; n < 6; n++) old.push(await addWatched(t, { name: `old${n}.example` }))
      const [failing, well] = [await addWatched(t, { name: 'failing.example' }), await addWatched(t, { name: 'well.example' })]
      await check(t, failing, BROKEN)
      await check(t, well, { outcome: 'ok' })
      t.clock.advance(30 * MINUTE)
      const first = (await t.store.dueChecks(t.clock.now(), 4)).map(({ name }) => name)
      expect(first).toHaveLength(4)
      expect(first[0]).toBe('failing.example')
      expect(first.slice(1).filter((name) => name.startsWith('old'))).toHaveLength(3)
      expect((await due()).sort()).toEqual([...old, failing, well].map(({ name }) => name).sort())
      expect((await claim('one', { limit: 2 })).map(({ domain }) => domain.name)).toEqual(['failing.example', first[1]])
      expect(await claim('the rest')).toHaveLength(6)
    })

    it('gives of those that are named only what is due, where that is asked for', async () => {
      const domain = await addWatched(t)
      const o = { domainIds: [domain.id], onlyDue: true }
      expect(await claim('early', o)).toEqual([])
      t.clock.advance(MINUTE)
      expect(await claim('one', o)).toHaveLength(1)
      expect(await claim('two', o)).toEqual([])
      t.clock.advance(MINUTE)
      expect(await claim('three', o)).toHaveLength(1)
    })

    it('writes what is told into the outbox, where there is somebody to tell', async () => {
      const domain = await addWatched(t)
      for (const toOutbox of [false, true]) {
        const claimed = await claimOf(t, domain)
        const at = t.clock.now()
        const notices: Notice[] = [
          {
            id: `notice ${toOutbox}`,
            at,
            tenant: domain.tenant,
            event: 'domain.expiring',
            severity: 'warning',
            domainId: domain.id,
            names: [domain.name],
            title: 'It expires',
            text: 'It was not renewed.',
            labels: {},
          },
        ]
        const checked = { ...checkedOf(claimed, { outcome: 'ok', at }), notices, toOutbox }
        expect(await t.store.saveCheck(checked, told)).toEqual(notices)
        const settings = { groupMs: 0, most: 1, repeatMs: MINUTE, forgetBefore: new Date(0) }
        const routed = t.store.routeNotices({ now: at, route: () => ['ops'], newId: () => `delivery ${toOutbox}`, ...settings })
        expect(await routed).toBe(toOutbox ? 1 : 0)
        t.clock.advance(MINUTE)
      }
    })

    it('gives each check to exactly one of many who claim at once', async () => {
      for (let n = 0; n < 20; n++) await addWatched(t, { name: `shop${n}.example` })
      t.clock.advance(MINUTE)
      const claimed = await Promise.all(Array.from({ length: 8 }, (_, n) => claim(`claim ${n}`, { limit: 5 })))
      const ids = claimed.flat().map(({ domain }) => domain.id)
      expect(new Set(ids).size).toBe(ids.length)
      const rest = await claim('the rest')
      expect(ids.length + rest.length).toBe(20)
    })

    it('has nothing to do with the lease of the domain', async () => {
      const domain = await addWatched(t)
      const lease = await t.leaseOn(domain)
      expect(await check(t, domain, { outcome: 'ok' })).toEqual([])
      await t.store.commit(lease, { domain }, { release: true })
      expect(await t.store.healthOf([domain.id])).toMatchObject([{ checkedAt: t.clock.now() }])
    })

    it('refuses what an old claim has found, and writes nothing of it', async () => {
      const domain = await addWatched(t)
      const old = await claimOf(t, domain)
      t.clock.advance(3 * MINUTE)
      const current = await claimOf(t, domain)
      const found = (of: typeof old) => checkedOf(of, { ...BROKEN, at: t.clock.now() })
      expect(await t.store.saveCheck(found(old), told)).toBeNull()
      expect(await t.store.healthSpans(domain.id, new Date(0))).toEqual([])
      expect(await t.store.saveCheck(found(current), told)).toEqual([])
      expect(await t.store.saveCheck(found(current), told)).toBeNull()
      expect(await t.store.healthOf([domain.id])).toMatchObject([{ code: 'REFUSED', damping: { is: 'failing', failures: 1 } }])
    })

    it('tells one incident of many domains at one address, until the last of them is well again', async () => {
      const domains = []
      for (let n = 0; n < 11; n++) domains.push(await addWatched(t, { name: `shop${n}.example` }))
      const titles = []
      for (const domain of domains) titles.push(...(await breakDown(domain)))
      expect(titles).toEqual(['outage', 'growth'])
      expect(new Set((await t.store.healthOf(domains.map(({ id }) => id))).map(({ incident }) => incident)).size).toBe(1)
      const ends = []
      for (const domain of domains) ends.push(await recover(domain))
      expect(ends).toEqual([...domains.slice(1).map(() => []), ['recovery']])
      expect((await t.store.healthOf(domains.map(({ id }) => id))).filter(({ incident }) => incident)).toEqual([])
    })

    it('tells of what breaks at the same address later, and of its end', async () => {
      const [gone, later, last] = [
        await addWatched(t),
        await addWatched(t, { name: 'b.example' }),
        await addWatched(t, { name: 'c.example' }),
      ]
      expect(await breakDown(gone)).toEqual(['outage'])
      t.clock.advance(60 * MINUTE)
      expect(await breakDown(later)).toEqual(['outage'])
      expect(await breakDown(last)).toEqual([])
      const of = new Map((await t.store.healthOf([gone.id, later.id, last.id])).map((one) => [one.domainId, one.incident]))
      const [one, two, three] = [gone, later, last].map(({ id }) => of.get(id))
      expect([one === two, two === three]).toEqual([false, true])
      expect([await recover(last), await recover(later)]).toEqual([[], ['recovery']])
    })

    it('keeps the incidents of tenants apart', async () => {
      const [ours, theirs] = [await addWatched(t), await addWatched(t, { tenant: 'other' })]
      expect([await breakDown(ours), await breakDown(theirs)]).toEqual([['outage'], ['outage']])
    })

    it('begins one incident at one address, of however many that break at once', async () => {
      const domains = []
      for (let n = 0; n < 6; n++) domains.push(await addWatched(t, { name: `shop${n}.example` }))
      for (let n = 0; n < 2; n++) {
        for (const domain of domains) await check(t, domain, BROKEN)
        again()
      }
      const titles = await Promise.all(domains.map((domain) => check(t, domain, BROKEN)))
      expect(titles.flat()).toEqual(['outage'])
    })

    it('leaves out a domain that is removed while it is broken', async () => {
      const [one, two] = [await addWatched(t), await addWatched(t, { name: 'two.example' })]
      await breakDown(one)
      await breakDown(two)
      await t.store.commit(await t.leaseOn(one), { domain: { ...one, status: 'deleted' } }, { release: true })
      expect(await t.store.healthSpans(one.id, new Date(0))).toEqual([])
      expect(await recover(two)).toEqual(['recovery'])
    })

    it('tells that an incident is over when its last domain is watched no more', async () => {
      const [one, two] = [await addWatched(t), await addWatched(t, { name: 'two.example' })]
      for (const domain of [one, two]) await breakDown(domain)
      const titles: string[] = []
      const route = ({ title }: Notice) => {
        titles.push(title)
        return []
      }
      for (const domain of [one, two]) {
        const tellOver = (incident: Incident) =>
          ({ ...told({ incident, news: 'unwatched' })[0], title: `${incident.open}` }) as Notice
        await t.store.commit(await t.leaseOn(domain), { domain: { ...domain, status: 'suspended' }, tellOver }, { release: true })
        const now = t.clock.now()
        await t.store.routeNotices({ now, route, newId: () => 'id', groupMs: 0, most: 3, repeatMs: 0, forgetBefore: new Date(0) })
        if (domain === one) expect(titles).toEqual([])
      }
      expect(titles).toEqual(['0'])
    })
  })
}
