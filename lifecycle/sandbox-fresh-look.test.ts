import { describe, expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { failing, failureOf } from './two-cas.ts'

// Nothing retries a failed validation without a fresh look (requirements C5): no order is made while the next one would fail, too.

const name = 'shop.example.test'
const MINUTE = 60_000
const ELSEWHERE = { name, type: 'CAA', value: '0 issue "ca.elsewhere.test"' } as const

/** A world in which the CA looks in vain: the secondary is late, and nobody asks it before the CA does. */
const startLateWorld = () => startSandboxWorld({ nameServers: 2, lagMs: 30 * MINUTE })
const open = (world: SandboxWorld) => openEngine(world, { propagation: { mode: 'none' } })

async function failValidation(engine: Engine): Promise<void> {
  expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_VALIDATION_FAILED' })
}

// Elsewhere loopback has one address.
describe.skipIf(process.platform === 'darwin').each([
  ['as it is', {}],
  ['with --no-preflight', { preflight: false }],
  ['by force', { force: true }],
])('after a failed validation, %s', (_, options) => {
  test('CAA is looked at again before an order is made', async () => {
    await using world = await startLateWorld()
    await using engine = await open(world)
    await failValidation(engine)
    world.sandbox.dns.add(ELSEWHERE)
    world.clock.advance(60 * MINUTE)
    const { newOrder } = await world.requests()
    expect(await failureOf(engine.domainctl.issue(name, options))).toMatchObject({ code: 'DNS_CAA_FORBIDS' })
    expect((await world.requests()).newOrder).toBe(newOrder)
  })

  test('so is ownership, and a delegation', async () => {
    await using world = await startLateWorld()
    await using engine = await open(world)
    const { records } = await engine.domainctl.add(name, { ownership: 'txt', delegate: 'validation.test' })
    for (const { name, type, value } of records) world.sandbox.dns.add({ name, type, value })
    world.clock.advance(60 * MINUTE)
    await failValidation(engine)
    for (const purpose of ['ownership', 'delegation'] as const) {
      const record = records.find((one) => one.purpose === purpose)
      if (!record) throw new Error(`no ${purpose}`)
      const { name: at, type, value } = record
      world.sandbox.dns.remove({ name: at, type, value })
      world.clock.advance(60 * MINUTE)
      const { newOrder } = await world.requests()
      expect(await failureOf(engine.domainctl.issue(name, options))).toMatchObject({ code: 'DNS_NOT_READY' })
      expect((await world.requests()).newOrder).toBe(newOrder)
      world.sandbox.dns.add({ name: at, type, value })
      world.clock.advance(60 * MINUTE)
    }
  })

  test('also when an earlier run never heard that it had failed', async () => {
    await using world = await startLateWorld()
    await using engine = await open(world)
    const deaf = world.sandbox.ca.addFault(failing('order', 503, 'serverInternal'))
    expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_UNAVAILABLE' })
    deaf.remove()
    world.sandbox.dns.add(ELSEWHERE)
    world.clock.advance(60 * MINUTE)
    const { newOrder } = await world.requests()
    expect(await failureOf(engine.domainctl.issue(name, options))).toMatchObject({ code: 'DNS_CAA_FORBIDS' })
    expect((await world.requests()).newOrder).toBe(newOrder)
    expect((await engine.domainctl.history(name)).map(({ event }) => event)).toContain('order.ended')
  })
})

test('what is told of the next attempt', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  world.sandbox.ca.addFault(failing('newOrder', 503, 'serverInternal'))
  for (const minutes of [1, 10, 100]) {
    const now = world.clock.now().getTime()
    await failureOf(engine.domainctl.issue(name))
    const { retry } = await engine.domainctl.get(name)
    expect(retry).toMatchObject({
      class: 'fault of the CA',
      why: expect.stringContaining('after 1, 10, 100 minutes, then daily'),
    })
    // Up to a tenth later, at random.
    const after = (Date.parse(retry?.nextAttemptAt ?? '') - now) / MINUTE
    expect(after).toBeGreaterThanOrEqual(minutes)
    expect(after).toBeLessThan(minutes * 1.1 + 1)
  }
})
