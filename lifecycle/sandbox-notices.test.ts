import { DomainctlError, type NoticeMessage, type NotificationOptions, type Notifier } from '@domainctl/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

const HOUR = 3_600_000
const GROUP = 10_000

/** A channel that keeps what it is sent, and does first what it is told. */
function channel(before: (message: NoticeMessage, signal: AbortSignal) => unknown = () => undefined) {
  const messages: NoticeMessage[] = []
  const notifier: Notifier = {
    async send(message, { signal }) {
      messages.push(message)
      await before(message, signal)
      return { warnings: [] }
    },
  }
  return {
    notifier,
    messages,
    events: () => messages.flatMap(({ notices }) => notices.map(({ event, names }) => `${event} ${names}`)),
  }
}

const unreachable = (o: { retryAt?: Date } = {}) =>
  new DomainctlError('CHANNEL_UNREACHABLE', 'It is not there.', { hint: 'Wait.', ...o })

describe('notices', () => {
  let world: SandboxWorld
  beforeAll(async () => {
    world = await startSandboxWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const open = (notifications: NotificationOptions) => openEngine(world, { notifications })

  it('tell of a domain from its first certificate to its renewal, and of each once', async () => {
    const ops = channel()
    await using engine = await open({ channels: { ops: ops.notifier } })
    const { domainctl } = engine
    await domainctl.issue('told.example.test', { provider: 'rfc2136', labels: { team: 'web' } })
    expect(await domainctl.deliverNotices()).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
    world.clock.advance(GROUP)
    expect(await domainctl.deliverNotices()).toEqual({ sent: 1, failed: 0, gaveUp: 0 })
    expect(ops.messages[0]?.notices[0]).toMatchObject({
      event: 'domain.certificate_issued',
      severity: 'info',
      names: ['told.example.test'],
      title: 'told.example.test has a certificate',
      labels: { team: 'web' },
      details: { names: ['told.example.test'], serial: expect.any(String) },
    })
    await domainctl.renew('told.example.test', { force: true })
    expect(await domainctl.deliverNotices({ atOnce: true })).toEqual({ sent: 1, failed: 0, gaveUp: 0 })
    expect(ops.events()).toEqual(['domain.certificate_issued told.example.test', 'domain.renewed told.example.test'])
    expect(await domainctl.deliverNotices({ atOnce: true })).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
  })

  it('are sent by run, also by one that ends at once', async () => {
    const ops = channel()
    await using engine = await open({ channels: { ops: ops.notifier } })
    await engine.domainctl.add('run-told.example.test', { provider: 'rfc2136' })
    await engine.domainctl.run({ signal: new AbortController().signal, once: true })
    expect(ops.events()).toContain('domain.certificate_issued run-told.example.test')
  })

  it('tell of records that were awaited, of a failure when it begins, and when it is given up', async () => {
    const ops = channel()
    await using engine = await open({ channels: { ops: ops.notifier } })
    const { domainctl } = engine
    const { records } = await domainctl.add('seen.example.test', { ownership: 'txt', provider: 'manual' })
    await domainctl.verify('seen.example.test')
    await world.publish(records.filter(({ purpose }) => purpose === 'ownership'))
    await domainctl.verify('seen.example.test')
    await domainctl.verify('seen.example.test')
    const fault = world.addFault({ resource: 'newOrder', refuse: { status: 500 } })
    for (const _ of [1, 2]) {
      await domainctl.issue('fails.example.test', { provider: 'rfc2136', ownership: 'none' }).catch(() => undefined)
      world.clock.advance(HOUR)
    }
    expect(fault.hits).toBeGreaterThan(0)
    world.clearFaults()
    await domainctl.deliverNotices({ atOnce: true })
    expect(ops.events().sort()).toEqual(['domain.failed fails.example.test', 'domain.verified seen.example.test'])
    expect(ops.messages.flatMap(({ notices }) => notices).find(({ event }) => event === 'domain.failed')).toMatchObject({
      severity: 'warning',
      details: { code: expect.stringMatching(/^CA_/), nextAttemptAt: expect.any(String) },
    })
  })

  it('tell once that the proof of a name that serves is gone', async () => {
    const ops = channel()
    await using engine = await open({ channels: { ops: ops.notifier } })
    const { domainctl } = engine
    const { records } = await domainctl.add('gone.example.test', { ownership: 'txt', provider: 'rfc2136' })
    const ownership = records.filter(({ purpose }) => purpose === 'ownership')
    await world.publish(ownership)
    await domainctl.issue('gone.example.test')
    for (const record of ownership) await world.unpublish(record)
    for (const _ of [1, 2, 3]) {
      expect(await domainctl.verify('gone.example.test')).toMatchObject({ ok: false, domain: { status: 'active' } })
      world.clock.advance(HOUR)
    }
    await domainctl.deliverNotices({ atOnce: true })
    expect(ops.events().filter((event) => event.startsWith('domain.failed'))).toHaveLength(1)
    expect(ops.messages.flatMap(({ notices }) => notices).find(({ event }) => event === 'domain.failed')).toMatchObject({
      severity: 'warning',
      title: 'The renewal of gone.example.test fails (DNS_NOT_READY)',
      actor: 'customer',
    })
  })

  it('are sent in one message where many of a kind come together', async () => {
    const ops = channel()
    await using engine = await open({ channels: { ops: ops.notifier } })
    const names = ['a', 'b', 'c', 'd'].map((label) => `${label}-many.example.test`)
    await Promise.all(names.map((name) => engine.domainctl.issue(name, { provider: 'rfc2136' })))
    await engine.domainctl.deliverNotices({ atOnce: true })
    expect(ops.messages).toHaveLength(1)
    expect(ops.messages[0]?.notices.flatMap((notice) => notice.names).sort()).toEqual(names)
  })

  it('fail no step, are tried again with the same id, and go to the others all the same', async () => {
    let failures = 0
    const down = channel(() => {
      if (++failures <= 2) throw unreachable()
    })
    const ops = channel()
    await using engine = await open({ channels: { down: down.notifier, ops: ops.notifier }, groupMs: 0 })
    const { domainctl } = engine
    await domainctl.issue('retried.example.test', { provider: 'rfc2136' })
    expect(await domainctl.deliverNotices()).toEqual({ sent: 1, failed: 1, gaveUp: 0 })
    expect(await domainctl.deliverNotices()).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
    world.clock.advance(15_000)
    expect(await domainctl.deliverNotices()).toEqual({ sent: 0, failed: 1, gaveUp: 0 })
    world.clock.advance(30_000)
    expect(await domainctl.deliverNotices()).toEqual({ sent: 1, failed: 0, gaveUp: 0 })
    expect(new Set(down.messages.map(({ id }) => id)).size).toBe(1)
    expect(ops.messages).toHaveLength(1)
  })

  it('wait as long as the receiver asks', async () => {
    const limited = channel(() => {
      if (limited.messages.length === 1) throw unreachable({ retryAt: new Date(world.clock.now().getTime() + 600_000) })
    })
    await using engine = await open({ channels: { limited: limited.notifier }, groupMs: 0 })
    await engine.domainctl.issue('limited.example.test', { provider: 'rfc2136' })
    await engine.domainctl.deliverNotices()
    world.clock.advance(590_000)
    expect(await engine.domainctl.deliverNotices()).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
    world.clock.advance(20_000)
    expect(await engine.domainctl.deliverNotices()).toEqual({ sent: 1, failed: 0, gaveUp: 0 })
  })

  it('are given up after a day, or at once where they are never taken, with a line in the audit', async () => {
    const down = channel(() => {
      throw unreachable()
    })
    const picky = channel(() => {
      throw new DomainctlError('NOTICE_REFUSED', 'Too long.', { hint: 'None.' })
    })
    await using engine = await open({ channels: { down: down.notifier, picky: picky.notifier }, groupMs: 0 })
    const { domainctl } = engine
    await domainctl.issue('lost.example.test', { provider: 'rfc2136' })
    expect(await domainctl.deliverNotices()).toEqual({ sent: 0, failed: 1, gaveUp: 1 })
    world.clock.advance(25 * HOUR)
    expect(await domainctl.deliverNotices()).toEqual({ sent: 0, failed: 0, gaveUp: 1 })
    const lines = (await domainctl.history('lost.example.test')).filter(({ event }) => event === 'notice.gave_up')
    expect(lines.map(({ message }) => message)).toEqual([
      'picky: NOTICE_REFUSED: Too long. (it will never be taken)',
      'down: CHANNEL_UNREACHABLE: It is not there. (tried for 24 hours)',
    ])
  })

  it('are sent once by several processes, and go on where one was stopped', async () => {
    const ops = channel()
    await using engine = await open({ channels: { ops: ops.notifier }, groupMs: 0 })
    const stop = new AbortController()
    const hanging = channel((_, signal) => {
      stop.abort(new Error('enough'))
      // It does not even heed its signal.
      return new Promise(() => signal)
    })
    const stopped = await engine.again({ notifications: { channels: { ops: hanging.notifier }, groupMs: 0 } })
    const others = await Promise.all([1, 2, 3].map(() => engine.again()))
    await engine.domainctl.issue('shared.example.test', { provider: 'rfc2136' })
    await engine.domainctl.renew('shared.example.test', { force: true })
    await stopped.deliverNotices({ signal: stop.signal, limit: 1 })
    const results = await Promise.all(others.map((one) => one.deliverNotices()))
    expect(results.reduce((sum, { sent }) => sum + sent, 0)).toBe(2)
    expect(new Set(ops.messages.map(({ id }) => id)).size).toBe(2)
    expect(ops.messages.map(({ id }) => id)).toContain(hanging.messages[0]?.id)
  })

  it('come in order of what they tell of, though the first of them has to wait', async () => {
    let isDown = true
    const ops = channel(() => {
      if (isDown) throw unreachable()
    })
    await using engine = await open({ channels: { ops: ops.notifier }, groupMs: 0 })
    const { domainctl } = engine
    await domainctl.issue('order.example.test', { provider: 'rfc2136' })
    await domainctl.renew('order.example.test', { force: true })
    await domainctl.issue('other.example.test', { provider: 'rfc2136' })
    expect(await domainctl.deliverNotices()).toEqual({ sent: 0, failed: 2, gaveUp: 0 })
    isDown = false
    expect(await domainctl.deliverNotices()).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
    world.clock.advance(15_000)
    expect(await domainctl.deliverNotices()).toEqual({ sent: 3, failed: 0, gaveUp: 0 })
    const told = ops.events().filter((event) => event.endsWith('order.example.test'))
    expect(told).toEqual([
      'domain.certificate_issued order.example.test',
      'domain.certificate_issued order.example.test',
      'domain.renewed order.example.test',
    ])
  })

  it('tries what has failed not sooner, also when all that waits is to go at once', async () => {
    const down = channel(() => {
      throw unreachable()
    })
    await using engine = await open({ channels: { down: down.notifier }, groupMs: HOUR })
    await engine.domainctl.issue('once.example.test', { provider: 'rfc2136' })
    expect(await engine.domainctl.deliverNotices({ atOnce: true })).toEqual({ sent: 0, failed: 1, gaveUp: 0 })
    expect(await engine.domainctl.deliverNotices({ atOnce: true })).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
  })

  it('go to each channel, whatever waits for another', async () => {
    const down = channel(() => {
      throw unreachable()
    })
    const ops = channel()
    await using engine = await open({ channels: { down: down.notifier, ops: ops.notifier }, groupMs: 0 })
    const names = Array.from({ length: 6 }, (_, i) => `share${i}.example.test`)
    for (const name of names) await engine.domainctl.issue(name, { provider: 'rfc2136' })
    await engine.domainctl.deliverNotices({ limit: 4 })
    expect([down.messages.length, ops.messages.length]).toEqual([2, 2])
  })

  it('go by routes, in words of their own', async () => {
    const [web, all] = [channel(), channel()]
    await using engine = await open({
      channels: { web: web.notifier, all: all.notifier },
      routes: [
        { channels: ['web'], labels: { team: 'web' } },
        { channels: ['all'], events: ['domain.renewed'] },
      ],
      templates: { default: { title: '{labels.team}: {names}' } },
      groupMs: 0,
    })
    const { domainctl } = engine
    await domainctl.issue('web.example.test', { provider: 'rfc2136', labels: { team: 'web' } })
    await domainctl.issue('db.example.test', { provider: 'rfc2136', labels: { team: 'db' } })
    await domainctl.deliverNotices()
    expect(web.messages.map(({ notices }) => notices[0]?.title)).toEqual(['web: web.example.test'])
    expect(all.messages).toEqual([])
  })

  it('cost nothing where there are no channels', async () => {
    const ops = channel()
    await using engine = await openEngine(world)
    await engine.domainctl.issue('quiet.example.test', { provider: 'rfc2136' })
    expect(await engine.domainctl.deliverNotices()).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
    const later = await engine.again({ notifications: { channels: { ops: ops.notifier }, groupMs: 0 } })
    expect(await later.deliverNotices()).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
  })

  it('say by a sample whether a channel takes them', async () => {
    const ops = channel()
    const down = channel(() => {
      throw unreachable()
    })
    await using engine = await open({ channels: { ops: ops.notifier, down: down.notifier } })
    expect(await engine.domainctl.testChannels()).toMatchObject([
      { channel: 'ops', ok: true },
      { channel: 'down', ok: false, error: { code: 'CHANNEL_UNREACHABLE' } },
    ])
    await expect(engine.domainctl.testChannels({ channels: ['nope'] })).rejects.toMatchObject({ code: 'CHANNEL_UNKNOWN' })
  })

  it.each([
    [{ routes: [{ channels: ['nope'] }] }, 'nope'],
    [{ templates: { default: { title: '{nmaes}' } } }, 'nmaes'],
  ] satisfies [Omit<NotificationOptions, 'channels'>, string][])('are refused with a wrong setting: %j', async (wrong, word) => {
    await expect(open({ channels: { ops: channel().notifier }, ...wrong })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(word),
    })
  })
})
