import { describe, expect, test } from 'vitest'
import { openEngine } from './engine.ts'
import { txtAt } from './lookup.ts'
import { startSandboxWorld } from './sandbox-world.ts'

// What domainctl makes of name servers and records that a sandbox makes worse: each test has one of its own.

const name = 'shop.example.test'
const MINUTE = 60_000

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
