import { expect, test } from 'vitest'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

// Renewal information (RFC 9773): when the CA wants a certificate renewed, and the order that says what it replaces.

const NAME = 'shop.example.test'
const HOUR = 3_600_000

test('a window that moves to the past makes it due, with the reason of the CA, and the order replaces the old one', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  const first = await domainctl.issue(NAME)
  const { certificate } = await domainctl.export(NAME)
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 1, moved: 1 })
  expect(await domainctl.renewals()).toEqual([])

  const start = new Date(world.clock.now().getTime() - 2 * HOUR)
  const explanationURL = 'https://ca.example.test/incident-7'
  ca.setRenewalWindow(certificate, { start, end: new Date(start.getTime() + HOUR), explanationURL })
  // Not asked before the CA wishes to be: six hours.
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 0, moved: 0 })
  world.clock.advance(13 * HOUR)
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 1, moved: 1 })
  expect(await domainctl.renewals()).toMatchObject([{ due: true, reason: expect.stringContaining(explanationURL) }])
  const second = await domainctl.renew(NAME)
  expect(second).toMatchObject({ issued: true })
  expect(second.certificate.serial).not.toBe(first.certificate.serial)
  const events = (await domainctl.history(NAME)).map(({ event }) => event)
  expect(events).not.toContain('order.replaces_refused')
  expect(ca.requests.renewalInfo).toBe(2)
})

test('a CA that does not answer keeps nothing from being renewed', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  world.sandbox.ca.addFault({ resource: 'renewalInfo', answer: { status: 503, type: 'serverInternal', detail: 'No.' } })
  world.clock.advance(61 * 24 * HOUR)
  expect(await engine.domainctl.renew(NAME)).toMatchObject({
    issued: true,
    reason: expect.stringContaining('a third of its lifetime is left'),
  })
})

test('advice that is always in the past gets no order after another, from `issue` as little as from `renew`', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  const pastWindow = async () => {
    const start = new Date(world.clock.now().getTime() - 2 * HOUR)
    ca.setRenewalWindow((await domainctl.export(NAME)).certificate, { start, end: new Date(start.getTime() + HOUR) })
    return domainctl.askRenewalAdvice()
  }
  await domainctl.issue(NAME)
  expect(await pastWindow()).toEqual({ asked: 1, moved: 1 })
  const orders = ca.requests.newOrder
  expect(await domainctl.renew(NAME)).toMatchObject({ issued: false, reason: expect.stringContaining('a short time ago') })
  const { issued, reason } = await domainctl.issue(NAME)
  expect([issued, reason]).toEqual([false, expect.stringContaining('is good until')])
  expect(ca.requests.newOrder).toBe(orders)
  // After the half day it is due for both; who insists is not kept waiting.
  expect(await domainctl.issue(NAME, { force: true })).toMatchObject({ issued: true })
  expect(await pastWindow()).toEqual({ asked: 1, moved: 1 })
  world.clock.advance(12 * HOUR)
  expect(await domainctl.issue(NAME)).toMatchObject({ issued: true })
  expect(await domainctl.issue(NAME)).toMatchObject({ issued: false })
})

test('a profile of six days: renewed at half of it as its CA advises, again and again, though the CA is away for a day', async () => {
  const shortlived = { description: 'Six days and sixteen hours.', lifetimeSeconds: 160 * 3600 }
  await using world = await startSandboxWorld({ ca: { profiles: { classic: { description: 'Ninety days.' }, shortlived } } })
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  let serial = (await domainctl.issue(NAME, { profile: 'shortlived' })).certificate.serial
  for (let generation = 1; generation <= 3; generation++) {
    await domainctl.askRenewalAdvice()
    const { certificate } = await domainctl.get(NAME)
    const ends = Date.parse(certificate?.notAfter ?? '')
    expect(ends - Date.parse(certificate?.notBefore ?? '')).toBeLessThanOrEqual(160 * HOUR)
    const left = ends - Date.parse(certificate?.renewAt ?? '')
    expect(Math.abs(left - 80 * HOUR)).toBeLessThan(4 * HOUR)
    world.clock.advance(ends - left - world.clock.now().getTime() + 1000)
    const away = ca.addFault({ resource: 'newOrder', answer: { status: 503, type: 'serverInternal', detail: 'Away.' } })
    const failure = await domainctl.renew(NAME).then(
      () => undefined,
      (error) => error,
    )
    expect(failure?.retryAt?.getTime()).toBeLessThan(ends)
    away.remove()
    world.clock.advance(24 * HOUR)
    expect(await domainctl.renewals()).toMatchObject([{ name: NAME, due: true }])
    const renewed = await domainctl.renew(NAME)
    expect(renewed).toMatchObject({ issued: true })
    expect(world.clock.now().getTime()).toBeLessThan(ends)
    expect(renewed.certificate.serial).not.toBe(serial)
    serial = renewed.certificate.serial
  }
})

test('a CA that wants to be asked again after no time at all is asked once a minute', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  ca.settings.retryAfter = { renewalInfo: 0 }
  await domainctl.issue(NAME)
  const asked = () => ca.requests.renewalInfo ?? 0
  for (let again = 0; again < 5; again++) await domainctl.askRenewalAdvice()
  await domainctl.renew(NAME)
  expect(asked()).toBe(1)
})
