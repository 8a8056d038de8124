import { describe, expect, test } from 'vitest'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'
import { failing, failureOf, type TwoCas, twoCas } from './two-cas.ts'

// What CAs ask for is kept, by the CA, and ends; what one of them says stands in the way of no other.

const name = 'shop.example.test'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEK = String((7 * DAY) / 1000)

const stateOf = ({ engine }: TwoCas, of = name) => engine.domainctl.get(of)
const minutesUntil = ({ world }: TwoCas, at: Date | string | undefined) =>
  at === undefined ? undefined : Math.round((new Date(at).getTime() - world.clock.now().getTime()) / MINUTE)
const challenges = async (scene: TwoCas) =>
  (await stateOf(scene)).records.filter(({ purpose }) => purpose === 'challenge').map(({ value }) => value)

describe('when it is tried again', () => {
  test('as soon as one of the CAs may do better, however long the other wants', async () => {
    await using scene = await twoCas()
    scene.first.addFault(failing('newOrder', 429, 'rateLimited', WEEK))
    scene.second.addFault(failing('newOrder', 503, 'serverInternal'))
    const error = await failureOf(scene.engine.domainctl.issue(name))
    expect(minutesUntil(scene, error.retryAt)).toBe(1)
    const { nextActionAt, lastError } = await stateOf(scene)
    expect(minutesUntil(scene, nextActionAt)).toBe(1)
    expect(lastError).toMatchObject({ code: 'CA_RATE_LIMITED', retryAt: nextActionAt })
  })

  test('that a CA is limited is kept when the next one cannot be used at all', async () => {
    await using scene = await twoCas()
    scene.first.addFault(failing('newOrder', 429, 'rateLimited', '86400'))
    scene.second.addFault(failing('directory', 404, 'malformed'))
    for (let i = 0; i < 3; i++) {
      expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject({ code: 'CA_NOT_ACME' })
      scene.world.clock.advance(2 * MINUTE)
    }
    expect(scene.first.requests.newOrder).toBe(1)
    expect(await stateOf(scene)).toMatchObject({ attempts: 1, lastError: { code: 'CA_NOT_ACME' } })
  })

  test('a name is not given up for what one CA refuses while the other was only down', async () => {
    await using scene = await twoCas()
    const fault = scene.first.addFault(failing('newOrder', 503, 'serverInternal'))
    scene.second.addFault(failing('newOrder', 400, 'rejectedIdentifier'))
    expect(await failureOf(scene.engine.domainctl.issue(name))).toMatchObject({ code: 'CA_REFUSED' })
    expect(await stateOf(scene)).toMatchObject({ status: 'issuing', attempts: 1 })
    fault.remove()
    expect(await scene.engine.domainctl.issue(name)).toMatchObject({ certificate: { ca: scene.first.directoryUrl } })
  })

  test('what was not asked is not counted, and comes when it may', async () => {
    await using scene = await twoCas()
    const { world, second, engine } = scene
    world.sandbox.dns.add({ name: 'example.test', type: 'CAA', value: `0 issue "${second.caaIdentity}"` })
    second.addFault(failing('newOrder', 429, 'rateLimited', '86400'))
    for (let i = 0; i < 12; i++) {
      expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_RATE_LIMITED' })
      world.clock.advance(20 * MINUTE)
    }
    expect(await stateOf(scene)).toMatchObject({ status: 'issuing', attempts: 1 })
    expect(second.requests.newOrder).toBe(1)
  })

  test('what is told does not grow', async () => {
    await using scene = await twoCas()
    const { first, second, world, engine } = scene
    first.addFault(failing('newOrder', 429, 'rateLimited', String((6 * DAY) / 1000)))
    second.addFault(failing('newOrder', 429, 'rateLimited', '60'))
    const messages: string[] = []
    for (let i = 0; i < 4; i++) {
      messages.push((await failureOf(engine.domainctl.issue(name))).message)
      world.clock.advance(2 * MINUTE)
    }
    expect(new Set(messages.slice(1)).size).toBe(1)
    expect(messages[1]).toContain(`${first.directoryUrl} is left alone until `)
    expect(messages[1]?.match(/refused with 429/g)).toHaveLength(2)
  })
})

test('a certificate that is about to end waits for nobody', async () => {
  await using scene = await twoCas()
  const { world, engine } = scene
  const { certificate } = await engine.domainctl.issue(name)
  world.clock.advance(new Date(certificate.notAfter).getTime() - world.clock.now().getTime() - 6 * DAY)
  const faults = [scene.first, scene.second].map((ca) => ca.addFault(failing('newOrder', 429, 'rateLimited', WEEK)))
  // The emergency begins four and a half days before the end.
  expect(minutesUntil(scene, (await failureOf(engine.domainctl.renew(name))).retryAt)).toBe((1.5 * DAY) / MINUTE)
  expect(await engine.domainctl.renewals()).toEqual([])
  for (const fault of faults) fault.remove()
  world.clock.advance(1.5 * DAY + MINUTE)
  expect(await engine.domainctl.renewals()).toMatchObject([{ due: true, reason: expect.stringContaining('it expires at') }])
  expect(await engine.domainctl.renew(name)).toMatchObject({ issued: true })
})

test('after an outage of our own line whoever is first back is asked', async () => {
  await using scene = await twoCas()
  const { first, second, world, engine } = scene
  const faults = [first, second].map((ca) => ca.addFault(failing('directory', 503, 'serverInternal')))
  for (let hour = 0; hour < 6; hour++) {
    await failureOf(engine.domainctl.issue(`h${hour}.example.test`))
    world.clock.advance(HOUR)
  }
  await failureOf(engine.domainctl.issue(name))
  for (const fault of faults) fault.remove()
  expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
})

describe('an order that is kept', () => {
  test('is given up for the next CA once its patience is over, whatever the first asks for', async () => {
    await using scene = await twoCas()
    const { world, second, engine } = scene
    world.stayProcessing(86_400)
    const error = await failureOf(engine.domainctl.issue(name))
    expect(error).toMatchObject({ code: 'CA_STALLED' })
    expect(minutesUntil(scene, error.retryAt)).toBe(30)
    world.clock.advance(10 * MINUTE)
    expect(minutesUntil(scene, (await failureOf(engine.domainctl.issue(name))).retryAt)).toBe(20)
    expect(await stateOf(scene)).toMatchObject({ attempts: 1 })
    world.clock.advance(20 * MINUTE)
    expect(await engine.domainctl.issue(name)).toMatchObject({ certificate: { ca: second.directoryUrl } })
    const events = await engine.domainctl.history(name)
    expect(events.find(({ event }) => event === 'ca.no_failover')?.message).toContain('the order, which is kept')
  })

  const byHand = { provider: 'manual' } as const
  const o = { ownership: 'none' as const }

  test.each([
    ['before the CA was told to look', 1],
    ['while it looks', 2],
  ])('has the records that a person made: the CA fails once, %s', async (_, nth) => {
    await using scene = await twoCas(byHand)
    const { first, second, world, engine } = scene
    expect(await failureOf(engine.domainctl.issue(name, o))).toMatchObject({ code: 'DNS_RECORDS_WANTED' })
    const values = await challenges(scene)
    world.clock.advance(HOUR)
    await world.publish(values.map((value) => ({ name: `_acme-challenge.${name}`, type: 'TXT', value })))
    const fault = first.addFault({ ...failing('order', 503, 'serverInternal'), nth })
    expect(await failureOf(engine.domainctl.issue(name, o))).toMatchObject({ code: 'CA_UNAVAILABLE' })
    expect(fault.hits).toBe(1)
    expect(second.requests.newOrder).toBe(0)
    expect(await engine.domainctl.issue(name, o)).toMatchObject({ certificate: { ca: first.directoryUrl } })
    expect(first.requests.newOrder).toBe(1)
  })
})

/** How long a look may take; each begins with that. One is at the proofs, and for each order one at DNSSEC and one at CAA. */
const LOOK = 30_000
const LOOKS = 3

test('an order is looked up once for', async () => {
  await using scene = await twoCas()
  const { clock } = scene.world
  let looks = 0
  const every = (ms: number, task: () => void) => {
    if (ms === LOOK) looks++
    return clock.every(ms, task)
  }
  const domainctl = await scene.engine.again({ runtime: { clock: { ...clock, every } } })
  // The account is still to be made: CAA may name it.
  await domainctl.issue(name)
  looks = 0
  await domainctl.issue('b.example.test')
  expect(looks).toBe(LOOKS)
  const fault = scene.first.addFault(failing('finalize', 503, 'serverInternal'))
  await failureOf(domainctl.issue('c.example.test'))
  fault.remove()
  looks = 0
  // Before it is finalized, and not before it is known how far it is.
  expect(await domainctl.issue('c.example.test')).toMatchObject({ issued: true })
  expect(looks).toBe(LOOKS)
})

test('the roots of a CA are read once', async () => {
  await using world = await startSandboxWorld()
  let reads = 0
  const caRoots = async () => {
    reads++
    return world.tlsRoot
  }
  await using engine = await openEngine(world, { caRoots })
  await engine.domainctl.issue(name)
  await engine.domainctl.issue('b.example.test')
  expect(reads).toBe(1)
})
