import { expect } from 'vitest'
import type { NoticeRouting } from '../../contracts/outbox.ts'
import type { Notice } from '../../domain/notice.ts'
import { SAMPLE_TIME } from '../model-samples.ts'
import { MINUTE, type StoreTest } from './store-test.ts'

const HOUR = 60 * MINUTE
const GROUP = 10_000

/** Notices and their deliveries (requirements H5). */
export function checkOutbox(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('the outbox', () => {
    let made = 0
    const notice = (parts: Partial<Notice> = {}): Notice => ({
      id: `notice ${++made}`,
      at: new Date(SAMPLE_TIME.getTime() + made),
      tenant: 'default',
      event: 'domain.renewed',
      severity: 'info',
      names: ['example.com'],
      title: 'The certificate of example.com is renewed',
      text: 'It is valid for long.',
      labels: { team: 'web' },
      ...parts,
    })
    const route = (parts: Partial<NoticeRouting> = {}) =>
      t.store.routeNotices({
        now: t.clock.now(),
        route: () => ['ops'],
        newId: () => `delivery ${String(++made).padStart(6, '0')}`,
        groupMs: GROUP,
        most: 3,
        repeatMs: HOUR,
        forgetBefore: new Date(0),
        ...parts,
      })
    const claim = (o: { channels?: string[]; owner?: string; limit?: number; isGone?: (owner: string) => boolean } = {}) =>
      t.store.claimDeliveries({
        channels: o.channels ?? ['ops', 'mail'],
        now: t.clock.now(),
        limit: o.limit ?? 10,
        claim: { id: `claim ${++made}`, owner: o.owner ?? 'me', ttlMs: MINUTE, isGone: o.isGone ?? (() => false) },
      })
    const titles = (deliveries: Awaited<ReturnType<typeof claim>>) =>
      deliveries.map(({ channel, notices }) => [channel, ...notices.map(({ title }) => title)])

    it('gives a notice back as it was, once for each channel, when its time has come', async () => {
      const told = notice({ incident: 'i', domainId: 'd', actor: 'customer', details: { a: [1] } })
      await t.store.addNotices([told, told])
      await t.store.addNotices([{ ...told, title: 'another' }])
      expect(await route({ route: () => ['ops', 'mail'] })).toBe(1)
      expect(await route()).toBe(0)
      expect(await claim()).toEqual([])
      t.clock.advance(GROUP)
      const claimed = await claim()
      expect(claimed.map(({ channel }) => channel).sort()).toEqual(['mail', 'ops'])
      expect(claimed[0]).toMatchObject({ tenant: 'default', attempts: 1, notices: [told] })
      expect(claimed[0]?.notices[0]).toStrictEqual(told)
    })

    it('keeps notices of a change with it, and none of one that is refused', async () => {
      const domain = await t.add({}, { notices: [notice()] })
      const lease = await t.leaseOn(domain)
      t.clock.advance(2 * MINUTE)
      await t.leaseOn(domain, 'other')
      await expect(t.store.commit(lease, { notices: [notice()] })).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect(await route()).toBe(1)
    })

    it('puts what is of one kind into one message, as long as nobody has tried to send it and it has room', async () => {
      await t.store.addNotices([notice({ title: 'a' }), notice({ title: 'b' }), notice({ title: 'else', tenant: 'acme' })])
      await route()
      t.clock.advance(GROUP - 1)
      await t.store.addNotices([notice({ title: 'c' }), notice({ title: 'd' }), notice({ title: 'e', event: 'domain.verified' })])
      await route()
      t.clock.advance(GROUP)
      expect(titles(await claim())).toEqual(
        expect.arrayContaining([
          ['ops', 'a', 'b', 'c'],
          ['ops', 'else'],
          ['ops', 'd'],
          ['ops', 'e'],
        ]),
      )
      await t.store.addNotices([notice({ title: 'late' })])
      await route()
      t.clock.advance(GROUP)
      expect(titles(await claim())).toEqual([['ops', 'late']])
    })

    it('tells the same warning once an hour, but what is of an incident always', async () => {
      const warning = { event: 'domain.failed', severity: 'warning', title: 'fails' } as const
      const send = async (parts: Partial<Notice>) => {
        await t.store.addNotices([notice(parts)])
        await route()
        t.clock.advance(GROUP)
        const claimed = await claim()
        for (const one of claimed) await t.store.settleDelivery(one, { state: 'sent', at: t.clock.now() }, [])
        return claimed.length
      }
      expect(await send(warning)).toBe(1)
      expect(await send(warning)).toBe(0)
      expect(await send({ ...warning, names: ['example.org'] })).toBe(1)
      expect(await send({ ...warning, incident: 'i' })).toBe(1)
      expect(await send({ ...warning, incident: 'i' })).toBe(1)
      t.clock.advance(HOUR)
      expect(await send(warning)).toBe(1)
    })

    it('tells a warning again when the domain was well in between', async () => {
      const fails = { domainId: 'd', event: 'domain.failed', severity: 'warning', title: 'fails' } as const
      await t.store.addNotices([notice(fails)])
      await route()
      await t.store.addNotices([notice({ domainId: 'd', title: 'renewed' }), notice(fails), notice(fails)])
      await route()
      t.clock.advance(GROUP)
      const told: string[] = []
      for (let claimed = await claim(); claimed.length > 0; claimed = await claim()) {
        told.push(...titles(claimed).flatMap(([, ...all]) => all))
        for (const one of claimed) await t.store.settleDelivery(one, { state: 'sent', at: t.clock.now() }, [])
      }
      expect(told).toEqual(['fails', 'renewed', 'fails'])
    })

    it('tells of one incident or domain in order, and of others meanwhile', async () => {
      const of = (domainId: string, title: string, parts: Partial<Notice> = {}) =>
        notice({
          domainId,
          title,
          ...(title.startsWith('well') ? {} : { event: 'domain.failed', severity: 'critical' }),
          ...parts,
        })
      await t.store.addNotices([
        ...[of('a', 'bad a'), of('a', 'well a'), of('a', 'bad again', { title: 'bad again' })],
        ...[of('b', 'bad i', { incident: 'i' }), of('c', 'well i', { incident: 'i' }), of('c', 'well c')],
      ])
      await route({ groupMs: 0, most: 1 })
      const settle = async (claimed: Awaited<ReturnType<typeof claim>>, isSent: (title: string) => boolean) => {
        for (const one of claimed) {
          const at = t.clock.now()
          const nextAttemptAt = new Date(at.getTime() + MINUTE)
          const sent = isSent(one.notices[0]?.title ?? '')
          await t.store.settleDelivery(one, sent ? { state: 'sent', at } : { state: 'waiting', nextAttemptAt }, [])
        }
        return titles(claimed).map(([, title]) => title)
      }
      expect((await settle(await claim(), (title) => title !== 'bad a')).sort()).toEqual(['bad a', 'bad i', 'well c'])
      expect(await settle(await claim(), () => true)).toEqual(['well i'])
      expect(await claim()).toEqual([])
      t.clock.advance(MINUTE)
      for (const title of ['bad a', 'well a', 'bad again']) {
        const claimed = await claim()
        expect(titles(claimed)).toEqual([['ops', title]])
        expect(await claim()).toEqual([])
        await settle(claimed, () => true)
      }
    })

    it('puts nothing into a message before another that tells of the same', async () => {
      const bad = { domainId: 'd', event: 'domain.failed', severity: 'critical' } as const
      await t.store.addNotices([
        ...[notice({ ...bad, title: 'bad' }), notice({ domainId: 'd', title: 'well' }), notice({ ...bad, title: 'bad again' })],
        notice({ ...bad, domainId: 'e', title: 'bad e' }),
      ])
      await route()
      t.clock.advance(GROUP)
      const [first, ...others] = await claim()
      expect(first && titles([first])).toEqual([['ops', 'bad', 'bad e']])
      expect(others).toEqual([])
    })

    it('gives each delivery to one of many that claim at once', async () => {
      await t.store.addNotices(Array.from({ length: 12 }, (_, i) => notice({ tenant: `t${i}` })))
      await route()
      t.clock.advance(GROUP)
      const all = await Promise.all(Array.from({ length: 6 }, (_, i) => claim({ owner: `p${i}`, limit: 3 })))
      const ids = all.flat().map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      const rest = await claim({ limit: 100 })
      expect(ids.length + rest.length).toBe(12)
    })

    it('takes deliveries over from one that is gone or too slow, with the same id, and refuses what that one says later', async () => {
      await t.store.addNotices([notice()])
      await route()
      t.clock.advance(GROUP)
      const [first] = await claim()
      expect(await claim({ owner: 'other' })).toEqual([])
      const [second] = await claim({ owner: 'other', isGone: (owner) => owner === 'me' })
      expect(second).toMatchObject({ id: first?.id, attempts: 2 })
      t.clock.advance(MINUTE)
      const [third] = await claim({ owner: 'a third' })
      expect(third).toMatchObject({ id: first?.id, attempts: 3 })
      if (!first || !third) throw new Error('nothing was claimed')
      const sent = { state: 'sent', at: t.clock.now() } as const
      expect(await t.store.settleDelivery(first, sent, [])).toBe(false)
      expect(await t.store.settleDelivery(third, sent, [])).toBe(true)
      t.clock.advance(HOUR)
      expect(await claim()).toEqual([])
    })

    it('offers what has failed when it is planned, and what was given up not at all, with the line of the audit', async () => {
      await t.store.addNotices([notice(), notice({ tenant: 'acme' })])
      await route()
      t.clock.advance(GROUP)
      const [one, two] = await claim()
      if (!one || !two) throw new Error('nothing was claimed')
      const error = { code: 'CHANNEL_UNREACHABLE', message: 'not there' }
      await t.store.settleDelivery(one, { state: 'waiting', nextAttemptAt: new Date(t.clock.now().getTime() + 1000), error }, [])
      const event = { at: t.clock.now(), tenant: 'default', who: 'test', event: 'notice.gave_up', message: 'ops' }
      await t.store.settleDelivery(two, { state: 'gave_up', at: t.clock.now(), error }, [event])
      expect(await claim()).toEqual([])
      t.clock.advance(1000)
      expect(await claim()).toMatchObject([{ id: one.id, attempts: 2 }])
      expect(await t.eventsOf()).toContain('notice.gave_up')
    })

    it('asks for no channel that is not wanted', async () => {
      await t.store.addNotices([notice()])
      await route()
      t.clock.advance(GROUP)
      expect(await claim({ channels: ['mail'] })).toEqual([])
    })

    it('forgets what is old when something new comes', async () => {
      await t.store.addNotices([notice({ id: 'old' })])
      await route()
      t.clock.advance(HOUR)
      await t.store.addNotices([notice()])
      await route({ forgetBefore: t.clock.now() })
      t.clock.advance(GROUP)
      expect((await claim()).flatMap(({ notices }) => notices.map(({ id }) => id))).not.toContain('old')
    })
  })
}
