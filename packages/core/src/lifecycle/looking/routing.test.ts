import { describe, expect, it } from 'vitest'
import type { Check } from '../../contracts/verification.ts'
import { NEVER, startExample, startLab } from '../../dns/lab.test.support.ts'
import { authoritative, recursive, zoneData } from '../../testing/dns-zone-data.ts'
import { lookAtRouting, type RoutingWanted } from './routing.ts'

const NAME = 'shop.example.test'
const TARGET = 'edge.example.test'
const EDGE = [`${TARGET} A 192.0.2.1`, `${TARGET} A 192.0.2.2`, `${TARGET} AAAA 2001:db8::1`]

/** The zone `example.test` on two servers; `look` gives the checks of one name and `asked` what each server was asked since. */
async function openScene(extra: string[], count = 2) {
  const { dns, zone, servers, resolver, clock } = await startExample({ count, extra })
  const mine = servers.slice(1)
  return {
    zone,
    servers: mine,
    resolver,
    async look(wanted: Partial<RoutingWanted> = {}, routed: string[] = [NAME]): Promise<Check[]> {
      const isAddresses = wanted.addresses !== undefined
      const whole = { name: NAME, ...(!isAddresses && { target: TARGET }), ...wanted }
      return await lookAtRouting({ dns, signal: NEVER, now: clock.now() }, whole, new Set(routed))
    },
    asked() {
      const names = mine.map(({ log }) => log.filter(({ type }) => type !== 'SOA').map(({ name, type }) => `${name} ${type}`))
      for (const { log } of [...mine, resolver]) log.length = 0
      return names
    },
  }
}

describe('a CNAME is wanted', () => {
  it('costs one question to each server when it is right, and the wanted host is looked up once for all names', async () => {
    const { look, asked } = await openScene([...EDGE, `${NAME} CNAME ${TARGET}`, `b.example.test CNAME ${TARGET}`])
    expect(await look()).toMatchObject([
      {
        purpose: 'routing',
        record: { type: 'CNAME', name: NAME, expected: [TARGET] },
        ok: true,
        state: 'ok',
        seen: [{ values: [TARGET] }, { values: [TARGET] }],
      },
    ])
    expect(asked().flat().toSorted()).toEqual([`${TARGET} A`, `${TARGET} AAAA`, `${NAME} CNAME`, `${NAME} CNAME`])
    expect(await look({ name: 'b.example.test' })).toMatchObject([{ ok: true }])
    expect(asked()).toEqual([['b.example.test CNAME'], ['b.example.test CNAME']])
  })

  it.each([
    ['CHAIN_BROKEN', 'operator', [`${NAME} CNAME ${TARGET}`]],
    ['CHAIN_LOOP', 'operator', [`${NAME} CNAME ${TARGET}`, `${TARGET} CNAME ${NAME}`]],
    ['ROUTING_CHAINED', 'customer', [...EDGE, `${NAME} CNAME www.example.test`, `www.example.test CNAME ${TARGET}`]],
    ['CHAIN_LOOP', 'customer', [...EDGE, `${NAME} CNAME b.example.test`, `b.example.test CNAME ${NAME}`]],
    ['CHAIN_BROKEN', 'customer', [...EDGE, `${NAME} CNAME gone.example.test`]],
    ['ROUTING_ELSEWHERE', 'customer', [...EDGE, `${NAME} CNAME old.example.test`, 'old.example.test A 198.51.100.7']],
    ['RECORD_VALUE_ZONE_APPENDED', 'customer', [...EDGE, `${NAME} CNAME ${TARGET}.example.test`]],
    ['ROUTING_FLATTENED', 'customer', [...EDGE, `${NAME} A 192.0.2.2`]],
    ['ROUTING_PROXIED', 'customer', [...EDGE, `${NAME} A 104.21.5.6`, `${NAME} AAAA 2606:4700:3030::6815:1`]],
    ['ROUTING_MIXED', 'customer', [...EDGE, `${NAME} A 192.0.2.2`, `${NAME} A 198.51.100.7`]],
    ['ROUTING_AAAA_ELSEWHERE', 'customer', [...EDGE, `${NAME} A 192.0.2.2`, `${NAME} AAAA 2001:db8::bad`]],
    ['ROUTING_ELSEWHERE', 'customer', [...EDGE, `${NAME} A 198.51.100.7`, `${NAME} TXT v=spf1 -all`]],
    ['RECORD_VALUE_KIND', 'customer', [`${NAME} A 198.51.100.7`]],
    ['CNAME_BESIDE_OTHERS', 'customer', [...EDGE, `${NAME} TXT v=spf1 -all`, `${NAME} CAA 0 issue ca.test`]],
    ['ROUTING_WILDCARD_SHADOWED', 'customer', [...EDGE, `*.example.test CNAME ${TARGET}`, `_domainctl.${NAME} TXT domainctl=1`]],
    ['RECORD_ZONE_DOUBLED', 'customer', [...EDGE, `${NAME}.example.test CNAME ${TARGET}`]],
    ['RECORD_MISSING', 'customer', EDGE],
  ] as const)('%s, for the %s to mend', async (problem, actor, records) => {
    const { look } = await openScene([...records])
    const [check] = await look()
    expect(check).toMatchObject({ problem, actor, record: { type: 'CNAME', name: NAME } })
    expect(check?.explanation).toMatch(/\.$/)
    expect(check?.ok).toBe(problem === 'ROUTING_CHAINED' || problem === 'ROUTING_FLATTENED')
  })

  it('what the fix says makes it right', async () => {
    const wrong = [
      [`${NAME} A 198.51.100.7`, `${NAME} TXT v=spf1 -all`],
      [`${NAME} A 104.21.5.6`],
      [`${NAME} A 192.0.2.2`, `${NAME} AAAA 2001:db8::bad`],
      [`${NAME} CNAME gone.example.test`],
      [`${NAME} TXT v=spf1 -all`, `${NAME} CAA 0 issue ca.test`],
      [`*.example.test CNAME ${TARGET}`, `_domainctl.${NAME} TXT domainctl=1`],
    ]
    for (const records of wrong) {
      const { look, zone } = await openScene([...EDGE, ...records])
      const [check] = await look()
      if (check?.ok !== false || !check.fix) throw new Error(`nothing to mend: ${records}`)
      mend(zone.records, check)
      expect(await look()).toMatchObject([{ ok: true }])
    }
  })

  it('shows which server said what, addresses beside the CNAME as well', async () => {
    const { look, servers } = await openScene([...EDGE, `${NAME} A 192.0.2.2`])
    const [, second] = servers
    const { parent, zone } = await startExample({ extra: EDGE })
    if (second) second.handler = authoritative([zone, parent])
    const [check] = await look()
    expect(check).toMatchObject({ problem: 'RECORD_PARTIAL', actor: 'provider', fix: { action: 'wait' } })
    expect(check?.seen.map(({ values }) => values)).toEqual([['A 192.0.2.2'], []])
    expect(check?.explanation).toContain('ns2.example.test')
  })

  it('asks nothing but the usual wrong places when the name does not exist, and no resolver', async () => {
    const { look, asked, resolver } = await openScene(EDGE)
    await look()
    asked()
    expect(await look()).toMatchObject([{ problem: 'RECORD_MISSING' }])
    expect(resolver.log).toEqual([])
    expect(asked()).toEqual([[`${NAME} CNAME`, `${NAME}.example.test CNAME`], [`${NAME} CNAME`]])
  })

  it('an apex gets the addresses of the host', async () => {
    const { look, zone } = await openScene([...EDGE, 'example.test A 198.51.100.7'])
    const [check] = await look({ name: 'example.test' })
    expect(check).toMatchObject({
      problem: 'CNAME_AT_APEX',
      actor: 'customer',
      fix: {
        action: 'change',
        type: 'A',
        value: '192.0.2.1',
        more: [{ type: 'A', value: '192.0.2.2' }, { type: 'AAAA' }],
        remove: [{ type: 'A', name: 'example.test', value: '198.51.100.7' }],
      },
    })
    if (check) mend(zone.records, check)
    expect(await look({ name: 'example.test' })).toMatchObject([{ ok: true, problem: 'ROUTING_FLATTENED', severity: 'info' }])
  })

  it('a name that is delegated is an apex', async () => {
    const { parent, zone, resolver, shop } = delegated()
    const { dns, clock } = await startLab(resolver, [authoritative([parent]), authoritative([zone]), authoritative([shop])])
    const wanted = { name: NAME, target: TARGET }
    expect(await lookAtRouting({ dns, signal: NEVER, now: clock.now() }, wanted, new Set())).toMatchObject([
      { problem: 'CNAME_AT_APEX', fix: { action: 'create', type: 'A' } },
    ])
  })

  it('is blind where nothing answers for the zone', async () => {
    const { look, servers } = await openScene(EDGE)
    for (const server of servers) server.handler = () => ({ rcode: 5 })
    expect(await look()).toMatchObject([{ ok: false, state: 'unknown', problem: 'DNS_UNREACHABLE' }])
    expect(await look({ name: 'shop.nowhere.invalid' })).toMatchObject([{ ok: false, state: 'unknown', seen: [] }])
  })
})

describe('addresses are wanted', () => {
  it('costs a question for each family when they are right', async () => {
    const { look, asked } = await openScene([`${NAME} A 192.0.2.1`, `${NAME} AAAA 2001:db8::1`])
    expect(await look({ addresses: ['192.0.2.1', '2001:db8::1'] })).toMatchObject([
      { record: { type: 'A', expected: ['192.0.2.1'] }, ok: true },
      { record: { type: 'AAAA', expected: ['2001:db8::1'] }, ok: true },
    ])
    expect(asked()).toEqual([
      [`${NAME} A`, `${NAME} AAAA`],
      [`${NAME} A`, `${NAME} AAAA`],
    ])
  })

  it.each([
    ['ROUTING_AAAA_ELSEWHERE', ['A 192.0.2.1', 'AAAA 2001:db8::bad']],
    ['ROUTING_MIXED', ['A 192.0.2.1', 'A 198.51.100.7']],
    ['ROUTING_ELSEWHERE', ['A 75.2.60.5']],
    ['ROUTING_PROXIED', ['A 104.21.5.6']],
    ['RECORD_VALUE_KIND', ['CNAME edge.example.test']],
    ['CHAIN_BROKEN', ['CNAME gone.example.test']],
    ['RECORD_MISSING', []],
  ])('%s, and what the fix says makes it right', async (problem, records) => {
    const { look, zone } = await openScene([...EDGE, ...records.map((record) => `${NAME} ${record}`)])
    const [check] = await look({ addresses: ['192.0.2.1'] })
    expect(check).toMatchObject({ problem, ok: false, actor: 'customer' })
    if (check) mend(zone.records, check)
    expect(await look({ addresses: ['192.0.2.1'] })).toMatchObject([{ ok: true }])
  })

  it('a CNAME to a host with just these addresses is right', async () => {
    const { look } = await openScene(['one.example.test A 192.0.2.1', `${NAME} CNAME one.example.test`])
    expect(await look({ addresses: ['192.0.2.1'] })).toMatchObject([{ ok: true, problem: 'ROUTING_CHAINED' }])
  })

  it('shows the other family beside, where none of it is wanted', async () => {
    const { look } = await openScene([`${NAME} A 192.0.2.1`, `${NAME} AAAA 2001:db8::bad`], 1)
    const [check] = await look({ addresses: ['192.0.2.1'] })
    expect(check?.seen).toMatchObject([{ values: ['192.0.2.1', 'AAAA 2001:db8::bad'] }])
    expect(check?.fix).toMatchObject({ action: 'remove', type: 'AAAA', value: '2001:db8::bad' })
  })

  it('none wanted, nothing looked at', async () => {
    const { look, asked } = await openScene([])
    expect(await look({ addresses: [] })).toEqual([])
    expect(asked()).toEqual([[], []])
  })
})

/** Does what a fix says, and that alone. */
function mend(records: { name: string; type: string; value: string }[], { fix }: Check): void {
  if (!fix) throw new Error('there is no fix')
  for (const gone of fix.remove ?? []) {
    const isSame = (record: (typeof records)[number]) =>
      record.type === gone.type && record.name === gone.name && plain(record.value) === plain(gone.value)
    const at = records.findIndex(isSame)
    if (at < 0) throw new Error(`${gone.type} ${gone.value} is not there`)
    records.splice(at, 1)
  }
  if (fix.action === 'remove') return
  for (const { name, type, value } of [fix, ...(fix.more ?? [])]) records.push({ name, type, value })
}

/** CAA values are shown with quotes and written without. */
function plain(value: string): string {
  return value.replaceAll('"', '')
}

/** `shop.example.test` as a zone of its own below `example.test`. */
function delegated() {
  const cut = [`${NAME} NS ns.${NAME}`, `ns.${NAME} A 127.0.0.4`]
  const parent = zoneData('test', [
    'test NS ns.test',
    'ns.test A 127.0.0.2',
    'example.test NS ns1.example.test',
    'ns1.example.test A 127.0.0.3',
  ])
  const zone = zoneData('example.test', ['example.test NS ns1.example.test', 'ns1.example.test A 127.0.0.3', ...EDGE, ...cut])
  const shop = zoneData(NAME, cut)
  return { parent, zone, shop, resolver: recursive([parent, zone]) }
}
