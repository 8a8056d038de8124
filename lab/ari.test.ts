import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '@domainctl/core'
import { expect, test } from 'vitest'
import { type Engine, openEngine } from '../lifecycle/engine.ts'
import { startFaultyLabWorld, startLabWorld } from './world.ts'

// Renewal information (RFC 9773) of Pebble: when to renew, and that the new certificate takes the place of the old one.

const NAME = 'example.test'
const HOUR = 3_600_000
const eventsOf = async ({ domainctl }: Engine) => (await domainctl.history(NAME)).map(({ event }) => event)

/** A window of an hour that began so long ago, in ms. */
const windowSince = (ago: number, explanationURL?: string) => ({
  suggestedWindow: {
    start: new Date(Date.now() - ago).toISOString(),
    end: new Date(Date.now() - ago + HOUR).toISOString(),
  },
  ...(explanationURL !== undefined && { explanationURL }),
})

test('a window that the CA moves to the past renews, and the order says what it replaces; a CA that does not have that is asked without', async () => {
  await using world = await startLabWorld({ pebble: { validityPeriod: 6 * 86_400 } })
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const first = await domainctl.issue(NAME)
  // A CA that gives advice is to be asked for it at once.
  expect(new Date(first.domain.nextActionAt ?? 0).getTime()).toBeLessThanOrEqual(Date.now())
  const { certificate } = await domainctl.export(NAME)

  // As it stands, Pebble advises half of the lifetime.
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 1, moved: 1 })
  expect(await domainctl.renewals({ all: true })).toMatchObject([{ due: false, at: expect.any(Date) }])
  const advised = (await domainctl.get(NAME)).certificate
  expect(advised?.renewReason).toMatch(/its CA wants it renewed between/)
  // What was chosen is kept, and it is not asked again before its time.
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 0, moved: 0 })
  expect((await domainctl.get(NAME)).certificate).toMatchObject({ renewAt: advised?.renewAt })

  await world.pebble.setRenewalInfo(certificate, windowSince(2 * HOUR, 'https://ca.test/incident-7'))
  const later = await engine.again({ runtime: { clock: { ...systemClock(), now: () => new Date(Date.now() + 25 * HOUR) } } })
  expect(await later.askRenewalAdvice()).toEqual({ asked: 1, moved: 1 })
  expect(await later.renewals()).toMatchObject([{ due: true, reason: expect.stringContaining('https://ca.test/incident-7') }])
  const second = await later.renew(NAME)
  expect(second).toMatchObject({ issued: true, reason: expect.stringContaining('incident-7') })
  expect(second.certificate.serial).not.toBe(first.certificate.serial)
  expect(await eventsOf(engine)).not.toContain('order.replaces_refused')
})

test('what was replaced already, by whomever, is renewed all the same', async () => {
  await using world = await startLabWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  // Another program with the same account (a copy of the state) replaces the certificate first.
  await using copy = await openEngine(world, { state: await copyOfState(engine) })
  expect(await copy.domainctl.renew(NAME, { force: true })).toMatchObject({ issued: true })
  const renewed = await engine.domainctl.renew(NAME, { force: true })
  expect(renewed).toMatchObject({ issued: true })
  const refused = (await engine.domainctl.history(NAME)).find(({ event }) => event === 'order.replaces_refused')
  expect(refused?.message).toMatch(/alreadyReplaced/)
})

test('a CA that has failed at an order which says what it replaces is asked again without', async () => {
  await using world = await startFaultyLabWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  await using copy = await openEngine(world, { state: await copyOfState(engine) })
  expect(await copy.domainctl.renew(NAME, { force: true })).toMatchObject({ issued: true })
  world.addFault({ resource: 'newOrder', nth: 1, refuse: { status: 500 } })
  await expect(engine.domainctl.renew(NAME, { force: true })).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  expect(await engine.domainctl.renew(NAME)).toMatchObject({ issued: true })
  // Pebble would have said that it was replaced already.
  expect(await eventsOf(engine)).not.toContain('order.replaces_refused')
})

/** The state as it is now, beside the one that is in use. */
async function copyOfState({ directory }: Engine): Promise<string> {
  const [state, copy] = [join(directory, 'state.db'), join(directory, 'copy.db')]
  const database = new DatabaseSync(state)
  database.exec(`vacuum into '${copy}'`)
  database.close()
  copyFileSync(`${state}.key`, `${copy}.key`)
  return `file:${copy}`
}
