import { type AddOptions, type Check, type NeededRecord, systemClock, systemRandom } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'
import type { SandboxRecord } from '@domainctl/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// Each mistake that people make in DNS panels, made at a sandbox: verify names it, and the fix mends it.

const ZONE = 'example.test'
const TARGET = 'edge.hosting.test'
/** Ownership is by TXT throughout, so that each domain has that record beside those of its options. */
const ROUTED: AddOptions = { target: TARGET }
const DELEGATED: AddOptions = { delegate: 'validation.test' }

interface Slip {
  problem: string
  /** The record that it befalls; the others are made as they should be. */
  purpose: NeededRecord['purpose']
  options?: AddOptions
  /** What is made in place of the wanted record. */
  made(wanted: NeededRecord): Pick<SandboxRecord, 'name' | 'value'> & { type?: SandboxRecord['type'] }
}

const ofText = (problem: string, slip: (value: string) => string): Slip => ({
  problem,
  purpose: 'ownership',
  made: ({ name, value }) => ({ name, value: slip(value) }),
})
const ofTarget = (problem: string, value: string): Slip => ({
  problem,
  purpose: 'routing',
  options: ROUTED,
  made: ({ name }) => ({ name, value }),
})
const ofPlace = (problem: string, purpose: Slip['purpose'], options: AddOptions, place: (name: string) => string): Slip => ({
  problem,
  purpose,
  options,
  made: ({ name, value }) => ({ name: place(name), value }),
})
const parentOf = (name: string) => name.slice(name.indexOf('.') + 1)

const SLIPS: Slip[] = [
  ofText('RECORD_VALUE_QUOTED', (value) => `"${value}"`),
  ofText('RECORD_VALUE_SPACED', (value) => ` ${value}\r\n`),
  ofText('RECORD_VALUE_CASE', (value) => value.toUpperCase()),
  ofText('RECORD_VALUE_PREFIX', (value) => value.replace('domainctl=', '')),
  ofText('RECORD_VALUE_NAME', (value) => `_domainctl TXT ${value}`),
  ofText('RECORD_VALUE_CUT', (value) => value.slice(0, -4)),
  ofText('RECORD_VALUE_GLUED', (value) => `v=spf1 -all ${value}`),
  ofTarget('RECORD_VALUE_ZONE_APPENDED', `${TARGET}.${ZONE}`),
  ofTarget('RECORD_VALUE_WWW', `www.${TARGET}`),
  ofTarget('RECORD_VALUE_KIND', `192.0.2.1.${ZONE}`),
  ofTarget('RECORD_VALUE_CUT', `edge.hosting.${ZONE}`),
  { ...ofTarget('ROUTING_ELSEWHERE', ''), made: ({ name }) => ({ name, type: 'A', value: '192.0.2.1' }) },
  { ...ofTarget('ROUTING_ELSEWHERE', ''), made: ({ name }) => ({ name, type: 'AAAA', value: '2001:db8::1' }) },
  {
    ...ofTarget('RECORD_VALUE_KIND', ''),
    options: { addresses: ['192.0.2.1'] },
    made: ({ name }) => ({ name, type: 'CNAME', value: TARGET }),
  },
  ofPlace('RECORD_ZONE_DOUBLED', 'ownership', {}, (name) => `${name}.${ZONE}`),
  ofPlace('RECORD_ZONE_DOUBLED', 'delegation', DELEGATED, (name) => `${name}.${ZONE}`),
  ofPlace('RECORD_ZONE_DOUBLED', 'routing', ROUTED, (name) => `${name}.${ZONE}`),
  ofPlace('RECORD_ZONE_DOUBLED', 'routing', { addresses: ['192.0.2.1'] }, (name) => `${name}.${ZONE}`),
  ofPlace('RECORD_AT_NAME', 'ownership', {}, parentOf),
  ofPlace('RECORD_AT_NAME', 'delegation', DELEGATED, parentOf),
  ofPlace('RECORD_UNDERSCORE_MISSING', 'ownership', {}, (name) => name.slice(1)),
  ofPlace('RECORD_UNDERSCORE_MISSING', 'delegation', DELEGATED, (name) => name.slice(1)),
  ofPlace('RECORD_AT_APEX', 'ownership', {}, () => `_domainctl.${ZONE}`),
  ofPlace('RECORD_AT_APEX', 'delegation', DELEGATED, () => `_acme-challenge.${ZONE}`),
]

describe('a slip of the pen', { timeout: 120_000 }, () => {
  let world: SandboxWorld
  let engine: Engine
  beforeAll(async () => {
    // Elsewhere loopback has one address.
    world = await startSandboxWorld({
      nameServers: process.platform === 'darwin' ? 1 : 2,
      zones: [ZONE, 'validation.test', 'hosting.test'],
    })
    world.sandbox.dns.add({ name: TARGET, type: 'A', value: '192.0.2.80' })
    engine = await openEngine(world)
  })
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
    await world?.[Symbol.asyncDispose]()
  })

  const add = async (name: string, options: AddOptions = {}) =>
    (await engine.domainctl.add(name, { provider: 'manual', ownership: 'txt', ...options })).records
  /** The only check that is not right. */
  async function problemOf(name: string): Promise<Check | undefined> {
    const { checks } = await engine.domainctl.verify(name)
    const open = checks.filter(({ ok }) => !ok)
    expect(open.map(({ problem }) => problem)).toHaveLength(1)
    return open[0]
  }
  /** Does what the fix says, and that alone. */
  async function mend(name: string, { fix }: Check): Promise<void> {
    const { dns } = world.sandbox
    for (const { name, type } of fix?.remove ?? []) dns.remove({ name, type })
    if (fix) dns.add(fix)
    expect(await engine.domainctl.verify(name)).toMatchObject({ ok: true })
  }

  test.each(SLIPS.map((slip, i) => ({ ...slip, name: `slip-${i}.${ZONE}` })))(
    '$problem in $purpose of $name',
    async ({ problem, purpose, options, made, name }) => {
      const { dns } = world.sandbox
      let slip: SandboxRecord | undefined
      for (const record of await add(name, options)) {
        const { type, value } = record
        if (record.purpose === purpose) slip = { type, ...made(record) }
        dns.add(record.purpose === purpose && slip ? slip : { name: record.name, type, value })
      }
      const check = await problemOf(name)
      expect(check).toMatchObject({ problem, purpose, actor: 'customer', fix: { remove: [expect.anything()] } })
      expect(check?.fix?.remove).toMatchObject([{ type: slip?.type, name: slip?.name, value: slip?.value }])
      expect(check?.explanation).toMatch(/[.]$/)
      if (check) await mend(name, check)
    },
  )

  test('RECORD_VALUE_URL, as panels take it that check no value', async () => {
    const name = `url.${ZONE}`
    const [ownership, routing] = await add(name, ROUTED)
    if (!ownership || !routing) throw new Error('records are missing')
    world.sandbox.dns.add(ownership)
    const runtime = { clock: { ...systemClock(), now: world.clock.now }, random: systemRandom() }
    const { nameserver, key, secret, algorithm } = world.rfc2136
    const panel = createRfc2136({ nameserver, tsigKey: key, tsigSecret: secret, tsigAlgorithm: algorithm }, runtime)
    const signal = new AbortController().signal
    const zone = await panel.findZone(name, { signal })
    if (!zone) throw new Error('the zone is missing')
    await panel.setRRset(zone, { name, type: 'CNAME', ttl: 60, values: [`https://${TARGET}/`] }, { signal })
    const check = await problemOf(name)
    expect(check).toMatchObject({ problem: 'RECORD_VALUE_URL', fix: { remove: [{ value: `https://${TARGET}/` }] } })
    if (check) await mend(name, check)
  })

  test.each([
    ['RECORD_WWW_ONLY', 'www.', ''],
    ['RECORD_WWW_MISSING', '', 'www.'],
  ])('%s, where both are wanted: nothing has to go', async (problem, made, missing) => {
    const name = `${problem.toLowerCase().replaceAll('_', '-')}.${ZONE}`
    for (const record of await add(name, { ...ROUTED, san: [`www.${name}`] })) {
      if (record.purpose === 'ownership' || record.name === `${made}${name}`) world.sandbox.dns.add(record)
    }
    const check = await problemOf(name)
    expect(check).toMatchObject({ problem, fix: { action: 'create', name: `${missing}${name}`, value: TARGET } })
    expect(check?.fix).not.toHaveProperty('remove')
    if (check) await mend(name, check)
  })

  test('none where a wildcard answers at the wrong place, and none where servers differ', async () => {
    const { dns } = world.sandbox
    const name = `beside-wildcard.${ZONE}`
    for (const record of await add(name, ROUTED)) if (record.purpose === 'ownership') dns.add(record)
    // The record below the name, which proves who owns it, keeps the wildcard away from it (RFC 4592 §2.2.1).
    dns.add({ name: `*.${ZONE}`, type: 'CNAME', value: TARGET })
    expect(await problemOf(name)).toMatchObject({ problem: 'ROUTING_WILDCARD_SHADOWED' })
    dns.remove({ name: `*.${ZONE}`, type: 'CNAME' })

    if (world.servers.length === 1) return
    const late = `late.${ZONE}`
    const [record] = await add(late)
    if (!record) throw new Error('the record is missing')
    dns.lagMs = 3_600_000
    dns.add({ ...record, name: `${record.name}.${ZONE}` })
    expect(await problemOf(late)).toMatchObject({ problem: 'RECORD_MISSING' })
    dns.lagMs = 0
  })
})
