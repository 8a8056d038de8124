import { describe, expect, test } from 'vitest'
import { openEngine } from './engine.ts'
import { txtAt } from './lookup.ts'
import { startSandboxWorld } from './sandbox-world.ts'

// What domainctl makes of name servers and records that a sandbox makes worse: each test has one of its own.

const name = 'shop.example.test'
const MINUTE = 60_000
const DAY = 86_400_000

// Elsewhere loopback has one address.
describe.skipIf(process.platform === 'darwin')('a secondary that lags', () => {
  test('the CA is told only when it shows the record too', async () => {
    await using world = await startSandboxWorld({ nameServers: 2, lagMs: 150 })
    await using engine = await openEngine(world)
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    expect((await world.requests()).challenge).toBe(1)
  })

  test('one that is too slow is named, the record stays, and a later run goes on with the same order', async () => {
    await using world = await startSandboxWorld({ nameServers: 2, lagMs: 30 * MINUTE })
    await using engine = await openEngine(world, { propagation: { timeoutMs: 100 } })
    const error = await engine.domainctl.issue(name).catch((error) => error)
    expect(error).toMatchObject({ code: 'DNS_NOT_PROPAGATED' })
    expect(error.message).toContain(world.servers[1]?.split(':')[0])
    expect((await world.requests()).challenge).toBe(0)
    expect(await txtAt(world, `_acme-challenge.${name}`)).toHaveLength(1)

    world.clock.advance(31 * MINUTE)
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    expect((await world.requests()).newOrder).toBe(1)
  })

  test('a CA that is told too early refuses: the order has ended, and no record stays', async () => {
    await using world = await startSandboxWorld({ nameServers: 2, lagMs: 30 * MINUTE })
    await using engine = await openEngine(world, { propagation: { mode: 'none' } })
    const error = await engine.domainctl.issue(name).catch((error) => error)
    expect(error).toMatchObject({ code: 'CA_VALIDATION_FAILED', kind: 'ca-refused' })
    expect(error.message).toContain(name)
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
  })
})

describe('CAA', () => {
  test('that forbids is told as such, and the name is issued for once it allows', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { dns } = world.sandbox
    dns.add({ name: 'example.test', type: 'CAA', value: '0 issue "ca.elsewhere.test"' })
    const error = await engine.domainctl.issue(name).catch((error) => error)
    expect(error).toMatchObject({ code: 'CA_VALIDATION_FAILED', kind: 'ca-refused' })
    expect(error.cause).toMatchObject({ problem: { type: 'urn:ietf:params:acme:error:caa' } })
    expect(error.message).toContain(name)
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])

    dns.add({ name: 'example.test', type: 'CAA', value: `0 issue "${world.sandbox.ca.caaIdentity}"` })
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
  })

  test('that forbids when a proof is taken over after weeks: refused at the end, and issued once it allows', async () => {
    await using world = await startSandboxWorld({ ca: { reuseAuthorizations: true } })
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    await engine.domainctl.issue(name)
    world.clock.advance(20 * DAY)
    dns.add({ name: 'example.test', type: 'CAA', value: '0 issue "ca.elsewhere.test"' })
    const error = await engine.domainctl.renew(name, { force: true }).catch((error) => error)
    expect(error).toMatchObject({ kind: 'ca-refused', cause: { problem: { type: 'urn:ietf:params:acme:error:caa' } } })
    expect(ca.requests).toMatchObject({ challenge: 1, finalize: 2, certificate: 1 })
    expect(await engine.domainctl.get(name)).toMatchObject({ status: 'active' })

    dns.add({ name: 'example.test', type: 'CAA', value: `0 issue "${ca.caaIdentity}"` })
    expect(await engine.domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
  })

  test('that forbids wildcards alone', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.sandbox.dns.add({ name: 'example.test', type: 'CAA', value: '0 issuewild ";"' })
    await expect(engine.domainctl.issue('wild.example.test', { wildcard: true })).rejects.toMatchObject({
      code: 'CA_VALIDATION_FAILED',
      cause: { problem: { type: 'urn:ietf:params:acme:error:caa' } },
    })
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
  })
})
