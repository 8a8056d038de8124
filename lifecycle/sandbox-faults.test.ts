import { join } from 'node:path'
import { inParallel, verifyState } from '@domainctl/core'
import { describe, expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { txtAt } from './lookup.ts'
import { startSandboxWorld } from './sandbox-world.ts'
import type { CaResource, World } from './world.ts'

// What domainctl makes of a CA that a sandbox makes worse: each test has one of its own.

const name = 'shop.example.test'

/** The requests of a first issuance, in their order. */
const stations = [
  'directory',
  'newNonce',
  'newAccount',
  'newOrder',
  'authorization',
  'challenge',
  'order',
  'finalize',
  'certificate',
] as const satisfies readonly CaResource[]

async function eventsOf({ domainctl }: Engine): Promise<string[]> {
  return (await domainctl.history(name, { limit: 1000 })).map(({ event }) => event)
}

/** The next run: it ends what was begun, with one account and one key, and leaves no record. */
async function expectNextRunToEndIt(world: World, engine: Engine): Promise<void> {
  expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true, domain: { status: 'active', attempts: 0 } })
  expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
  const events = await eventsOf(engine)
  expect(events.filter((event) => event === 'order.planned')).toHaveLength(1)
  expect(events.filter((event) => event === 'certificate.stored')).toHaveLength(1)
}

describe('the CA fails once', () => {
  test.each(stations)('500 for %s: no record stays, and the next run goes on', async (resource) => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const fault = world.addFault({ resource, nth: 1, refuse: { status: 500 } })
    const error = await engine.domainctl.issue(name).catch((error) => error)
    expect(error).toMatchObject({ code: 'CA_UNAVAILABLE', kind: 'ca-unavailable', actor: 'ca', retryAt: expect.any(Date) })
    expect(fault.hits).toBe(1)
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
    await expectNextRunToEndIt(world, engine)
  })

  test('500 for the second of three authorizations', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.addFault({ resource: 'authorization', nth: 2, refuse: { status: 500 } })
    const san = [`www.${name}`, `mail.${name}`]
    await expect(engine.domainctl.issue(name, { san })).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
    await expectNextRunToEndIt(world, engine)
    expect((await world.requests()).newOrder).toBe(1)
  })

  test.each(stations)('the answer to %s is lost: nothing is ordered or issued twice', async (resource) => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.addFault({ resource, nth: 1, loseAnswer: true })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNREACHABLE' })
    await expectNextRunToEndIt(world, engine)
    expect(await world.requests()).toMatchObject({ newOrder: 1, challenge: 1, finalize: 1 })
  })

  test('an order whose answer was lost is found among those of the account', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    await engine.domainctl.issue('other.example.test')
    world.addFault({ resource: 'newOrder', nth: 1, loseAnswer: true })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNREACHABLE' })
    await expectNextRunToEndIt(world, engine)
    expect(await eventsOf(engine)).toContain('order.adopted')
    expect(world.sandbox.ca.requests.orders).toBeGreaterThan(0)
    expect((await world.requests()).newOrder).toBe(2)
  })
})

describe('an answer of the CA cannot be read', () => {
  const unread = stations.filter((resource) => !['directory', 'newNonce', 'challenge'].includes(resource))
  test.each(unread)('that to %s: nothing is ordered or issued twice', async (resource) => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.sandbox.ca.addFault({ resource, nth: 1, answer: 'cut-off' })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ kind: 'ca-refused', actor: 'ca' })
    await expectNextRunToEndIt(world, engine)
    expect(await world.requests()).toMatchObject({ newOrder: 1, challenge: 1, finalize: 1 })
  })
})

describe('an order whose answer was lost', () => {
  test('and a list of orders that is limited: the order is found when the list is there again', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.addFault({ resource: 'newOrder', nth: 1, loseAnswer: true })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNREACHABLE' })
    world.sandbox.ca.addFault({ resource: 'orders', nth: 1, answer: { status: 429, type: 'rateLimited', detail: 'Later' } })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_RATE_LIMITED' })
    await expectNextRunToEndIt(world, engine)
    expect((await world.requests()).newOrder).toBe(1)
  })

  test('is found, however many others were ordered since', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.addFault({ resource: 'newOrder', nth: 1, loseAnswer: true })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNREACHABLE' })
    const others = Array.from({ length: 40 }, (_, n) => `other${n}.example.test`)
    await inParallel(others, 8, (other) => engine.domainctl.issue(other))
    await expectNextRunToEndIt(world, engine)
    expect((await world.requests()).newOrder).toBe(1 + others.length)
  })

  test('and a CA that names a list of orders and has none: it is ordered again, and the history says so', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.addFault({ resource: 'newOrder', nth: 1, loseAnswer: true })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNREACHABLE' })
    world.sandbox.ca.addFault({ resource: 'orders', answer: { status: 404, type: 'malformed', detail: 'Not found' } })
    await expectNextRunToEndIt(world, engine)
    expect(await eventsOf(engine)).toContain('order.possible_duplicate')
    expect((await world.requests()).newOrder).toBe(2)
  })
})

describe('an order that is continued', () => {
  test('after its time, once it was finalized: it has its certificate', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.addFault({ resource: 'certificate', nth: 1, refuse: { status: 503 } })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
    world.clock.advance(8 * 86_400_000)
    await expectNextRunToEndIt(world, engine)
    expect(await world.requests()).toMatchObject({ newOrder: 1, finalize: 1 })
  })

  test('at a CA that seems to have forgotten the account: by the same key it finds both', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    world.addFault({ resource: 'finalize', nth: 1, refuse: { status: 503 } })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
    world.addFault({ resource: 'order', nth: 1, refuse: { status: 400, type: 'accountDoesNotExist' } })
    await expectNextRunToEndIt(world, engine)
    expect(await world.requests()).toMatchObject({ newAccount: 2, newOrder: 1 })
  })
})

describe('nonces', () => {
  test('a request whose nonce is refused is asked again, and is one order', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { requests, settings } = world.sandbox.ca
    const get = () => (requests.newOrder > 0 && requests.newOrder <= 3 ? 1 : 0)
    Object.defineProperty(settings, 'nonceReject', { get })
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    expect(requests.newOrder).toBe(4)
    expect(await eventsOf(engine)).not.toContain('order.failed')
  })

  test('a CA that knows none of its nonces is given up soon', async () => {
    await using world = await startSandboxWorld({ ca: { nonceReject: 1 } })
    await using engine = await openEngine(world)
    const error = await engine.domainctl.issue(name).catch((error) => error)
    expect(error).toMatchObject({ code: 'CA_UNAVAILABLE', message: expect.stringContaining('one nonce after another') })
    expect(world.sandbox.ca.requests.newAccount).toBeLessThan(12)
    world.sandbox.ca.settings.nonceReject = 0
    await expectNextRunToEndIt(world, engine)
  })
})

describe('a CA that takes its time', () => {
  test('processing for three looks', async () => {
    await using world = await startSandboxWorld({ ca: { processingLooks: 3 } })
    await using engine = await openEngine(world)
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    // One at least until it was ready, three that said processing, and the one that said valid.
    expect(world.sandbox.ca.requests.order).toBeGreaterThanOrEqual(5)
    expect(world.sandbox.ca.requests.finalize).toBe(1)
  })

  test.each([
    ['seconds', () => 8],
    ['a date', (now: Date) => new Date(now.getTime() + 8_000)],
  ])('Retry-After as %s is waited for', async (_, retryAfter) => {
    await using world = await startSandboxWorld({ ca: { processingLooks: 1 } })
    await using engine = await openEngine(world)
    const { clock } = world
    world.sandbox.ca.settings.retryAfter = {
      get authorization() {
        return retryAfter(clock.now())
      },
      get order() {
        return retryAfter(clock.now())
      },
    }
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    // After the challenge, the finalization and the one look that said processing. A date has no fractions of a second.
    expect(clock.jumps).toHaveLength(3)
    for (const ms of clock.jumps) expect(Math.ceil(ms / 1000) * 1000).toBe(8_000)
  })
})

test('names that were proven before are not proven again where the CA keeps its authorizations', async () => {
  await using world = await startSandboxWorld({ ca: { reuseAuthorizations: true } })
  await using engine = await openEngine(world)
  await engine.domainctl.issue(name)
  const { challenge } = await world.requests()
  expect(await engine.domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
  expect((await world.requests()).challenge).toBe(challenge)
  expect((await eventsOf(engine)).filter((event) => event === 'record.planned')).toHaveLength(1)
})

test('the account serves all tenants: what one of them has got, and has open, is no damage of the state', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, { tenant: 'customer' })
  const own = { provider: 'rfc2136', ownership: 'none' } as const
  await engine.domainctl.issue('good.example.test', own)
  world.addFault({ resource: 'newOrder', refuse: { status: 500 } })
  await expect(engine.domainctl.issue(name, own)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  expect((await verifyState({ state: `file:${join(engine.directory, 'state.db')}` })).findings).toEqual([])
})
