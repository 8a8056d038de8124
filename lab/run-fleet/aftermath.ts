import { expect, vi } from 'vitest'
import { detailOf, expectOnceAtCa, expectRecordsTold } from '../chaos/aftermath.ts'
import type { ChaosState } from '../chaos/state.ts'
import { txtRecordsOf } from '../chaos/zone-journal.ts'
import type { LabWorld } from '../world.ts'
import type { Visitor } from './served.ts'

const ZONE = 'example.test'

/**
 * What has to hold when they have stopped, by the CA, the name servers, the visitor and the tables themselves.
 * @param lifetimeMs of each certificate: none is renewed before the least gap is over (C3), though Pebble would have it at any time
 */
export async function expectEachRenewedOnce(
  world: LabWorld,
  state: ChaosState,
  { names, visitor, lifetimeMs, least }: { names: readonly string[]; visitor: Visitor; lifetimeMs: number; least: number },
): Promise<void> {
  const certificates = await state.query(
    `select d.name, c.serial, c.not_before as at, o.url, o.state from certificates c
      join domains d on d.id = c.domain_id join orders o on o.id = c.order_id order by d.name, c.not_before, c.created_at`,
  )
  expect(new Set(certificates.map(({ state }) => state)), 'orders').toEqual(new Set(['stored']))
  await expectOnceAtCa(world, certificates)
  const bySerial = ({ serial }: Record<string, unknown>) => BigInt(`0x${serial}`).toString(16)
  for (const name of names) {
    const generations = certificates.filter((one) => one.name === name)
    expect(generations.length, name).toBeGreaterThanOrEqual(least)
    const times = generations.map(({ at }) => Number(at))
    const pauses = times.slice(1).map((at, n) => at - (times[n] ?? 0))
    expect(Math.min(...pauses), `${name}: renewed once when it was due`).toBeGreaterThanOrEqual(lifetimeMs / 10 - 2_000)
    expect(visitor.serials.get(name), `${name}: what was served, one after the other`).toEqual(generations.map(bySerial))
  }
  await expectNothingLeft(state)
  await expectWholeAudit(world, state, certificates)
  for (const server of world.servers)
    await vi.waitFor(async () => expect(await txtRecordsOf({ server, zone: ZONE }), `TXT at ${server}`).toEqual([]), {
      timeout: 20_000,
      interval: 200,
    })
}

async function expectNothingLeft(state: ChaosState): Promise<void> {
  const count = async (query: string) => Number((await state.query(`select count(*) as n from ${query}`))[0]?.n)
  expect({
    records: await count('records'),
    challenges: await count('http_challenges'),
    orders: await count("orders where state not in ('stored', 'invalid')"),
    leases: await count('domains where lease_until is not null or lease_owner is not null'),
    keyLeases: await count('key_leases'),
    undeployed: await count("deployments where status <> 'deployed' or next_attempt_at is not null"),
    elsewhere: await count('deployments p join domains d on d.id = p.domain_id where p.certificate_id <> d.certificate_id'),
    accounts: await count('accounts'),
  }).toEqual({ records: 0, challenges: 0, orders: 0, leases: 0, keyLeases: 0, undeployed: 0, elsewhere: 0, accounts: 1 })
}

/** For each certificate lines about its order, its coming and a deployment that was proven; for each record that it came and went. */
async function expectWholeAudit(
  world: LabWorld,
  state: ChaosState,
  certificates: readonly Record<string, unknown>[],
): Promise<void> {
  const lines = await state.query(
    'select d.name, a.event, a.message, a.details from audit a left join domains d on d.id = a.domain_id order by a.seq',
  )
  const of = (...events: string[]) => lines.filter((line) => events.includes(String(line.event)))
  const named = (rows: readonly Record<string, unknown>[]) => rows.map(({ name }) => String(name)).sort()
  const serials = (rows: readonly Record<string, unknown>[]) => rows.map((line) => `${line.name} ${detailOf(line, 'serial')}`)
  expect(serials(of('certificate.stored')).sort(), 'lines about certificates').toEqual(
    certificates.map(({ name, serial }) => `${name} ${serial}`).sort(),
  )
  expect(named(of('order.planned')), 'lines about orders planned').toEqual(named(certificates))
  expect(named(of('order.created', 'order.adopted')), 'lines about orders placed').toEqual(named(certificates))
  const proven = of('deployment.done').filter((line) => detailOf(line, 'proven') === 'true')
  const fingerprints = new Set(of('certificate.stored').map((line) => detailOf(line, 'fingerprint')))
  expect(new Set(proven.map((line) => detailOf(line, 'fingerprint'))), 'lines about proven deployments').toEqual(fingerprints)
  // Told not to, Pebble reuses the authorization of an earlier order for one in a hundred all the same: no record is wanted then.
  const reused = of('order.ready').filter(({ message }) => message === 'all authorizations were valid before')
  const published = named(certificates)
  for (const { name } of reused) published.splice(published.indexOf(String(name)), 1)
  expect(reused.length, 'orders of which no record was wanted').toBeLessThan(certificates.length / 5)
  await expectRecordsTold(world, lines, published)
}
