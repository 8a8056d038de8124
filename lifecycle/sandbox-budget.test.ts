import { LETS_ENCRYPT_LIMITS, type RateLimits } from '@domainctl/sandbox'
import { describe, expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { startSecondCa } from './second-ca.ts'
import { failing, failureOf } from './two-cas.ts'

// The ledger of the CA's limits (requirements C4): it refuses before the CA would, and the CA never has to.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const name = 'shop.example.test'

/** What both have to know: the CA, which counts, and domainctl, which counts before it. */
interface Agreed {
  orders?: [count: number, windowMs: number]
  certificates?: [count: number, windowMs: number]
  duplicates?: [count: number, windowMs: number]
  failures?: [count: number, windowMs: number]
  accounts?: [count: number, windowMs: number]
}

const OF_CA = {
  orders: 'newOrdersPerAccount',
  certificates: 'certificatesPerDomain',
  duplicates: 'duplicateCertificates',
  failures: 'failedValidations',
  accounts: 'newAccounts',
} as const

const limitsOf = (agreed: Agreed) =>
  Object.fromEntries(Object.entries(agreed).map(([kind, [count, windowMs]]) => [kind, { count, windowMs }]))
const limitsOfCa = (agreed: Agreed): RateLimits =>
  Object.fromEntries(
    Object.entries(agreed).map(([kind, [count, windowMs]]) => [
      OF_CA[kind as keyof Agreed],
      { count, perSeconds: windowMs / SECOND },
    ]),
  )

interface Scene extends AsyncDisposable {
  world: SandboxWorld
  engine: Engine
  minutesUntil(at: Date | string | undefined): number
}

/** A CA with these limits, and a domainctl that knows of them; `known`: of others. */
async function sceneWith(agreed: Agreed, o: { known?: Agreed; renewalInfo?: boolean } = {}): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const ca = { limits: limitsOfCa(agreed), renewalInfo: o.renewalInfo ?? false }
  const world = opening.use(await startSandboxWorld({ ca }))
  const cas = { sandbox: { directory: world.ca, limits: limitsOf(o.known ?? agreed) } }
  const engine = opening.use(await openEngine(world, { cas }))
  const opened = opening.move()
  return {
    world,
    engine,
    minutesUntil: (at) => Math.round((new Date(at ?? 0).getTime() - world.clock.now().getTime()) / MINUTE),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const spent = { code: 'CA_BUDGET_SPENT', kind: 'ca-unavailable', actor: 'operator' }

describe('orders of an account', () => {
  const agreed: Agreed = { orders: [3, 3 * HOUR] }

  test('are refused before the CA is asked, until one comes back; then the CA takes it', async () => {
    await using scene = await sceneWith(agreed)
    const { engine, world } = scene
    for (const n of [1, 2, 3]) await engine.domainctl.issue(`n${n}.example.test`)
    const before = await world.requests()
    const error = await failureOf(engine.domainctl.issue(name))
    expect(error).toMatchObject(spent)
    expect(error.message).toContain('allows 3 new orders of an account in 3 hours; there is room for this one at ')
    expect(scene.minutesUntil(error.retryAt)).toBe(60)
    expect((await world.requests()).newOrder).toBe(before.newOrder)
    const domain = await engine.domainctl.get(name)
    expect(domain).toMatchObject({ attempts: 0, status: 'issuing', lastError: { code: 'CA_BUDGET_SPENT' } })
    expect(domain.nextActionAt).toBe(error.retryAt?.toISOString())
    expect((await engine.domainctl.history(name)).map(({ event }) => event)).toContain('order.postponed')
    world.clock.advance((error.retryAt?.getTime() ?? 0) - world.clock.now().getTime())
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    expect((await engine.domainctl.get(name)).lastError).toBeUndefined()
  })

  test('over restarts and for several processes at once, exactly as many as there are', async () => {
    await using scene = await sceneWith(agreed)
    await scene.engine.domainctl.issue('first.example.test')
    const others = await Promise.all([scene.engine.again(), scene.engine.again()])
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6].map((n) => (others[n % 2] ?? scene.engine.domainctl).issue(`n${n}.example.test`)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(spent)
    expect((await scene.world.requests()).newOrder).toBe(3)
  })

  test('each of many that are refused has a turn of its own, one after the other', async () => {
    await using scene = await sceneWith(agreed)
    for (const n of [1, 2, 3]) await scene.engine.domainctl.issue(`n${n}.example.test`)
    const late = ['a', 'b', 'c', 'd'].map((n) => `${n}.example.test`)
    const errors = await Promise.all(late.map((one) => failureOf(scene.engine.domainctl.issue(one))))
    const turns = errors.map(({ retryAt }) => scene.minutesUntil(retryAt))
    expect(turns.toSorted((a, b) => a - b)).toEqual([60, 120, 180, 240])
    // Who comes before its turn keeps it.
    const again = await Promise.all(late.map((one) => failureOf(scene.engine.domainctl.issue(one))))
    expect(again.map(({ retryAt }) => retryAt)).toEqual(errors.map(({ retryAt }) => retryAt))
  })

  test('that are back within half a minute are waited for', async () => {
    await using scene = await sceneWith({ orders: [1, 20 * SECOND] })
    await scene.engine.domainctl.issue('first.example.test')
    const told: string[] = []
    await scene.engine.domainctl.issue(name, { onProgress: ({ message }) => told.push(message) })
    expect(told.join()).toContain('waiting for room under the limits')
  })

  test('by force are ordered all the same, and counted', async () => {
    await using scene = await sceneWith({ orders: [9, 9 * HOUR] }, { known: { orders: [1, HOUR] } })
    await scene.engine.domainctl.issue('first.example.test')
    scene.world.clock.advance(30 * MINUTE)
    await scene.engine.domainctl.issue(name, { force: true })
    const error = await failureOf(scene.engine.domainctl.issue('third.example.test'))
    expect(scene.minutesUntil(error.retryAt)).toBe(60)
  })

  test('of a limit without an end in sight are refused as a setting', async () => {
    const opening = sceneWith({ orders: [9, 9 * HOUR] }, { known: { orders: [1, 1e300] } })
    expect(await failureOf(opening)).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('under a limit that was mistaken and is mended are not waited for by the old one', async () => {
    await using scene = await sceneWith({ orders: [9, 9 * HOUR] }, { known: { orders: [1, 400 * DAY] } })
    await scene.engine.domainctl.issue('first.example.test')
    expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject(spent)
    const cas = { sandbox: { directory: scene.world.ca, limits: limitsOf({ orders: [9, 9 * HOUR] }) } }
    const mended = await scene.engine.again({ cas })
    expect(await mended.issue(name)).toMatchObject({ issued: true })
  })

  test('that were agreed with the CA are known', async () => {
    await using scene = await sceneWith({ orders: [5, HOUR] }, { known: { orders: [5, HOUR] } })
    for (const n of [1, 2, 3, 4, 5]) await scene.engine.domainctl.issue(`n${n}.example.test`)
    expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject(spent)
  })
})

describe('certificates', () => {
  test('under one registrable domain are limited, under others not', async () => {
    await using scene = await sceneWith({ certificates: [2, 2 * DAY] })
    const { domainctl } = scene.engine
    for (const n of [1, 2]) await domainctl.issue(`n${n}.example.test`)
    expect(await failureOf(domainctl.issue(name))).toMatchObject({
      ...spent,
      message: expect.stringContaining('2 certificates for names under example.test in 2 days'),
    })
    expect(await domainctl.issue('a.validation.test')).toMatchObject({ issued: true })
    scene.world.clock.advance(DAY)
    expect(await domainctl.issue(name)).toMatchObject({ issued: true })
  })

  test('for exactly the same names again cost duplicates alone', async () => {
    await using scene = await sceneWith({ certificates: [1, 30 * DAY], orders: [1, 30 * DAY], duplicates: [3, 30 * DAY] })
    const { domainctl } = scene.engine
    await domainctl.issue(name)
    for (let n = 0; n < 2; n++) expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
    expect(await domainctl.budgets({ name })).toMatchObject([
      { kind: 'orders', left: 0, count: 1 },
      { kind: 'certificates', left: 0, counted: 'certificates for names under example.test' },
      { kind: 'duplicates', left: 0, counted: 'certificates for exactly shop.example.test' },
    ])
    scene.world.clock.advance(60.5 * DAY)
    expect(await domainctl.renew(name)).toMatchObject({ issued: true })
  })

  test('for the same names after 120 days are new ones', async () => {
    await using scene = await sceneWith({ orders: [9, 9 * HOUR], certificates: [1, 30 * DAY] })
    const { domainctl } = scene.engine
    await domainctl.issue(name)
    scene.world.clock.advance(121 * DAY)
    expect(await domainctl.renew(name)).toMatchObject({ issued: true })
    expect(await domainctl.budgets({ name })).toMatchObject([
      { kind: 'orders', left: 8 },
      { kind: 'certificates', left: 0 },
    ])
  })

  test('come back when an order ends without one, the order itself does not', async () => {
    await using scene = await sceneWith({ certificates: [1, 2 * DAY], duplicates: [1, 2 * DAY], orders: [9, 9 * HOUR] })
    const { world, engine } = scene
    const fault = world.sandbox.ca.addFault(failing('challenge', 403, 'unauthorized'))
    expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_REFUSED' })
    fault.remove()
    // The order is open still, and what it holds is its own.
    expect(await failureOf(engine.domainctl.issue('other.example.test'))).toMatchObject(spent)
    world.clock.advance(8 * DAY)
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
  })
})

test('what the order of a removed domain holds is there for others again', async () => {
  await using scene = await sceneWith({ certificates: [1, 30 * DAY], orders: [9, 9 * HOUR] })
  const { world, engine } = scene
  const fault = world.sandbox.ca.addFault(failing('challenge', 403, 'unauthorized'))
  expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_REFUSED' })
  fault.remove()
  await engine.domainctl.remove(name)
  expect(await engine.domainctl.issue('other.example.test')).toMatchObject({ issued: true })
  expect(await engine.domainctl.budgets()).toMatchObject([
    { kind: 'orders', left: 7 },
    { kind: 'certificates', left: 0 },
  ])
})

describe('orders that say what they replace', () => {
  const agreed: Agreed = { orders: [1, 30 * DAY], certificates: [1, 30 * DAY], duplicates: [3, 30 * DAY] }
  /** As the CA advises it from now on, by the time from now in ms. */
  const advise = async ({ engine: { domainctl }, world }: Scene, from: number, to: number) => {
    const now = world.clock.now().getTime()
    const { certificate } = await domainctl.export(name)
    world.sandbox.ca.setRenewalWindow(certificate, { start: new Date(now + from), end: new Date(now + to) })
  }

  test('within the advised window are exempt, and leave less for those that are not', async () => {
    await using scene = await sceneWith(agreed, { renewalInfo: true })
    const { domainctl } = scene.engine
    await domainctl.issue(name)
    for (let n = 0; n < 4; n++) {
      await advise(scene, -HOUR, HOUR)
      expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
    }
    expect(await domainctl.budgets({ name })).toMatchObject([{ left: 0 }, { left: 0 }, { kind: 'duplicates', left: 0 }])
  })

  test.each([
    ['before the window', HOUR, 2 * HOUR],
    ['after it, as in an incident', -2 * HOUR, -HOUR],
  ])('%s cost what any renewal of the same names does', async (_, from, to) => {
    await using scene = await sceneWith(agreed, { renewalInfo: true })
    const { domainctl } = scene.engine
    await domainctl.issue(name)
    await advise(scene, from, to)
    expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
    expect((await domainctl.history(name)).map(({ event }) => event)).not.toContain('order.replaces_refused')
    expect(await domainctl.budgets({ name })).toMatchObject([{ left: 0 }, { left: 0 }, { kind: 'duplicates', left: 1 }])
  })

  test('after the window are refused here, where the CA would', async () => {
    await using scene = await sceneWith({ duplicates: [1, 60 * DAY] }, { renewalInfo: true })
    const { world, engine } = scene
    await engine.domainctl.issue(name)
    world.clock.advance(DAY)
    await advise(scene, -2 * HOUR, -HOUR)
    const { newOrder } = await world.requests()
    expect(await failureOf(engine.domainctl.renew(name))).toMatchObject(spent)
    expect((await world.requests()).newOrder).toBe(newOrder)
  })

  test('are counted when the CA takes offence at that', async () => {
    await using scene = await sceneWith({ duplicates: [2, 2 * DAY] }, { renewalInfo: true })
    const { world, engine } = scene
    await engine.domainctl.issue(name)
    world.addFault({ resource: 'newOrder', nth: 1, refuse: { status: 409, type: 'alreadyReplaced' } })
    expect(await engine.domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
    world.clearFaults()
    world.addFault({ resource: 'newOrder', nth: 1, refuse: { status: 409, type: 'alreadyReplaced' } })
    const { newOrder = 0 } = await world.requests()
    world.clock.advance(61 * DAY)
    expect(await engine.domainctl.renew(name)).toMatchObject({ issued: true })
    expect((await world.requests()).newOrder).toBe(newOrder + 2)
  })
})

// Elsewhere loopback has one address.
describe.skipIf(process.platform === 'darwin')('failed validations', () => {
  test('of a name are counted, and no order is made for it until there is room for one more', async () => {
    const agreed: Agreed = { failures: [2, 2 * HOUR] }
    // The secondary shows nothing in time, and nobody looks before the CA does.
    await using world = await startSandboxWorld({ nameServers: 2, lagMs: 30 * MINUTE, ca: { limits: limitsOfCa(agreed) } })
    const cas = { sandbox: { directory: world.ca, limits: limitsOf(agreed) } }
    await using engine = await openEngine(world, { cas, propagation: { mode: 'none' } })
    for (let n = 0; n < 2; n++)
      expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_VALIDATION_FAILED' })
    const { newOrder } = await world.requests()
    const error = await failureOf(engine.domainctl.issue(name))
    expect(error).toMatchObject({ ...spent, message: expect.stringContaining(`2 failed validations of ${name} in 2 hours`) })
    expect((await world.requests()).newOrder).toBe(newOrder)
    // What it failed with is what is to be mended, and stays to be seen.
    expect((await engine.domainctl.history(name)).map(({ event }) => event)).toContain('order.failed')
    world.clock.advance((error.retryAt?.getTime() ?? 0) - world.clock.now().getTime())
    expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_VALIDATION_FAILED' })
  })
})

describe('what the CA says', () => {
  test('of one of its limits is known for all domains; of what nobody knows, for the one', async () => {
    await using scene = await sceneWith({ certificates: [1, 2 * DAY] }, { known: { certificates: [50, 100 * DAY] } })
    const { world, engine } = scene
    await engine.domainctl.issue('first.example.test')
    expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_RATE_LIMITED' })
    const { newOrder } = await world.requests()
    const error = await failureOf(engine.domainctl.issue('other.example.test'))
    expect(error).toMatchObject(spent)
    expect(scene.minutesUntil(error.retryAt)).toBe((2 * DAY) / MINUTE)
    expect((await world.requests()).newOrder).toBe(newOrder)
    world.sandbox.ca.addFault(failing('newOrder', 429, 'rateLimited', '86400'))
    expect(await failureOf(engine.domainctl.issue('a.validation.test'))).toMatchObject({ code: 'CA_RATE_LIMITED' })
    expect(await failureOf(engine.domainctl.issue('b.validation.test'))).toMatchObject({ code: 'CA_RATE_LIMITED' })
  })
})

test('what the CA says of a limit keeps nobody waiting for longer than any wait is kept', async () => {
  const agreed: Agreed = { certificates: [1, 60 * DAY] }
  await using scene = await sceneWith(agreed, { known: { certificates: [50, 7 * DAY] } })
  await scene.engine.domainctl.issue('first.example.test')
  expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject({ code: 'CA_RATE_LIMITED' })
  const error = await failureOf(scene.engine.domainctl.issue('other.example.test'))
  expect(error).toMatchObject(spent)
  expect(scene.minutesUntil(error.retryAt)).toBe((7 * DAY) / MINUTE)
})

describe('accounts', () => {
  test('are made as often as the CA allows', async () => {
    await using scene = await sceneWith({ accounts: [1, DAY] })
    const { engine, world } = scene
    await engine.domainctl.issue(name)
    expect(await engine.domainctl.budgets()).toMatchObject([{ kind: 'accounts', left: 0, count: 1 }])
    expect((await world.requests()).newAccount).toBe(1)
  })
})

test('the next CA of the list is asked when one has no room, and all of them say when they will', async () => {
  await using world = await startSandboxWorld({ ca: { limits: limitsOfCa({ orders: [1, HOUR] }) } })
  await using second = await startSecondCa(world)
  const limits = limitsOf({ orders: [1, HOUR] })
  const [one, two] = [world.ca, second.directoryUrl]
  await using engine = await openEngine(world, {
    ca: ['one', 'two'],
    cas: { one: { directory: one, limits }, two: { directory: two, limits } },
    caRoots: world.tlsRoot + second.tlsRoot,
  })
  expect(await engine.domainctl.issue('a.example.test')).toMatchObject({ certificate: { ca: one } })
  expect(await engine.domainctl.issue('b.example.test')).toMatchObject({ certificate: { ca: two } })
  const error = await failureOf(engine.domainctl.issue('c.example.test'))
  expect(error).toMatchObject(spent)
  for (const ca of [one, two]) expect(error.message).toContain(`${ca} allows 1 new orders of an account in 1 hour`)
  expect(await engine.domainctl.get('c.example.test')).toMatchObject({ attempts: 0 })
})

describe('an order that may have reached the CA', () => {
  const used = async ({ engine }: Scene) => {
    const [orders] = await engine.domainctl.budgets({ name })
    return 9 - (orders?.left ?? 0)
  }

  test('and is found there, is one', async () => {
    await using scene = await sceneWith({ orders: [9, 9 * HOUR] })
    scene.world.addFault({ resource: 'newOrder', nth: 1, loseAnswer: true })
    expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject({ code: 'CA_UNREACHABLE' })
    expect(await used(scene)).toBe(1)
    await scene.engine.domainctl.issue(name)
    expect(await used(scene)).toBe(1)
  })

  test('and is not, is counted beside the one that is made again', async () => {
    await using scene = await sceneWith({ orders: [9, 9 * HOUR] })
    scene.world.addFault({ resource: 'newOrder', nth: 1, refuse: { status: 503 } })
    expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject({ code: 'CA_UNAVAILABLE' })
    await scene.engine.domainctl.issue(name)
    expect(await used(scene)).toBe(2)
  })

  test('and is sent again for hours, is counted when it was sent', async () => {
    await using scene = await sceneWith({ orders: [9, 9 * HOUR] })
    const fault = scene.world.sandbox.ca.addFault(failing('newOrder', 503, 'serverInternal'))
    for (let n = 0; n < 4; n++) {
      expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject({ code: 'CA_UNAVAILABLE' })
      scene.world.clock.advance(2 * HOUR)
    }
    fault.remove()
    await scene.engine.domainctl.issue(name)
    expect(await used(scene)).toBeLessThanOrEqual(2)
  })

  test('waits for room before it is made again, and stays its own', async () => {
    await using scene = await sceneWith({ orders: [1, HOUR] })
    scene.world.addFault({ resource: 'newOrder', nth: 1, refuse: { status: 503 } })
    expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject({ code: 'CA_UNAVAILABLE' })
    expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject(spent)
    scene.world.clock.advance(HOUR)
    expect(await scene.engine.domainctl.issue(name)).toMatchObject({ issued: true })
    const events = (await scene.engine.domainctl.history(name)).map(({ event }) => event)
    expect(events.filter((event) => event === 'order.planned')).toHaveLength(1)
  })
})

test("under Let's Encrypt's own limits, fifty-six names of one domain: fifty now, the rest one after the other", async () => {
  await using world = await startSandboxWorld({ ca: { limits: LETS_ENCRYPT_LIMITS, renewalInfo: false } })
  const limits = limitsOf({ orders: [300, 3 * HOUR], certificates: [50, 7 * DAY], duplicates: [5, 7 * DAY], failures: [5, HOUR] })
  await using engine = await openEngine(world, { cas: { le: { directory: world.ca, limits } } })
  const names = Array.from({ length: 56 }, (_, n) => `n${n}.example.test`)
  const outcomes: { one: string; at: number }[] = []
  for (let from = 0; from < names.length; from += 8) {
    const settled = await Promise.allSettled(names.slice(from, from + 8).map((one) => engine.domainctl.issue(one)))
    for (const [i, outcome] of settled.entries()) {
      if (outcome.status === 'fulfilled') continue
      expect(outcome.reason).toMatchObject(spent)
      outcomes.push({ one: names[from + i] ?? '', at: outcome.reason.retryAt.getTime() })
    }
  }
  expect(outcomes).toHaveLength(6)
  for (const { one, at } of outcomes.toSorted((a, b) => a.at - b.at)) {
    world.clock.advance(Math.max(0, at - world.clock.now().getTime()))
    expect(await engine.domainctl.issue(one)).toMatchObject({ issued: true })
  }
})
