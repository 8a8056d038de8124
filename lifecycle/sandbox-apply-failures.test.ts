import { type CallOptions, type DnsProvider, type Domainctl, DomainctlError } from '@domainctl/core'
import { createManual } from '@domainctl/providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loopbackClock } from '../packages/core/src/testing/loopback-clock.ts'
import { API_PROVIDERS, unlimited } from './api-providers.ts'
import { openEngine, updaterOf } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// What `apply`, `unapply` and `remove` leave behind when something fails, takes its time, or was lost on the way.

const EDGE = 'edge.example.test'
const OLD = '192.0.2.8'

let world: SandboxWorld
beforeAll(async () => {
  world = await startSandboxWorld({ records: [{ name: EDGE, type: 'A', value: '127.0.0.1' }] })
})
afterAll(() => world[Symbol.asyncDispose]())

let count = 0
function freshName(): string {
  count += 1
  return `f${count}.example.test`
}

const values = (name: string, type: 'A' | 'CNAME') => world.sandbox.dns.values(name, type)
const by = (provider: string, adapted: DnsProvider) => ({ provider, providers: { [provider]: adapted } })
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )
const eventsOf = async (domainctl: Domainctl, name: string, event: string) =>
  (await domainctl.history(name)).filter((one) => one.event === event)
const oldAt = (name: string) => world.sandbox.dns.add({ name, type: 'A', value: OLD, ttl: 720 })
const SURVIVOR = { owner: 'survivor', isGone: () => true }

/** A call without an answer, that ends with its signal. */
function unanswered({ signal }: CallOptions): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

/** The adapter, with some of its calls done otherwise. */
function otherwise(calls: (adapted: DnsProvider) => Partial<DnsProvider>): DnsProvider {
  const adapted = updaterOf(world)
  return { ...adapted, ...calls(adapted) }
}

describe('time', () => {
  test('three domains at once, at the pace of GoDaddy: all names go in one run, and what was there before comes back', async () => {
    const clock = loopbackClock()
    unlimited('godaddy', world.sandbox)
    const godaddy = API_PROVIDERS.godaddy.open(world.sandbox, clock)
    await using engine = await openEngine(world, { ...by('godaddy', godaddy), runtime: { clock } })
    const { domainctl } = engine
    const domains = Array.from({ length: 3 }, () => Array.from({ length: 5 }, freshName))
    for (const [name = '', ...san] of domains) {
      for (const one of san) oldAt(one)
      await domainctl.add(name, { san, target: EDGE })
      expect((await domainctl.apply(name, { force: true })).records).toHaveLength(5)
    }
    const since = clock.now().getTime()
    const back = await Promise.all(domains.map(([name = '']) => domainctl.unapply(name)))
    for (const one of back) expect([one.removed.length, one.restored.length, one.warnings]).toEqual([5, 4, []])
    for (const [name = '', ...san] of domains) {
      expect([values(name, 'CNAME'), values(name, 'A')]).toEqual([[], []])
      for (const one of san) expect([values(one, 'CNAME'), values(one, 'A')]).toEqual([[], [OLD]])
    }
    // So long that the time for one name by itself, or one that runs from the beginning, would have been over.
    expect(clock.now().getTime() - since).toBeGreaterThan(60_000)
  })

  test('a provider that never answers is told as that, and does not keep others waiting for ever', async () => {
    const clock = loopbackClock()
    let isMute = false
    // It does not even heed its signal.
    const mute = otherwise(({ removeValues }) => ({
      removeValues: (...args) => (isMute ? new Promise<never>(() => {}) : removeValues(...args)),
    }))
    await using engine = await openEngine(world, { ...by('rfc2136', mute), runtime: { clock } })
    const { domainctl } = engine
    const name = freshName()
    await domainctl.add(name, { target: EDGE })
    await domainctl.apply(name)
    isMute = true
    expect(await failureOf(domainctl.unapply(name))).toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      hint: expect.stringContaining('Repeat'),
      message: expect.stringContaining('kept in mind'),
    })
    expect(await eventsOf(domainctl, name, 'record.failed')).toMatchObject([{ details: { code: 'PROVIDER_UNREACHABLE' } }])
    isMute = false
    expect((await domainctl.unapply(name)).removed).toHaveLength(1)
    expect(values(name, 'CNAME')).toEqual([])
  })

  test('that another process is at work on the record is told as it is, and is nothing that DNS is waited for', async () => {
    const clock = loopbackClock()
    const stop = new AbortController()
    const reached = Promise.withResolvers<void>()
    const slow = otherwise(() => ({
      addValues: (_, __, o) => {
        reached.resolve()
        return unanswered(o)
      },
    }))
    await using engine = await openEngine(world, { runtime: { clock } })
    const other = await engine.again({ ...by('rfc2136', slow), runtime: { clock } })
    const [name, busy] = [freshName(), freshName()]
    await engine.domainctl.add(busy, { target: EDGE })
    await engine.domainctl.add(name, { san: [busy], target: EDGE })
    const theirs = failureOf(other.apply(busy, { signal: stop.signal }))
    await reached.promise
    const messages: string[] = []
    const apply = engine.domainctl.apply(name, { waitMs: 600_000, onProgress: ({ message }) => messages.push(message) })
    expect(await failureOf(apply)).toMatchObject({ code: 'LEASE_HELD', message: expect.stringContaining(busy) })
    expect(messages.filter((message) => message.startsWith('waiting'))).toEqual([])
    stop.abort()
    expect(await theirs).toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('what cannot be is known beforehand', () => {
  test('an alias at the apex: the address that stands there is not touched', async () => {
    const { dns } = world.sandbox
    dns.add({ name: 'validation.test', type: 'A', value: OLD, ttl: 720 })
    const untouched = () => Promise.reject(new Error('nothing is to be written'))
    const adapted = otherwise(() => ({ addValues: untouched, removeValues: untouched, setRRset: untouched }))
    await using engine = await openEngine(world, by('rfc2136', adapted))
    await engine.domainctl.add('validation.test', { target: EDGE })
    await expect(engine.domainctl.apply('validation.test', { force: true })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
      hint: expect.stringContaining('--address'),
    })
    expect(values('validation.test', 'A')).toEqual([OLD])
    expect(await eventsOf(engine.domainctl, 'validation.test', 'record.planned')).toEqual([])
    dns.remove({ name: 'validation.test', type: 'A' })
  })
})

describe('a write that fails', () => {
  test('by code of others that is at fault may still be done: it is kept in mind', async () => {
    const late = Promise.withResolvers<void>()
    const faulty = otherwise(({ addValues }) => ({
      addValues(zone, rrset) {
        setTimeout(() => void addValues(zone, rrset, { signal: new AbortController().signal }).then(() => late.resolve()), 100)
        throw new DomainctlError('PROVIDER_FAULTY', 'The code of x failed: fetch failed.', { hint: 'Report it.' })
      },
    }))
    await using engine = await openEngine(world, by('rfc2136', faulty))
    const { domainctl } = engine
    const name = freshName()
    await domainctl.add(name, { target: EDGE })
    await expect(domainctl.apply(name)).rejects.toMatchObject({ code: 'PROVIDER_FAULTY' })
    await late.promise
    expect(values(name, 'CNAME')).toEqual([EDGE])
    expect((await domainctl.remove(name)).removed).toHaveLength(1)
    expect(values(name, 'CNAME')).toEqual([])
  })

  test('only after the provider took it is in the history with what it replaced', async () => {
    const unserved = otherwise(({ addValues }) => ({
      addValues: async (...args) => ({ ...(await addValues(...args)), status: 'pending' }),
      async waitForSync() {
        throw new DomainctlError('PROVIDER_UNREACHABLE', 'No answer.', { hint: 'Repeat it.' })
      },
    }))
    await using engine = await openEngine(world, by('rfc2136', unserved))
    const name = freshName()
    oldAt(name)
    await engine.domainctl.add(name, { target: EDGE })
    await expect(engine.domainctl.apply(name, { force: true })).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
    for (const event of ['record.planned', 'record.failed']) {
      expect(await eventsOf(engine.domainctl, name, event)).toMatchObject([{ details: { previous: [{ values: [OLD] }] } }])
    }
    expect((await engine.domainctl.unapply(name)).restored).toHaveLength(1)
    expect(values(name, 'A')).toEqual([OLD])
  })

  test('because the caller has gone: what was taken away for it comes back all the same', async () => {
    const stop = new AbortController()
    const adapted = otherwise(({ addValues }) => ({
      addValues(zone, rrset, o) {
        if (rrset.type !== 'CNAME') return addValues(zone, rrset, o)
        stop.abort()
        return unanswered(o)
      },
    }))
    await using engine = await openEngine(world, by('rfc2136', adapted))
    const name = freshName()
    oldAt(name)
    await engine.domainctl.add(name, { target: EDGE })
    const failure = await failureOf(engine.domainctl.apply(name, { force: true, signal: stop.signal }))
    expect(failure).toMatchObject({ code: 'INTERRUPTED' })
    expect([values(name, 'CNAME'), values(name, 'A')]).toEqual([[], [OLD]])
    expect(await eventsOf(engine.domainctl, name, 'record.restored')).toMatchObject([{ message: `A ${name}` }])
  })

  test('because its lease was lost: what others do there now is left alone', async () => {
    const clock = loopbackClock()
    const [reached, halfway, on] = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
    if (!reached || !halfway || !on) throw new Error('three were made')
    const hanging = otherwise(({ addValues }) => ({
      addValues(zone, rrset, o) {
        if (rrset.type !== 'CNAME') return addValues(zone, rrset, o)
        reached.resolve()
        return unanswered(o)
      },
    }))
    const paused = otherwise(({ addValues }) => ({
      async addValues(...args) {
        halfway.resolve()
        await on.promise
        return addValues(...args)
      },
    }))
    await using engine = await openEngine(world, { ...by('rfc2136', hanging), runtime: { clock } })
    const name = freshName()
    oldAt(name)
    await engine.domainctl.add(name, { target: EDGE })
    const victim = failureOf(engine.domainctl.apply(name, { force: true }))
    await reached.promise
    const survivor = await engine.again({ ...by('rfc2136', paused), runtime: { clock, process: SURVIVOR } })
    const done = survivor.apply(name, { force: true })
    await halfway.promise
    expect(await victim).toMatchObject({ code: 'LEASE_LOST' })
    // The address is not put back in the way of the one who is at work there now.
    expect(values(name, 'A')).toEqual([])
    on.resolve()
    expect((await done).records).toMatchObject([{ outcome: 'replaced', previous: [{ values: [OLD] }] }])
    expect((await survivor.unapply(name)).restored).toMatchObject([{ values: [OLD] }])
  })
})

test('when one name fails, what became of the others is told, and told in the history', async () => {
  const { dns } = world.sandbox
  const [edited, made, stuck] = [freshName(), freshName(), freshName()]
  let isBad = false
  const adapted = otherwise(({ removeValues }) => ({
    async removeValues(zone, rrset, o) {
      if (isBad && rrset.name === stuck) throw new DomainctlError('PROVIDER_UNREACHABLE', 'No answer.', { hint: 'Repeat it.' })
      return removeValues(zone, rrset, o)
    },
  }))
  await using engine = await openEngine(world, by('rfc2136', adapted))
  const { domainctl } = engine
  oldAt(edited)
  await domainctl.add(edited, { san: [made, stuck], target: EDGE })
  await domainctl.apply(edited, { force: true })
  dns.remove({ name: edited, type: 'CNAME' })
  dns.add({ name: edited, type: 'CNAME', value: 'theirs.example.test' })
  isBad = true
  const messages: string[] = []
  const failure = await failureOf(domainctl.remove(edited, { onProgress: ({ message }) => messages.push(message) }))
  expect(failure).toMatchObject({ code: 'PROVIDER_UNREACHABLE', message: expect.stringContaining(stuck) })
  expect(String(failure)).toMatch(
    /1 record\(s\) were taken away.*was changed by others since.*theirs\.example\.test.*192\.0\.2\.8/,
  )
  expect(messages).toContainEqual(expect.stringContaining('was changed by others since'))
  expect(await eventsOf(domainctl, edited, 'record.left')).toHaveLength(1)
  isBad = false
  expect((await domainctl.remove(edited)).removed).toMatchObject([{ name: stuck }])
})

describe('a provider that is not configured any more', () => {
  test('keeps no domain for ever: its records are left there by request, each with a warning', async () => {
    await using engine = await openEngine(world, by('before', updaterOf(world)))
    const [name, san] = [freshName(), freshName()]
    oldAt(san)
    await engine.domainctl.add(name, { san: [san], target: EDGE })
    await engine.domainctl.apply(name, { force: true })
    const renamed = await engine.again({ provider: 'after', providers: { after: updaterOf(world), manual: createManual() } })
    for (const verb of ['unapply', 'remove'] as const) {
      expect(await failureOf(renamed[verb](name))).toMatchObject({
        code: 'PROVIDER_UNKNOWN',
        hint: expect.stringContaining(`domainctl remove ${name} --abandon-records`),
      })
    }
    const { domain, removed, warnings } = await renamed.remove(name, { abandon: true })
    expect([domain.status, removed]).toEqual(['deleted', []])
    expect(warnings).toHaveLength(2)
    expect(warnings).toContainEqual(
      expect.stringContaining(`CNAME ${name} "${EDGE}" in the zone example.test of the provider before`),
    )
    expect(warnings).toContainEqual(
      expect.stringMatching(new RegExp(`CNAME ${san} .*had taken the place of A ${OLD} \\(TTL 720\\)`)),
    )
    expect(await eventsOf(renamed, name, 'record.abandoned')).toHaveLength(2)
    expect(values(name, 'CNAME')).toEqual([EDGE])
    expect(await renamed.remove(name, { abandon: true })).toMatchObject({ warnings: [] })
  })

  test('is not forgotten where a repetition may help', async () => {
    let isAway = false
    const adapted = otherwise(({ getRRset }) => ({
      async getRRset(...args) {
        if (isAway) throw new DomainctlError('PROVIDER_UNREACHABLE', 'No answer.', { hint: 'Repeat it.' })
        return getRRset(...args)
      },
    }))
    await using engine = await openEngine(world, by('rfc2136', adapted))
    const name = freshName()
    await engine.domainctl.add(name, { target: EDGE })
    await engine.domainctl.apply(name)
    isAway = true
    const failure = await failureOf(engine.domainctl.remove(name, { abandon: true }))
    expect(failure).toMatchObject({ code: 'PROVIDER_UNREACHABLE', hint: expect.not.stringContaining('--abandon-records') })
    isAway = false
    expect((await engine.domainctl.remove(name)).removed).toHaveLength(1)
  })

  test('may have a challenge record as well', async () => {
    const refusing = otherwise(({ removeValues }) => ({
      async removeValues(zone, rrset, o) {
        if (rrset.type === 'TXT') throw new DomainctlError('PROVIDER_AUTH', 'The key has ended.', { hint: 'Make another.' })
        return removeValues(zone, rrset, o)
      },
    }))
    await using engine = await openEngine(world, by('rfc2136', refusing))
    const name = freshName()
    await engine.domainctl.issue(name)
    const failure = await failureOf(engine.domainctl.remove(name))
    expect(failure).toMatchObject({ code: 'PROVIDER_AUTH', hint: expect.stringContaining('--abandon-records') })
    const { domain, warnings } = await engine.domainctl.remove(name, { abandon: true })
    expect(domain.status).toBe('deleted')
    expect(warnings).toEqual([expect.stringContaining(`TXT _acme-challenge.${name}`)])
    expect(await eventsOf(engine.domainctl, name, 'record.abandoned')).toHaveLength(1)
  })
})

test('an address that comes while another one is being replaced: what was taken away is not forgotten', async () => {
  const name = freshName()
  oldAt(name)
  const rfc2136 = otherwise((adapted) => ({
    removeValues: async (zone, rrset, o) => {
      const change = await adapted.removeValues(zone, rrset, o)
      world.sandbox.dns.add({ name, type: 'AAAA', value: '2001:db8::9', ttl: 60 })
      return change
    },
  }))
  await using engine = await openEngine(world, by('rfc2136', rfc2136))
  await engine.domainctl.add(name, { target: EDGE })
  expect(await failureOf(engine.domainctl.apply(name, { force: true }))).toMatchObject({ code: 'PROVIDER_CONFLICT' })
  expect([values(name, 'A'), values(name, 'CNAME')]).toEqual([[], []])
  const { warnings } = await engine.domainctl.unapply(name)
  expect(warnings.join(' ')).toContain(OLD)
})
