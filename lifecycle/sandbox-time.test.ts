import { expect, test } from 'vitest'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

const name = 'shop.example.test'
const DAY = 86_400_000

test.each([
  // Half of what lives for less than 10 days is left, of the rest a third; up to a twelfth of the lifetime sooner.
  [6, 3],
  [90, 60],
])('of %d days, by a CA without advice: renewed after %d or somewhat sooner, and not before', async (days, due) => {
  await using world = await startSandboxWorld({ ca: { lifetimeSeconds: days * 86_400, renewalInfo: false } })
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { clock } = world
  const { certificate } = await domainctl.issue(name)
  const lifetime = Date.parse(certificate.notAfter) - Date.parse(certificate.notBefore)
  expect(Math.abs(lifetime - days * DAY)).toBeLessThanOrEqual(1000)
  const left = Date.parse(certificate.renewAt) - clock.now().getTime()
  expect(left).toBeLessThan(due * DAY + 60_000)
  expect(left).toBeGreaterThan((due - days / 12) * DAY - 60_000)

  clock.advance(left - 0.1 * DAY)
  expect(await domainctl.renewals()).toEqual([])
  expect(await domainctl.renew(name)).toMatchObject({ issued: false })

  clock.advance(0.2 * DAY)
  expect(await domainctl.renewals()).toMatchObject([{ name, due: true }])
  const renewal = await domainctl.renew(name)
  expect(renewal).toMatchObject({ issued: true, domain: { status: 'active' } })
  expect(renewal.certificate.serial).not.toBe(certificate.serial)
  expect(await domainctl.renewals()).toEqual([])
})

test('one that was let expire is renewed all the same', async () => {
  await using world = await startSandboxWorld({ ca: { lifetimeSeconds: 6 * 86_400 } })
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { clock } = world
  await domainctl.issue(name)
  clock.advance(7 * DAY)
  expect(await domainctl.renewals()).toMatchObject([{ name, due: true, reason: 'it has expired' }])
  expect(await domainctl.renew(name)).toMatchObject({ issued: true })
})

test('an order that was left open for longer than it lives is ended, and another one takes its place', async () => {
  await using world = await startSandboxWorld({ ca: { lifetimeSeconds: 90 * 86_400 } })
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { clock } = world
  await expect(domainctl.issue(name, { provider: 'manual', ownership: 'none' })).rejects.toMatchObject({
    code: 'DNS_RECORDS_WANTED',
  })
  clock.advance(8 * DAY)
  await expect(domainctl.issue(name)).rejects.toMatchObject({ code: 'DNS_RECORDS_WANTED' })
  const events = (await domainctl.history(name)).map(({ event }) => event)
  expect(events.filter((event) => event === 'order.created')).toHaveLength(2)
  expect(events).toContain('order.ended')
})

test('an ownership record may be away for 72 hours, and no renewal is made after that until it is back', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, { tenant: 'customer' })
  const { domainctl } = engine
  const { clock, sandbox } = world
  const { records } = await domainctl.add(name)
  const [proof] = records
  if (!proof) throw new Error('no ownership record is wanted')
  sandbox.dns.add({ name: proof.name, type: 'TXT', value: proof.value })
  await domainctl.issue(name)
  sandbox.dns.remove({ name: proof.name, type: 'TXT' })

  const first = clock.now().getTime()
  expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true, warnings: [expect.stringContaining(name)] })
  clock.advance(first + 3 * DAY - 60_000 - clock.now().getTime())
  expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true, warnings: [expect.anything()] })
  clock.advance(60_000)
  await expect(domainctl.renew(name, { force: true })).rejects.toMatchObject({ code: 'DNS_NOT_READY', actor: 'customer' })
  expect(await domainctl.get(name)).toMatchObject({ status: 'active' })

  sandbox.dns.add({ name: proof.name, type: 'TXT', value: proof.value })
  expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true, warnings: [] })
  // The clock of the 72 hours begins anew.
  sandbox.dns.remove({ name: proof.name, type: 'TXT' })
  expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
})
