import type { DnsProvider, Domainctl } from '@domainctl/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEngine, updaterOf } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// What `apply` and `unapply` do where several domains, tenants or credentials want a name to lead somewhere.

const EDGE = 'edge.example.test'
const OTHER_EDGE = 'edge2.example.test'

let world: SandboxWorld
beforeAll(async () => {
  world = await startSandboxWorld({ records: [EDGE, OTHER_EDGE].map((name) => ({ name, type: 'A', value: '127.0.0.1' })) })
})
afterAll(() => world[Symbol.asyncDispose]())

let count = 0
function freshName(): string {
  count += 1
  return `s${count}.example.test`
}

const aliases = (name: string) => world.sandbox.dns.values(name, 'CNAME')
const by = (provider: string, adapted: DnsProvider) => ({ provider, providers: { [provider]: adapted } })
const eventsOf = async (domainctl: Domainctl, name: string) => (await domainctl.history(name)).map(({ event }) => event)

test('what domainctl made for another domain is not replaced, not even by force, and nothing else is written', async () => {
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const [one, other, shared] = [freshName(), freshName(), freshName()]
  await domainctl.add(one, { san: [shared], target: EDGE })
  await domainctl.add(other, { san: [shared], target: OTHER_EDGE })
  await domainctl.apply(one)
  for (const force of [false, true]) {
    await expect(domainctl.apply(other, { force })).rejects.toMatchObject({
      code: 'RECORD_TAKEN',
      kind: 'not-ready',
      message: expect.stringContaining(`another domain of yours, ${one}`),
    })
    expect([aliases(shared), aliases(other)]).toEqual([[EDGE], []])
  }
  await domainctl.remove(one)
  expect((await domainctl.apply(other)).records.map(({ outcome }) => outcome)).toEqual(['made', 'made'])
  expect(await domainctl.remove(other)).toMatchObject({ restored: [], warnings: [] })
  for (const name of [one, other, shared]) expect(aliases(name)).toEqual([])
})

test('that a shared record stays is told, and is in the history', async () => {
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const [one, other, shared] = [freshName(), freshName(), freshName()]
  await domainctl.add(one, { san: [shared], target: EDGE })
  await domainctl.add(other, { san: [shared], target: EDGE })
  await domainctl.apply(one)
  await domainctl.apply(other)
  const { removed, warnings } = await domainctl.unapply(one)
  expect(removed.map(({ name }) => name)).toEqual([one])
  expect(warnings).toEqual([expect.stringContaining(`${shared} stays as it is for another domain of yours, ${other}`)])
  expect(await eventsOf(domainctl, one)).toContain('record.released')
  expect(await eventsOf(domainctl, other)).toContain('record.kept')
  await domainctl.unapply(other)
  expect(aliases(shared)).toEqual([])
})

test('two credentials for one zone share a record like one', async () => {
  const providers = { one: updaterOf(world), two: updaterOf(world) }
  await using engine = await openEngine(world, { provider: 'one', providers })
  const { domainctl } = engine
  const [first, second, shared] = [freshName(), freshName(), freshName()]
  await domainctl.add(first, { san: [shared], target: EDGE, provider: 'one' })
  await domainctl.add(second, { san: [shared], target: EDGE, provider: 'two' })
  await domainctl.apply(first)
  await domainctl.apply(second)
  await domainctl.remove(first)
  expect(aliases(shared)).toEqual([EDGE])
  await domainctl.remove(second)
  expect(aliases(shared)).toEqual([])
})

test('one domain goes while another comes to share its record: it is there in the end, also where values are added one by one', async () => {
  const gate = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const adapted = updaterOf(world)
  const slow: DnsProvider = {
    ...adapted,
    async removeValues(zone, rrset, o) {
      reached.resolve()
      await gate.promise
      return adapted.removeValues(zone, rrset, o)
    },
  }
  await using engine = await openEngine(world, by('rfc2136', slow))
  const second = await engine.again(by('rfc2136', adapted))
  const [one, other] = [freshName(), freshName()]
  await engine.domainctl.add(one, { target: EDGE })
  await second.add(other, { san: [one], target: EDGE })
  await engine.domainctl.apply(one)
  const going = engine.domainctl.unapply(one)
  await reached.promise
  const coming = second.apply(other)
  while (!(await eventsOf(second, other)).includes('record.planned')) await new Promise(setImmediate)
  gate.resolve()
  expect((await going).removed).toHaveLength(1)
  expect((await coming).records.map(({ outcome }) => outcome)).toEqual(['made', 'made'])
  expect(aliases(one)).toEqual([EDGE])
  expect((await second.unapply(other)).removed).toHaveLength(2)
  expect(aliases(one)).toEqual([])
})

describe('another tenant', () => {
  /** Adds it for a tenant, whose ownership record is published. */
  async function addProven(domainctl: Domainctl, name: string, o: { wildcard?: boolean } = {}): Promise<void> {
    const { records } = await domainctl.add(name, { target: EDGE, ...o })
    for (const { purpose, name, type, value } of records) {
      if (purpose === 'ownership') world.sandbox.dns.add({ name, type, value })
    }
  }

  test('has proven the name: nobody else gets anything written there, nor knows what stood there', async () => {
    await using engine = await openEngine(world, { tenant: 'acme' })
    const acme = engine.domainctl
    const operator = await engine.again({ tenant: 'default' })
    const name = freshName()
    await addProven(acme, name)
    world.sandbox.dns.add({ name, type: 'A', value: '192.0.2.8', ttl: 720 })
    await acme.apply(name, { force: true })
    const san = freshName()
    for (const target of [EDGE, OTHER_EDGE]) {
      await operator.add(san, { san: [name], target })
      await expect(operator.apply(san, { force: true })).rejects.toMatchObject({ code: 'OWNERSHIP_TAKEN' })
      expect(await operator.unapply(san)).toMatchObject({ removed: [], restored: [], warnings: [] })
      await operator.remove(san)
    }
    expect([aliases(name), aliases(san)]).toEqual([[EDGE], []])
    expect(await acme.remove(name)).toMatchObject({ restored: [{ values: ['192.0.2.8'] }] })
    // Released: whoever holds the zone has it again.
    await acme.release(name)
    await operator.add(name, { target: OTHER_EDGE })
    await expect(operator.apply(name)).rejects.toMatchObject({ code: 'RECORD_FOREIGN' })
  })

  test('has proven a wildcard: nor are names written that it covers', async () => {
    await using engine = await openEngine(world, { tenant: 'acme' })
    const name = freshName()
    await addProven(engine.domainctl, name, { wildcard: true })
    await engine.domainctl.apply(name)
    const operator = await engine.again({ tenant: 'default' })
    await operator.add(`www.${name}`, { target: EDGE })
    await expect(operator.apply(`www.${name}`)).rejects.toMatchObject({ code: 'OWNERSHIP_TAKEN' })
    expect(aliases(`www.${name}`)).toEqual([])
  })

  test('has proven nothing: a record is shared, but not what it replaced, and its domain is not named', async () => {
    await using engine = await openEngine(world, { tenant: 'default' })
    const [operator, third] = [engine.domainctl, await engine.again({ tenant: 'third' })]
    const [name, secret] = [freshName(), freshName()]
    world.sandbox.dns.add({ name, type: 'A', value: '192.0.2.8', ttl: 720 })
    await operator.add(secret, { san: [name], target: EDGE })
    await operator.apply(secret, { force: true })
    await third.add(name, { target: OTHER_EDGE, ownership: 'none' })
    const refused = await third.apply(name, { force: true }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'RECORD_TAKEN', message: expect.stringContaining('another tenant') })
    expect(String(refused)).not.toContain(secret)
    await third.remove(name)

    await third.add(name, { target: EDGE, ownership: 'none' })
    expect((await third.apply(name)).records).toMatchObject([{ outcome: 'kept' }])
    const { restored, warnings } = await operator.remove(secret)
    expect(restored).toEqual([])
    expect(warnings.join(' ')).toMatch(/for a domain of another tenant.*192\.0\.2\.8/)
    expect(aliases(name)).toEqual([EDGE])
    expect(await third.remove(name)).toMatchObject({ removed: [{ name }], restored: [] })
    expect(aliases(name)).toEqual([])
  })
})
