import { type Clock, systemRandom } from '@domainctl/core'
import { expect, test } from 'vitest'
import { postgresMissing, startPostgres } from '../packages/core/src/store/postgres-server.test.support.ts'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

const name = 'shop.example.test'
const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const missing = postgresMissing('18')

test.skipIf(missing !== null)('machines whose clocks are ten minutes off renew by turns, and never twice', async () => {
  await using server = await startPostgres('18')
  await using world = await startSandboxWorld({ ca: { lifetimeSeconds: 6 * 86_400, renewalInfo: false } })
  const newState = async () => ({ state: await server.createDatabase(), encryptionKey: '0f'.repeat(32) })
  await using engine = await openEngine({ ...world, newState })
  const { clock } = world
  const off = (ms: number): Clock => ({ ...clock, now: () => new Date(clock.now().getTime() + ms) })
  const machine = (ms: number) => engine.again({ runtime: { clock: off(ms), random: systemRandom() } })
  const [ahead, behind] = [await machine(10 * MINUTE), await machine(-10 * MINUTE)]

  const { certificate } = await ahead.issue(name)
  for (const one of [behind, ahead]) {
    expect(await one.issue(name)).toMatchObject({ issued: false, certificate: { serial: certificate.serial } })
    expect(await one.renewals()).toEqual([])
  }
  // Between what the two take for the time of the renewal: one of them sees it due, and the other one does nothing twice.
  clock.advance(Date.parse(certificate.renewAt) - clock.now().getTime())
  expect(await behind.renew(name)).toMatchObject({ issued: false })
  expect(await ahead.renewals()).toMatchObject([{ name, due: true }])
  const renewal = await ahead.renew(name)
  expect(renewal).toMatchObject({ issued: true, domain: { status: 'active' } })
  expect(await behind.renew(name)).toMatchObject({ issued: false, certificate: { serial: renewal.certificate.serial } })

  clock.advance(4 * DAY)
  const outcomes = await Promise.allSettled([behind.renew(name), ahead.renew(name)])
  const issued = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value.issued)
  expect(issued).toHaveLength(1)
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : []))
  expect(refused.filter((code) => code !== 'LEASE_HELD')).toEqual([])
  expect(await behind.renew(name)).toMatchObject({ issued: false })
})
