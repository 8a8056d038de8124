import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createDomainctl, type Domainctl } from '@domainctl/core'
import { expect, vi } from 'vitest'
import { readChain } from '../../lifecycle/engine.ts'
import type { LabWorld } from '../world.ts'
import type { ChaosState } from './state.ts'
import { txtRecordsEverOf, txtRecordsOf } from './zone-journal.ts'

const ZONE = 'example.test'
/** How long a lease lasts (lifecycle/step.ts). */
const LEASE_MS = 60_000

/** No lease is given for longer than it may last, by the clock that it goes by; what was killed holds its own until then. */
export async function expectLeasesEnd(state: ChaosState): Promise<void> {
  const [latest] = await state.query(
    `select max(lease_until) - ${state.now} as ms from (select lease_until from domains union all select lease_until from key_leases) held`,
  )
  // No lease at all is null, which is 0.
  expect(Number(latest?.ms)).toBeLessThanOrEqual(LEASE_MS)
}

/** What has to hold once all is done, whatever befell those who did it: by the CA, the name servers and the tables themselves. */
export async function expectAllOnce(world: LabWorld, state: ChaosState, names: readonly string[]): Promise<void> {
  const certificates = await state.query(
    'select d.name, d.status, c.serial, o.url, o.state from domains d join certificates c on c.id = d.certificate_id join orders o on o.id = c.order_id',
  )
  const all = [...names].sort()
  expect(certificates.map(({ name }) => name).sort(), 'the live certificates').toEqual(all)
  expect(new Set(certificates.map(({ status, state }) => `${status}, ${state}`)), 'domains and orders').toEqual(
    new Set(['active, stored']),
  )
  await expectOnceAtCa(world, certificates)
  expect(await leftIn(state), 'left in the state').toEqual({
    certificates: names.length,
    records: 0,
    challenges: 0,
    orders: 0,
    leases: 0,
    keyLeases: 0,
    accounts: 1,
  })
  await expectWholeAudit(world, state, certificates)
  for (const server of world.servers)
    await vi.waitFor(async () => expect(await txtRecordsOf({ server, zone: ZONE }), `TXT at ${server}`).toEqual([]), {
      timeout: 20_000,
      interval: 200,
    })
  await expectKeysFit(world, state, names)
}

type Row = Record<string, unknown>

/** One order and one certificate for each name, and those are what the state has. */
export async function expectOnceAtCa({ pebble }: LabWorld, certificates: readonly Row[]): Promise<void> {
  const books = await pebble.books()
  const lastPart = (url: unknown) => String(url).split('/').at(-1)
  const bySerial = (serial: unknown) => BigInt(`0x${serial}`).toString(16)
  const issued = books.certificates.map(({ serial, order }) => `${bySerial(serial)} ${order}`)
  expect(issued.sort(), 'what the CA has issued').toEqual(
    certificates.map(({ serial, url }) => `${bySerial(serial)} ${lastPart(url)}`).sort(),
  )
  expect([...books.orders].sort(), 'the orders at the CA').toEqual(certificates.map(({ url }) => lastPart(url)).sort())
}

async function leftIn(state: ChaosState): Promise<Record<string, number>> {
  const count = async (query: string) => Number((await state.query(`select count(*) as n from ${query}`))[0]?.n)
  return {
    certificates: await count('certificates'),
    records: await count('records'),
    challenges: await count('http_challenges'),
    orders: await count("orders where state not in ('stored', 'invalid')"),
    leases: await count('domains where lease_until is not null or lease_owner is not null'),
    keyLeases: await count('key_leases'),
    accounts: await count('accounts'),
  }
}

export function detailOf({ details }: Row, key: string): string {
  return String((JSON.parse(String(details)) as Record<string, unknown>)[key])
}

/** A line for each certificate, and lines for each record that a name server has ever had. */
async function expectWholeAudit(world: LabWorld, state: ChaosState, certificates: readonly Row[]): Promise<void> {
  const lines = await state.query(
    `select d.name, a.event, a.message, a.details from audit a left join domains d on d.id = a.domain_id order by a.seq`,
  )
  const of = (event: string) => lines.filter((line) => line.event === event)
  const pairs = (rows: readonly Row[], key: string) => rows.map((line) => `${line.name} ${detailOf(line, key)}`).sort()

  const serials = certificates.map(({ name, serial }) => `${name} ${serial}`).sort()
  expect(pairs(of('certificate.stored'), 'serial'), 'lines about certificates').toEqual(serials)
  const names = certificates.map(({ name }) => String(name)).sort()
  expect(
    of('domain.added')
      .map(({ name }) => String(name))
      .sort(),
    'lines about domains',
  ).toEqual(names)
  expect(
    of('order.planned')
      .map(({ name }) => String(name))
      .sort(),
    'lines about orders planned',
  ).toEqual(names)
  const placed = [...of('order.created'), ...of('order.adopted')]
  expect(placed.map(({ name }) => String(name)).sort(), 'lines about orders placed').toEqual(names)
  await expectRecordsTold(world, lines, names)
}

/**
 * Each TXT record that the primary has ever had, at least one for each of these names as often as it is there, was planned and removed
 * by a line (`event`, `message`, `details`, `name`).
 */
export async function expectRecordsTold(world: LabWorld, lines: readonly Row[], names: readonly string[]): Promise<void> {
  const of = (event: string) => lines.filter((line) => line.event === event)
  const ever = await txtRecordsEverOf({ server: world.servers[0], zone: ZONE })
  for (const name of new Set(names)) {
    const had = ever.filter((record) => record.name === `_acme-challenge.${name}`).length
    const story = lines.filter((line) => line.name === name).map(({ event, message }) => `${event} ${message}`)
    const what = `records of ${name} that the primary has ever had:\n${story.join('\n')}\n`
    expect(had, what).toBeGreaterThanOrEqual(names.filter((one) => one === name).length)
  }
  const text = ({ message }: Row) => String(message).replace(/^TXT /, '')
  const told = (event: string) => new Set(of(event).map((line) => `${text(line)} ${detailOf(line, 'value')}`))
  const [planned, removed] = [told('record.planned'), told('record.removed')]
  const untold = ever
    .map(({ name, value }) => `${name} ${value}`)
    .filter((record) => !planned.has(record) || !removed.has(record))
  expect(untold, 'records of which the audit does not know').toEqual([])
}

async function expectKeysFit(world: LabWorld, state: ChaosState, names: readonly string[]): Promise<void> {
  const options = { state: state.url, encryptionKey: state.encryptionKey, readOnly: true }
  const domainctl: Domainctl = await createDomainctl(options)
  try {
    for (const name of names) {
      const { fullchain, privateKey } = await domainctl.export(name)
      expect(readChain(world, fullchain), name).toMatchObject({ names: [name], trusted: true })
      expect(new X509Certificate(fullchain).checkPrivateKey(createPrivateKey(privateKey ?? '')), name).toBe(true)
    }
  } finally {
    await domainctl.close()
  }
}
