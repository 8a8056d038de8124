import type { CallOptions, DnsProvider, Domainctl } from '@domainctl/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEngine, updaterOf } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// What `unapply` and `remove` do about writes that arrive when nobody waits for them any more.

const EDGE = 'edge.example.test'
const OLD = '192.0.2.8'
const NEVER = new AbortController().signal
const MINUTES = 60_000

let world: SandboxWorld
beforeAll(async () => {
  world = await startSandboxWorld({ records: [{ name: EDGE, type: 'A', value: '127.0.0.1' }] })
})
afterAll(() => world[Symbol.asyncDispose]())

let count = 0
function freshName(): string {
  count += 1
  return `l${count}.example.test`
}

const values = (name: string, type: 'A' | 'CNAME') => world.sandbox.dns.values(name, type)
const oldAt = (name: string) => world.sandbox.dns.add({ name, type: 'A', value: OLD, ttl: 720 })
const proofOf = async (domainctl: Domainctl, name: string) =>
  (await domainctl.get(name)).records.find(({ purpose }) => purpose === 'routing')?.state

/** A process that is killed while a write of its own is on its way; `arrive` lets that one through. */
function killedMeanwhile(call: 'addValues' | 'setRRset') {
  const adapted = updaterOf(world)
  const [sent, burial] = [Promise.withResolvers<() => Promise<unknown>>(), Promise.withResolvers<never>()]
  burial.promise.catch(() => undefined)
  const provider: DnsProvider = {
    ...adapted,
    [call]: async (...[zone, rrset]: Parameters<DnsProvider['addValues']>) => {
      sent.resolve(() => adapted[call](zone, rrset, { signal: NEVER }))
      return burial.promise
    },
  }
  return { provider, sent: sent.promise, bury: () => burial.reject(new Error('killed')) }
}

/** Begins to apply, and is killed. */
async function killedApply(name: string, o: { call?: 'addValues' | 'setRRset'; addresses?: string[] } = {}) {
  const killed = killedMeanwhile(o.call ?? 'addValues')
  const engine = await openEngine(world, { provider: 'rfc2136', providers: { rfc2136: killed.provider } })
  await engine.domainctl.add(name, o.addresses ? { addresses: o.addresses } : { target: EDGE })
  const victim = engine.domainctl.apply(name, { force: true }).catch((error: unknown) => error)
  const arrive = await killed.sent
  const process = { owner: 'survivor', isGone: () => true }
  const survivor = await engine.again({ providers: { rfc2136: updaterOf(world) }, runtime: { clock: world.clock, process } })
  return {
    survivor,
    arrive,
    async [Symbol.asyncDispose]() {
      killed.bury()
      await victim
      await engine[Symbol.asyncDispose]()
    },
  }
}

describe('a write that lands late', () => {
  test('is not forgotten by unapply: the same command takes it away later', async () => {
    const name = freshName()
    await using killed = await killedApply(name)
    const { survivor } = killed
    expect(await survivor.unapply(name)).toMatchObject({
      removed: [],
      late: [{ name, type: 'CNAME', value: EDGE }],
      warnings: [expect.stringMatching(/CNAME .* is not there, but .* still be on its way\. Repeat this command in 5 minutes/)],
    })
    expect((await survivor.history(name)).map(({ event }) => event)).toContain('record.late')
    await killed.arrive()
    expect(values(name, 'CNAME')).toEqual([EDGE])
    expect(await survivor.unapply(name)).toMatchObject({ removed: [{ name }], late: [], warnings: [] })
    expect(values(name, 'CNAME')).toEqual([])
    expect(await survivor.unapply(name)).toMatchObject({ removed: [], late: [], warnings: [] })
  })

  test('that never lands is forgotten when its time is over', async () => {
    const name = freshName()
    await using killed = await killedApply(name)
    const { survivor } = killed
    await survivor.unapply(name)
    world.clock.advance(2 * MINUTES)
    expect((await survivor.unapply(name)).warnings).toEqual([expect.stringContaining('in 3 minutes')])
    world.clock.advance(3 * MINUTES)
    expect((await survivor.unapply(name)).late).toEqual([])
    expect(await survivor.unapply(name)).toMatchObject({ removed: [], restored: [], late: [], warnings: [] })
  })

  test('is as young as the last attempt to make it', async () => {
    const name = freshName()
    const again = killedMeanwhile('addValues')
    await using engine = await openEngine(world)
    await engine.domainctl.add(name, { target: EDGE })
    await engine.domainctl.apply(name)
    world.sandbox.dns.remove({ name, type: 'CNAME' })
    world.clock.advance(6 * MINUTES)
    const victim = (await engine.again({ providers: { rfc2136: again.provider } })).apply(name).catch((error: unknown) => error)
    await again.sent
    const process = { owner: 'survivor', isGone: () => true }
    const survivor = await engine.again({ runtime: { clock: world.clock, process } })
    expect((await survivor.unapply(name)).late).toHaveLength(1)
    again.bury()
    expect(await victim).toBeInstanceOf(Error)
  })

  test('does not keep a domain: remove goes, and takes away later what has come', async () => {
    const name = freshName()
    await using killed = await killedApply(name)
    const { survivor } = killed
    const { domain, late } = await survivor.remove(name)
    expect([domain.status, late]).toEqual(['deleted', [{ name, type: 'CNAME', value: EDGE }]])
    await killed.arrive()
    expect((await survivor.remove(name)).removed).toMatchObject([{ name }])
    expect(values(name, 'CNAME')).toEqual([])
  })

  test('counts for nobody else meanwhile: another domain that had the same takes it away', async () => {
    const [name, other] = [freshName(), freshName()]
    await using killed = await killedApply(name)
    const { survivor } = killed
    await survivor.unapply(name)
    await survivor.add(other, { san: [name], target: EDGE })
    await survivor.apply(other)
    expect(values(name, 'CNAME')).toEqual([EDGE])
    expect((await survivor.unapply(other)).warnings).toEqual([])
    expect(values(name, 'CNAME')).toEqual([])
  })

  test('in the place of what was put back already: that comes back once more', async () => {
    const name = freshName()
    oldAt(name)
    await using killed = await killedApply(name, { call: 'setRRset', addresses: ['192.0.2.7'] })
    const { survivor } = killed
    expect(await survivor.unapply(name)).toMatchObject({ removed: [], late: [{ name, type: 'A' }] })
    await killed.arrive()
    expect(values(name, 'A')).toEqual(['192.0.2.7'])
    expect(await survivor.unapply(name)).toMatchObject({ restored: [{ name, type: 'A', values: [OLD], ttl: 720 }] })
    expect(values(name, 'A')).toEqual([OLD])
  })

  test('what was put back, and others have taken away since, does not come back by it', async () => {
    const name = freshName()
    oldAt(name)
    await using killed = await killedApply(name)
    const { survivor } = killed
    expect(values(name, 'A')).toEqual([])
    expect((await survivor.unapply(name)).restored).toMatchObject([{ values: [OLD] }])
    world.sandbox.dns.remove({ name, type: 'A' })
    expect((await survivor.unapply(name)).restored).toEqual([])
    expect(values(name, 'A')).toEqual([])
  })
})

test('what was taken away is not taken for seen: show says so, and remove tells nobody to take it away', async () => {
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const [name, san] = [freshName(), freshName()]
  await domainctl.add(name, { san: [san], target: EDGE, delegate: 'validation.test' })
  await domainctl.apply(name)
  const seen = (await domainctl.verify(name)).domain.records
  expect(seen.map(({ state }) => state)).toEqual(seen.map(() => 'ok'))
  const { domain } = await domainctl.unapply(name)
  expect(domain.records.map(({ state }) => state)).toEqual(domain.records.map(() => 'unknown'))
  expect((await domainctl.remove(name)).leftToOthers).toEqual([])
})

test('what another domain still needs stays seen', async () => {
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const [name, other] = [freshName(), freshName()]
  await domainctl.add(name, { target: EDGE })
  await domainctl.add(other, { san: [name], target: EDGE })
  await domainctl.apply(name)
  await domainctl.apply(other)
  await domainctl.verify(name)
  await domainctl.unapply(name)
  expect(await proofOf(domainctl, name)).toBe('ok')
})

test('what was put back, with nobody left to say so, is told by the next attempt', async () => {
  const name = freshName()
  oldAt(name)
  const [put, burial] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()]
  burial.promise.catch(() => undefined)
  const adapted = updaterOf(world)
  const dying: DnsProvider = {
    ...adapted,
    async addValues(zone, rrset, o) {
      await adapted.addValues(zone, rrset, o)
      put.resolve()
      return burial.promise
    },
  }
  await using engine = await openEngine(world, { provider: 'rfc2136' })
  await engine.domainctl.add(name, { target: EDGE })
  await engine.domainctl.apply(name, { force: true })
  const victim = (await engine.again({ providers: { rfc2136: dying } })).unapply(name).catch((error: unknown) => error)
  await put.promise
  const process = { owner: 'survivor', isGone: () => true }
  const survivor = await engine.again({ runtime: { clock: world.clock, process } })
  expect(await survivor.unapply(name)).toMatchObject({
    removed: [{ name, type: 'CNAME' }],
    restored: [{ name, type: 'A', values: [OLD], ttl: 720 }],
    late: [],
    warnings: [],
  })
  expect(await survivor.unapply(name)).toMatchObject({ removed: [], restored: [] })
  burial.reject(new Error('killed'))
  expect(await victim).toBeInstanceOf(Error)
})

test('an edit that was overwritten comes back though the caller has gone', async () => {
  const name = freshName()
  const stop = new AbortController()
  const { dns } = world.sandbox
  dns.add({ name, type: 'A', value: OLD, ttl: 720 })
  const adapted = updaterOf(world)
  let isFirst = true
  const edited: DnsProvider = {
    ...adapted,
    async setRRset(zone, rrset, { signal }: CallOptions) {
      if (!isFirst) return adapted.setRRset(zone, rrset, { signal })
      isFirst = false
      dns.remove({ name, type: 'A' })
      dns.add({ name, type: 'A', value: '192.0.2.99', ttl: 960 })
      const change = await adapted.setRRset(zone, rrset, { signal })
      stop.abort()
      return change
    },
  }
  await using engine = await openEngine(world, { provider: 'rfc2136', providers: { rfc2136: edited } })
  await engine.domainctl.add(name, { addresses: ['192.0.2.7'] })
  await expect(engine.domainctl.apply(name, { force: true, signal: stop.signal })).rejects.toThrow()
  expect(values(name, 'A')).toEqual(['192.0.2.99'])
})
