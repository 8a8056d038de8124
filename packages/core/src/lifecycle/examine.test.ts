import { expect, test } from 'vitest'
import { exampleZones, NEVER, startLab } from '../dns/lab.test.support.ts'
import { KNOWN_CAS } from '../domain/known-cas.ts'
import { ownershipName, ownershipValue } from '../domain/records.ts'
import { authoritative, recursive, type ZoneData, zoneData } from '../testing/dns-zone-data.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import { examine } from './examine.ts'

const ZONES = 10
const NAMES_IN_ZONE = 100
const EDGE = 'edge.hosting.test'

/** How often each question of a log was asked, by the kind of name that it is about. */
function counted(log: readonly { name: string; type: string }[]): Record<string, number> {
  const kinds = log.map(({ name, type }) => {
    const kind = name
      .toLowerCase()
      .replace(/customer\d+/, 'zone')
      .replace(/n\d+/, 'NAME')
    return `${kind} ${type}`
  })
  return Object.fromEntries(
    [...Map.groupBy(kinds, (kind) => kind)]
      .map(([kind, all]) => [kind, all.length] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

async function open() {
  const { parent } = exampleZones()
  const hosting = zoneData('hosting.test', [`${EDGE} A 192.0.2.80`])
  const customers = Array.from({ length: ZONES }, (_, i) => zoneData(`customer${i}.test`, []))
  for (const zone of [hosting, ...customers])
    for (const nth of [1, 2]) {
      const ns = { name: zone.apex, type: 'NS', value: `ns${nth}.hosting.test` } as const
      zone.records.push(ns)
      parent.records.push(ns)
    }
  for (const nth of [1, 2]) {
    const glue = { name: `ns${nth}.hosting.test`, type: 'A', value: `127.0.0.${nth + 2}` } as const
    hosting.records.push(glue)
    parent.records.push(glue)
  }
  const domains = customers.flatMap((zone) => Array.from({ length: NAMES_IN_ZONE }, (_, i) => made(zone, `n${i}.${zone.apex}`)))
  const held = [hosting, ...customers]
  const own = [authoritative(held), authoritative(held)]
  const { dns, clock, resolver, servers } = await startLab(recursive([parent, ...held]), [authoritative([parent]), ...own])
  const services = {
    dns: async () => dns,
    probe: () => Promise.reject(new Error('nothing is to be probed')),
    issuer: () => Promise.reject(new Error('no CA is to be asked')),
    accountName: () => 'default',
    store: {
      recordsOf: () => Promise.reject(new Error('what is not there need not be compared')),
      getAccount: () => Promise.reject(new Error('no record names an account')),
    },
    settings: { cas: [KNOWN_CAS.letsencrypt?.directory ?? ''], propagationMode: 'authoritative' as const },
    runtime: { clock },
  }
  return { domains, services, resolver, servers }
}

/** A domain that asks for an ownership record and a CNAME, which its zone has. */
function made(zone: ZoneData, name: string) {
  const token = `token-of-${name}`
  zone.records.push({ name: ownershipName(name), type: 'TXT', value: ownershipValue(token) })
  zone.records.push({ name, type: 'CNAME', value: EDGE })
  const names = [{ name, ownership: { token, state: 'unknown' as const }, routing: { target: EDGE, state: 'unknown' as const } }]
  return sampleDomain({ name, names })
}

test('a thousand names in ten zones: what is looked at is asked once of each server', async () => {
  const { domains, services, resolver, servers } = await open()
  const waiting = domains.values()
  const worker = async () => {
    for (const domain of waiting) {
      const checks = await examine(services, domain, NEVER)
      expect(checks.filter(({ ok }) => !ok)).toEqual([])
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))

  const names = domains.length
  const [parent, first, second] = servers.map(({ log }) => counted(log))
  expect(parent).toEqual({ 'hosting.test SOA': 1, 'zone.test SOA': ZONES })
  const each = {
    '_acme-challenge.NAME.zone.test TXT': names,
    '_domainctl.NAME.zone.test TXT': names,
    'NAME.zone.test CAA': names,
    'NAME.zone.test CNAME': names,
    'zone.test CAA': ZONES,
    'zone.test NS': ZONES,
    'zone.test SOA': ZONES,
    'edge.hosting.test CAA': 1,
  }
  // Whoever is the first of two is asked for what one server is enough for.
  const ofOne = {
    'NAME.zone.test SOA': names,
    'edge.hosting.test A': 1,
    'edge.hosting.test AAAA': 1,
    'edge.hosting.test SOA': 1,
    'hosting.test SOA': 1,
  }
  expect(first).toEqual({ ...each, ...ofOne })
  expect(second).toEqual(each)
  expect(counted(resolver.log)).toEqual({
    'NAME.zone.test CNAME': names,
    '_domainctl.NAME.zone.test TXT': names,
    'zone.test SOA': ZONES,
    'test CAA': 1,
    'test NS': 1,
    'test SOA': 1,
  })
})
