import { expect, test } from 'vitest'
import { authoritative, recursive, zoneData } from '../testing/dns-zone-data.ts'
import { exampleZones, NEVER, startExample, startLab } from './lab.test.support.ts'

const signal = NEVER

const CHALLENGE = '_acme-challenge.www.example.test'

/** `example.test` with a zone cut at the challenge of www, and that zone at `address`, which shows `values`. */
function withChallengeZone(address: string, values: string[]) {
  const { parent, zone } = exampleZones()
  const delegation = [`${CHALLENGE} NS ns.challenges.test`, `ns.challenges.test A ${address}`].map((line) => zoneData('', [line]))
  zone.records.push(...delegation.flatMap(({ records }) => records))
  parent.records.push({ name: 'ns.challenges.test', type: 'A', value: address })
  const child = zoneData(CHALLENGE, [`${CHALLENGE} NS ns.challenges.test`, ...values.map((value) => `${CHALLENGE} TXT ${value}`)])
  return { parent, zone, child }
}

test('a name with an underscore costs no question of its own for its zone', async () => {
  const { dns, servers, resolver } = await startExample({ count: 2, extra: ['_domainctl.www.example.test TXT mine'] })
  const { zone, answers } = await dns.observe('_domainctl.www.example.test', 'TXT', { signal })
  expect({ apex: zone.apex, values: answers.map(({ values }) => values) }).toEqual({
    apex: 'example.test',
    values: [['mine'], ['mine']],
  })
  await dns.observe(CHALLENGE, 'TXT', { signal })
  const asked = servers.slice(1).map(({ log }) => log.map(({ name, type }) => `${name} ${type}`).sort())
  const both = [`${CHALLENGE} TXT`, '_domainctl.www.example.test TXT']
  // One of them was asked for the zone of www.
  expect(asked).toEqual([[...both, 'example.test SOA', 'www.example.test SOA'], both])
  expect(resolver.log.filter(({ name }) => name.includes('_'))).toEqual([])
})

test('a zone that begins at a name with an underscore is seen, and asked at its own servers', async () => {
  const { parent, zone, child } = withChallengeZone('127.0.0.4', ['there'])
  const { dns, servers } = await startLab(
    recursive([parent, zone]),
    [parent, zone, child].map((data) => authoritative([data])),
  )
  const look = async () => await dns.observe(CHALLENGE, 'TXT', { signal })
  expect(await look()).toMatchObject({
    zone: { apex: CHALLENGE, nameServers: ['ns.challenges.test'] },
    answers: [{ server: { address: '127.0.0.4' }, outcome: 'answer', values: ['there'] }],
  })
  // From then on it is known for a minute.
  const before = servers[1]?.log.length
  expect((await look()).zone.apex).toBe(CHALLENGE)
  expect(servers[1]?.log).toHaveLength(before ?? 0)
  child.records = child.records.filter(({ type }) => type !== 'TXT')
  expect((await look()).answers).toMatchObject([{ server: { address: '127.0.0.4' }, values: [] }])
})

test('servers that hold the zone below as well: what is not there tells by the SOA, what is there stands', async () => {
  const { parent, zone, child } = withChallengeZone('127.0.0.3', [])
  const { dns } = await startLab(recursive([parent, zone]), [authoritative([parent]), authoritative([zone, child])])
  expect(await dns.observe(CHALLENGE, 'TXT', { signal })).toMatchObject({ zone: { apex: CHALLENGE }, answers: [{ values: [] }] })

  const held = withChallengeZone('127.0.0.3', ['there'])
  const other = await startLab(recursive([parent, zone]), [authoritative([parent]), authoritative([held.zone, held.child])])
  expect((await other.dns.observe(CHALLENGE, 'TXT', { signal })).answers).toMatchObject([{ values: ['there'] }])
})

test('a copy of a zone that is delegated away stands only where all servers of the zone above have it', async () => {
  const { parent, zone, child } = withChallengeZone('127.0.0.5', ['new'])
  const second = { name: 'example.test', type: 'NS', value: 'ns2.example.test' } as const
  const address = { name: 'ns2.example.test', type: 'A', value: '127.0.0.4' } as const
  parent.records.push(second, address)
  zone.records.push(second, address)
  const stale = { ...child, records: child.records.map((one) => (one.type === 'TXT' ? { ...one, value: 'old' } : one)) }
  const { dns } = await startLab(
    recursive([parent, zone]),
    [[parent], [zone], [zone, stale], [child]].map((data) => authoritative(data)),
  )
  expect(await dns.observe(CHALLENGE, 'TXT', { signal })).toMatchObject({
    zone: { apex: CHALLENGE },
    answers: [{ server: { address: '127.0.0.5' }, values: ['new'] }],
  })
})

test('a lame server of the zone above is shown as such, and is no cut', async () => {
  const { dns, servers, zone } = await startExample({ count: 3, extra: [`${CHALLENGE} TXT there`] })
  const [, , lame, upwards] = servers
  if (!(lame && upwards)) throw new Error('servers are missing')
  lame.handler = recursive([zone])
  upwards.handler = () => ({ authorities: [{ type: 'NS', name: '.', data: 'ns.test' }] })
  const { zone: seen, answers } = await dns.observe(CHALLENGE, 'TXT', { signal })
  expect({ apex: seen.apex, outcomes: answers.map(({ outcome }) => outcome) }).toEqual({
    apex: 'example.test',
    outcomes: ['answer', 'lame', 'lame'],
  })
  expect(servers.slice(1).flatMap(({ log }) => log.filter(({ name, type }) => name === CHALLENGE && type === 'SOA'))).toEqual([])
})

test('a referral from one server alone: the zone is the one that the others have', async () => {
  const { dns, servers, zone } = await startExample({ count: 2, extra: [`${CHALLENGE} TXT there`] })
  const [, , early] = servers
  const cut = { ...zone, records: [...zone.records, ...zoneData('', [`${CHALLENGE} NS ns.test`]).records] }
  if (early) early.handler = authoritative([cut])
  expect(await dns.observe(CHALLENGE, 'TXT', { signal })).toMatchObject({
    zone: { apex: 'example.test' },
    answers: [{ outcome: 'answer', values: ['there'] }, { outcome: 'lame' }],
  })
})
