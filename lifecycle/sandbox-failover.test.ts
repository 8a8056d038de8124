import { describe, expect, test } from 'vitest'
import { txtAt } from './lookup.ts'
import { SECOND_CA } from './second-ca.ts'
import { failing, failureOf, type TwoCas, twoCas } from './two-cas.ts'

// Requirements C2: another CA is asked for what another CA could do better, and for nothing else.

const name = 'shop.example.test'
const MINUTE = 60_000

const eventsOf = async ({ engine }: TwoCas) => (await engine.domainctl.history(name)).map(({ event }) => event)

describe('the next CA issues', () => {
  test.each([
    ['429 at newOrder', failing('newOrder', 429, 'rateLimited', '3600')],
    ['503 at newOrder', failing('newOrder', 503, 'serverInternal')],
    ['500 at newAccount', failing('newAccount', 500, 'serverInternal')],
    ['500 at the authorization, with an order that is open', failing('authorization', 500, 'serverInternal')],
    ['503 at the challenge, before it was told to look', failing('challenge', 503, 'serverInternal')],
  ])('after %s', async (_, fault) => {
    await using scene = await twoCas()
    const { first, second, engine, world } = scene
    first.addFault(fault)
    const issued = await engine.domainctl.issue(name)
    expect(issued).toMatchObject({ issued: true, certificate: { ca: second.directoryUrl } })
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
    const events = await engine.domainctl.history(name)
    expect(events.find(({ event }) => event === 'ca.failover')).toMatchObject({
      message: expect.stringContaining(first.directoryUrl),
      details: { ca: first.directoryUrl, next: second.directoryUrl },
    })
    expect(second.requests.newOrder).toBe(1)
  })

  test('a CA that cannot be reached, and is then left alone for a minute, by every domain', async () => {
    await using scene = await twoCas()
    const { first, second, engine, world } = scene
    first.addFault(failing('directory', 500, 'serverInternal'))
    expect(await engine.domainctl.issue(name)).toMatchObject({ certificate: { ca: second.directoryUrl } })
    const asked = first.requests.directory
    expect(await engine.domainctl.issue('b.example.test')).toMatchObject({ certificate: { ca: second.directoryUrl } })
    const other = await engine.again()
    expect(await other.issue('c.example.test')).toMatchObject({ certificate: { ca: second.directoryUrl } })
    expect(first.requests.directory).toBe(asked)
    world.clock.advance(2 * MINUTE)
    expect(await other.issue('d.example.test')).toMatchObject({ certificate: { ca: second.directoryUrl } })
    expect(first.requests.directory).toBeGreaterThan(asked)
  })

  test('of single orders that fail, the third in a row is one too many; one that has recovered is the first again', async () => {
    await using scene = await twoCas()
    const { first, second, engine, world } = scene
    const fault = first.addFault(failing('newOrder', 503, 'serverInternal'))
    for (const one of ['a', 'b', 'c', 'd'])
      expect(await engine.domainctl.issue(`${one}.example.test`)).toMatchObject({ certificate: { ca: second.directoryUrl } })
    expect(first.requests.newOrder).toBe(3)
    fault.remove()
    expect(await engine.domainctl.issue('e.example.test')).toMatchObject({ certificate: { ca: second.directoryUrl } })
    world.clock.advance(2 * MINUTE)
    expect(await engine.domainctl.issue('f.example.test')).toMatchObject({ certificate: { ca: first.directoryUrl } })
    // What it failed at before is over.
    first.addFault({ ...failing('newOrder', 503, 'serverInternal'), nth: 1 })
    expect(await engine.domainctl.issue('g.example.test')).toMatchObject({ certificate: { ca: second.directoryUrl } })
    expect(await engine.domainctl.issue('h.example.test')).toMatchObject({ certificate: { ca: first.directoryUrl } })
  })

  test('a limit is of the one domain alone', async () => {
    await using scene = await twoCas()
    const { first, second, engine } = scene
    first.addFault({ ...failing('newOrder', 429, 'rateLimited', '3600'), nth: 1 })
    expect(await engine.domainctl.issue(name)).toMatchObject({ certificate: { ca: second.directoryUrl } })
    expect(await engine.domainctl.issue('b.example.test')).toMatchObject({ certificate: { ca: first.directoryUrl } })
  })

  test('only where CAA lets it: else both reasons are told', async () => {
    await using scene = await twoCas()
    const { world, first, second, engine } = scene
    world.sandbox.dns.add({ name: 'example.test', type: 'CAA', value: `0 issue "${first.caaIdentity}"` })
    first.addFault(failing('newOrder', 429, 'rateLimited', '3600'))
    const error = await failureOf(engine.domainctl.issue(name))
    expect(error).toMatchObject({ code: 'CA_RATE_LIMITED', kind: 'ca-unavailable', retryAt: expect.any(Date) })
    expect(error.message).toContain('refused with 429')
    expect(error.message).toContain(`CAA does not let ${SECOND_CA} issue`)
    expect(second.requests).toMatchObject({ newOrder: 0, newAccount: 0 })
  })
})

describe('the next CA is not asked', () => {
  test.each([
    ['a failed validation', failing('challenge', 403, 'unauthorized'), 'CA_REFUSED'],
    ['a refused name', failing('newOrder', 400, 'rejectedIdentifier'), 'CA_REFUSED'],
    ['CAA in the eyes of the CA', failing('finalize', 403, 'caa'), 'CA_REFUSED'],
    ['terms that have to be read', failing('newOrder', 403, 'userActionRequired'), 'CA_REFUSED'],
  ])('after %s', async (_, fault, code) => {
    await using scene = await twoCas()
    const { first, second, engine } = scene
    first.addFault(fault)
    expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code })
    expect(second.requests).toMatchObject({ newOrder: 0, newAccount: 0 })
    expect(await eventsOf(scene)).not.toContain('ca.failover')
  })

  test('while the first may be making the certificate: the order is kept for half an hour', async () => {
    await using scene = await twoCas()
    const { world, first, second, engine } = scene
    const fault = first.addFault(failing('finalize', 503, 'serverInternal'))
    expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_UNAVAILABLE' })
    expect(second.requests.newOrder).toBe(0)
    world.clock.advance(5 * MINUTE)
    expect(await failureOf(engine.domainctl.issue(name))).toMatchObject({ code: 'CA_UNAVAILABLE' })
    fault.remove()
    world.clock.advance(15 * MINUTE)
    expect(await engine.domainctl.issue(name)).toMatchObject({ certificate: { ca: first.directoryUrl } })
    expect(first.requests.newOrder).toBe(1)
    expect(second.requests.newOrder).toBe(0)
  })

  test('and after that half hour it is', async () => {
    await using scene = await twoCas()
    const { world, first, second, engine } = scene
    first.addFault(failing('finalize', 503, 'serverInternal'))
    await failureOf(engine.domainctl.issue(name))
    world.clock.advance(31 * MINUTE)
    expect(await engine.domainctl.issue(name)).toMatchObject({ certificate: { ca: second.directoryUrl } })
    expect(await eventsOf(scene)).toEqual(expect.arrayContaining(['order.ended', 'ca.failover']))
  })
})

test('both down: exit 5 with both reasons, and nobody is asked again before the time', async () => {
  await using scene = await twoCas()
  const { first, second, engine, world } = scene
  first.addFault(failing('newOrder', 429, 'rateLimited', '3600'))
  second.addFault(failing('newOrder', 503, 'serverInternal', '60'))
  const error = await failureOf(engine.domainctl.issue(name))
  expect(error).toMatchObject({ kind: 'ca-unavailable', retryAt: expect.any(Date) })
  expect(error.message).toContain('refused with 429')
  expect(error.message).toContain('refused with 503')
  const asked = [first.requests.newOrder, second.requests.newOrder]
  const again = await failureOf(engine.domainctl.issue(name))
  expect(again).toMatchObject({ kind: 'ca-unavailable', retryAt: expect.any(Date) })
  expect([first.requests.newOrder, second.requests.newOrder]).toEqual(asked)
  expect(await engine.domainctl.get(name)).toMatchObject({ attempts: 1 })
  expect(again.retryAt?.getTime()).toBeLessThanOrEqual(world.clock.now().getTime() + 2 * MINUTE)
  // A person may insist.
  await failureOf(engine.domainctl.issue(name, { force: true }))
  expect(first.requests.newOrder).toBeGreaterThan(asked[0] ?? 0)
})
