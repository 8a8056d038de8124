import { type DnsProvider, type RRset, systemClock, systemRandom, type Zone } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_PROVIDER_NAMES, API_PROVIDERS, unlimited } from './api-providers.ts'
import { openEngine } from './engine.ts'
import { hurriedClock } from './hurried-clock.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// `apply`, `unapply` and `remove` by every provider that writes: what is made, what is left alone, what comes back.

const NEVER = new AbortController().signal
const EDGE = 'edge.example.test'

let world: SandboxWorld
beforeAll(async () => {
  world = await startSandboxWorld({
    records: [
      { name: EDGE, type: 'A', value: '127.0.0.1' },
      { name: 'old.example.test', type: 'A', value: '127.0.0.1' },
    ],
  })
})
afterAll(() => world[Symbol.asyncDispose]())

/** Names of their own for each test, in one world. */
let count = 0
function freshName(): string {
  count += 1
  return `n${count}.example.test`
}

function adapter(provider: string): DnsProvider {
  const { sandbox, rfc2136 } = world
  const api = API_PROVIDER_NAMES.find((name) => name === provider)
  if (api) {
    unlimited(api, sandbox)
    return API_PROVIDERS[api].open(sandbox, hurriedClock())
  }
  const { nameserver, key, secret, algorithm } = rfc2136
  const options = { nameserver, tsigKey: key, tsigSecret: secret, tsigAlgorithm: algorithm }
  // It waits for nothing but answers: its time-outs are real.
  return createRfc2136(options, { clock: { ...systemClock(), now: world.clock.now }, random: systemRandom() })
}

const using = (provider: string, adapted = adapter(provider)) => ({ provider, providers: { [provider]: adapted } })

/** What leads somewhere at a name, as the provider has it. */
async function standing(provider: DnsProvider, name: string): Promise<Omit<RRset, 'name'>[]> {
  const zone = await zoneAt(provider)
  const sets = await Promise.all(
    (['CNAME', 'A', 'AAAA'] as const).map((type) => provider.getRRset(zone, name, type, { signal: NEVER })),
  )
  return sets.flatMap((set) => (set ? [{ ...set, values: set.values.toSorted() }] : [])).map(({ name: _, ...rest }) => rest)
}

async function zoneAt(provider: DnsProvider): Promise<Zone> {
  const zone = await provider.findZone('example.test', { signal: NEVER })
  if (!zone) throw new Error('the provider has no zone')
  return zone
}

/** The same provider; `after` is told of each call that was answered, and counts those of its kind, before its caller is. */
function told(provider: DnsProvider, after: (kind: 'read' | 'write', nth: number) => Promise<void>): DnsProvider {
  const calls = { read: 0, write: 0 }
  const telling = <A extends unknown[], R>(kind: 'read' | 'write', call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      await after(kind, -1)
      const answer = await call(...args)
      calls[kind] += 1
      await after(kind, calls[kind])
      return answer
    }
  }
  return {
    ...provider,
    getRRset: telling('read', provider.getRRset),
    addValues: telling('write', provider.addValues),
    removeValues: telling('write', provider.removeValues),
    setRRset: telling('write', provider.setRRset),
  }
}

/** The provider of a process that is killed after so many writes: it is answered nothing from then on. */
function killedAfter(provider: DnsProvider, writes: number) {
  const death = Promise.withResolvers<void>()
  const burial = Promise.withResolvers<never>()
  burial.promise.catch(() => undefined)
  let isDead = false
  const dying = told(provider, async (kind, nth) => {
    if (kind === 'write' && nth === (writes === 0 ? -1 : writes)) isDead = true
    if (!isDead) return
    death.resolve()
    await burial.promise
  })
  return { provider: dying, death: death.promise, bury: () => burial.reject(new Error('killed')) }
}

/** Another process, that sees that all others are gone. */
const SURVIVOR = { process: { owner: 'survivor', isGone: () => true } }

const OLD = { type: 'A', ttl: 720, values: ['192.0.2.8', '192.0.2.9'] } as const
const OLD6 = { type: 'AAAA', ttl: 840, values: ['2001:db8::9'] } as const

function publishOld(name: string): void {
  for (const { type, ttl, values } of [OLD, OLD6]) for (const value of values) world.sandbox.dns.add({ name, type, value, ttl })
}

describe.each([...API_PROVIDER_NAMES, 'rfc2136'])('%s', (provider) => {
  test('what is wanted is made, kept, seen by verify, and taken away; the domain stays', async () => {
    const { dns } = world.sandbox
    await using engine = await openEngine(world, using(provider))
    const { domainctl } = engine
    const [name, san] = [freshName(), freshName()]
    await domainctl.add(name, { san: [san], wildcard: true, target: EDGE, delegate: 'validation.test' })

    const { records, warnings } = await domainctl.apply(name)
    expect(warnings).toEqual([])
    expect(records.map(({ purpose, type, name, outcome, provider: by }) => [purpose, type, name, outcome, by])).toEqual([
      ['routing', 'CNAME', name, 'made', provider],
      ['delegation', 'CNAME', `_acme-challenge.${name}`, 'made', provider],
      ['routing', 'CNAME', san, 'made', provider],
      ['delegation', 'CNAME', `_acme-challenge.${san}`, 'made', provider],
    ])
    for (const { name, value } of records) expect(dns.values(name, 'CNAME')).toEqual([value])
    expect((await domainctl.apply(name)).records.map(({ outcome }) => outcome)).toEqual(records.map(() => 'kept'))
    const { checks, domain } = await domainctl.verify(name)
    expect(checks.filter(({ purpose, ok }) => purpose !== 'http' && !ok)).toEqual([])
    expect(domain.status).toBe('issuing')

    const { removed, restored } = await domainctl.unapply(name)
    expect(removed.map(({ name }) => name).sort()).toEqual(records.map(({ name }) => name).sort())
    expect(restored).toEqual([])
    for (const { name } of records) expect(dns.values(name, 'CNAME')).toEqual([])
    expect(await domainctl.unapply(name)).toMatchObject({
      removed: [],
      restored: [],
      warnings: [],
      domain: { status: 'issuing' },
    })
    const events = (await domainctl.history(name)).map(({ event }) => event)
    for (const event of ['record.planned', 'record.written', 'record.removed']) expect(events).toContain(event)
  })

  test('a record of others is not touched, nor is any other made; by force it is replaced, and comes back as it was', async () => {
    const { dns } = world.sandbox
    const adapted = adapter(provider)
    await using engine = await openEngine(world, using(provider, adapted))
    const { domainctl } = engine
    const [name, san] = [freshName(), freshName()]
    publishOld(name)
    const before = await standing(adapted, name)
    expect(before).toMatchObject([{ ...OLD }, { ...OLD6 }])
    await domainctl.add(name, { san: [san], target: EDGE })

    const refused = await domainctl.apply(name).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'RECORD_FOREIGN', hint: expect.stringContaining('--force') })
    for (const told of [...OLD.values, ...OLD6.values, 'TTL 720', EDGE]) expect(String(refused)).toContain(told)
    expect(await standing(adapted, name)).toEqual(before)
    expect(dns.values(san, 'CNAME')).toEqual([])

    const { records } = await domainctl.apply(name, { force: true })
    expect(records).toMatchObject([
      { name, outcome: 'replaced', previous: [OLD, OLD6].map((set) => expect.objectContaining({ ...set })) },
      { name: san, outcome: 'made' },
    ])
    expect(await standing(adapted, name)).toMatchObject([{ type: 'CNAME', values: [EDGE] }])
    // Once more, with force and without: what was there is not forgotten.
    await domainctl.apply(name)
    await domainctl.apply(name, { force: true })

    const { restored, removed } = await domainctl.unapply(name)
    expect(removed.map(({ name }) => name).sort()).toEqual([name, san].sort())
    expect(restored).toMatchObject([
      { name, ...OLD },
      { name, ...OLD6 },
    ])
    expect(await standing(adapted, name)).toEqual(before)
    expect(dns.values(san, 'CNAME')).toEqual([])
  })

  test('addresses: exactly those; the other family and an alias give way by force, and remove puts them back', async () => {
    const adapted = adapter(provider)
    await using engine = await openEngine(world, using(provider, adapted))
    const { domainctl } = engine
    const [name, alias] = [freshName(), freshName()]
    publishOld(name)
    world.sandbox.dns.add({ name: alias, type: 'CNAME', value: 'old.example.test', ttl: 900 })
    const before = [await standing(adapted, name), await standing(adapted, alias)]
    await domainctl.add(name, { san: [alias], addresses: ['192.0.2.8', '192.0.2.7'] })
    await expect(domainctl.apply(name)).rejects.toMatchObject({ code: 'RECORD_FOREIGN' })
    await domainctl.apply(name, { force: true })
    for (const one of [name, alias]) {
      expect(await standing(adapted, one)).toMatchObject([{ type: 'A', values: ['192.0.2.7', '192.0.2.8'] }])
    }
    const { removed, restored, leftToOthers, domain } = await domainctl.remove(name)
    expect(domain.status).toBe('deleted')
    expect(removed).toHaveLength(4)
    expect(restored.map(({ name, type }) => `${type} ${name}`).sort()).toEqual(
      [`A ${name}`, `AAAA ${name}`, `CNAME ${alias}`].sort(),
    )
    expect(leftToOthers).toEqual([])
    expect([await standing(adapted, name), await standing(adapted, alias)]).toEqual(before)
  })

  // Of MX no provider is asked beforehand.
  test.each([
    ['TXT', 'v=spf1 -all', 'nothing is taken away for it'],
    ['MX', '10 mail.example.test', 'what was taken away for it comes back'],
  ] as const)('where a %s record (%s) stands no CNAME can be: %s', async (type, value, _) => {
    const [name, san, adapted] = [freshName(), freshName(), adapter(provider)]
    let writes = 0
    const counted = told(adapted, async (kind, nth) => {
      if (kind === 'write' && nth > 0) writes = nth
    })
    await using engine = await openEngine(world, using(provider, counted))
    const { domainctl } = engine
    publishOld(name)
    world.sandbox.dns.add({ name, type, value })
    const before = await standing(adapted, name)
    await domainctl.add(name, { san: [san], target: EDGE })
    await expect(domainctl.apply(name, { force: true })).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' })
    expect(await standing(adapted, name)).toEqual(before)
    expect(world.sandbox.dns.values(name, type)).toEqual([value])
    if (type === 'TXT') expect(writes).toBe(0)
    else {
      const [failed, ...restored] = (await domainctl.history(name)).filter(({ event }) => /failed|restored/.test(event))
      expect(failed).toMatchObject({ event: 'record.failed', details: { code: 'PROVIDER_CONFLICT' } })
      expect(restored).toMatchObject([{ message: `A ${name}` }, { message: `AAAA ${name}`, details: { ttl: OLD6.ttl } }])
    }
    // Nothing of that name is in the journal.
    expect(await domainctl.unapply(name)).toMatchObject({ restored: [], warnings: [] })
    expect([await standing(adapted, name), world.sandbox.dns.values(san, 'CNAME')]).toEqual([before, []])
  })

  test.each([
    ['an alias, after it was judged', 3, 'CNAME', 'RECORD_FOREIGN'],
    ['an alias, after it was looked at for the last time', 6, 'CNAME', 'RECORD_FOREIGN'],
    ['addresses, after they were judged', 3, 'A', 'RECORD_FOREIGN'],
    // TXT and CAA, where there is one, are looked at as well before addresses are taken away.
    ['addresses, after they were looked at for the last time', provider === 'godaddy' ? 7 : 8, 'A', 'PROVIDER_CONFLICT'],
  ] as const)('somebody edits %s: the edit stays', async (_, read, type, code) => {
    const { dns } = world.sandbox
    const [name, adapted] = [freshName(), adapter(provider)]
    const [old, edited] = type === 'CNAME' ? ['old.example.test', 'edited.example.test'] : ['192.0.2.8', '192.0.2.99']
    dns.add({ name, type, value: old, ttl: 900 })
    const meanwhile = told(adapted, async (kind, nth) => {
      if (kind !== 'read' || nth !== read) return
      dns.remove({ name, type })
      dns.add({ name, type, value: edited, ttl: 960 })
    })
    await using engine = await openEngine(world, using(provider, meanwhile))
    const { domainctl } = engine
    await domainctl.add(name, { target: EDGE })
    await expect(domainctl.apply(name, { force: true })).rejects.toMatchObject({ code })
    expect(await standing(adapted, name)).toMatchObject([{ type, values: [edited], ttl: 960 }])
    expect(await domainctl.unapply(name)).toMatchObject({ removed: [], restored: [] })
    expect(await standing(adapted, name)).toMatchObject([{ type, values: [edited], ttl: 960 }])
  })

  // All ways on where each value is a record of its own; where sets are written whole, the one that goes both ways.
  const waysOn = provider === 'cloudflare' ? (['apply', 'unapply', 'remove'] as const) : (['apply'] as const)
  describe.each(waysOn)('killed, and continued by %s', (next) => {
    test.each([0, 1, 2, 3])('after %i writes of apply', async (writes) => {
      const [name, adapted] = [freshName(), adapter(provider)]
      publishOld(name)
      const before = await standing(adapted, name)
      const killed = killedAfter(adapted, writes)
      await using engine = await openEngine(world, using(provider, killed.provider))
      await engine.domainctl.add(name, { target: EDGE })
      const victim = engine.domainctl.apply(name, { force: true }).catch((error: unknown) => error)
      await killed.death
      const survivor = await engine.again({ ...using(provider, adapted), runtime: { clock: world.clock, ...SURVIVOR } })
      if (next === 'apply') {
        const { records } = await survivor.apply(name, { force: true })
        expect(records).toMatchObject([{ outcome: 'replaced', previous: [{ ...OLD }, { ...OLD6 }] }])
        expect(await standing(adapted, name)).toMatchObject([{ type: 'CNAME', values: [EDGE] }])
      }
      await (next === 'remove' ? survivor.remove(name) : survivor.unapply(name))
      expect(await standing(adapted, name)).toEqual(before)
      killed.bury()
      expect(await victim).toBeInstanceOf(Error)
      expect(await standing(adapted, name)).toEqual(before)
    })

    test.each([0, 1, 2, 3])('after %i writes of unapply', async (writes) => {
      const [name, adapted] = [freshName(), adapter(provider)]
      publishOld(name)
      const before = await standing(adapted, name)
      const killed = killedAfter(adapted, writes)
      await using engine = await openEngine(world, using(provider, adapted))
      await engine.domainctl.add(name, { target: EDGE })
      await engine.domainctl.apply(name, { force: true })
      const dying = await engine.again(using(provider, killed.provider))
      const victim = dying.unapply(name).catch((error: unknown) => error)
      await killed.death
      const survivor = await engine.again({ ...using(provider, adapted), runtime: { clock: world.clock, ...SURVIVOR } })
      if (next === 'apply') await survivor.apply(name, { force: true })
      await (next === 'remove' ? survivor.remove(name) : survivor.unapply(name))
      expect(await standing(adapted, name)).toEqual(before)
      killed.bury()
      expect(await victim).toBeInstanceOf(Error)
      expect(await standing(adapted, name)).toEqual(before)
    })
  })
})
