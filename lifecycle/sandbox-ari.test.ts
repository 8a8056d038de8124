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
  expect(await engine.domainctl.renew(NAME)).toMatchObject({ issued: true, reason: 'a third of its lifetime is left' })
})
