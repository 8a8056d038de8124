import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { severityOf } from './finding.ts'
import { judgeZone } from './zone.ts'
import type { DelegatedZone, ResolverView, ServerView, ZoneView } from './zone-view.ts'

const APEX = 'example.test'
const NAMES = ['ns1.example.test', 'ns2.example.test']

/** The same without a primary and name servers. */
const taciturn = (n: number): ServerView => {
  const { primary: _, nameServers: __, ...rest } = server(n)
  return rest
}
const server = (n: number, o: Partial<ServerView> = {}): ServerView => ({
  server: { name: `ns${n}.example.test`, address: `192.0.2.${n}` },
  outcome: 'answer',
  rcode: 'NOERROR',
  primary: 'ns1.example.test',
  nameServers: NAMES,
  ...o,
})
const LAME = { outcome: 'lame', rcode: 'REFUSED' } as const
const DEAD = { outcome: 'unreachable', rcode: 'timeout' } as const
const NO_ROUTE = { outcome: 'unreachable', rcode: 'no route from here' } as const
const resolver = (o: Partial<ResolverView> = {}): ResolverView => ({
  resolver: '192.0.2.53',
  rcode: 'NOERROR',
  outcome: 'answer',
  primary: 'ns1.example.test',
  ttl: 300,
  ...o,
})
const FAILS = { rcode: 'SERVFAIL', outcome: 'error' } as const
const zone = (o: Partial<DelegatedZone> = {}): DelegatedZone => ({
  apex: APEX,
  nameServers: NAMES,
  source: 'parent',
  refused: [],
  ...o,
})
const sound: ZoneView = {
  zone: zone(),
  registrable: APEX,
  delegation: 'delegated',
  servers: [server(1), server(2)],
  warnings: [],
  resolvers: [resolver()],
}
const absent = (delegation: ZoneView['delegation'], warnings: string[] = []): ZoneView => ({
  registrable: APEX,
  delegation,
  servers: [],
  warnings,
  resolvers: [],
})
const judge = (o: Partial<ZoneView>) => judgeZone({ ...sound, ...o })

test('a zone that is as it should be: nothing', () => {
  expect(judgeZone(sound)).toEqual([])
})

describe('no zone', () => {
  test.each([
    ['missing', 'DOMAIN_NOT_REGISTERED', 'customer', 'clientHold'],
    ['none', 'ZONE_NOT_DELEGATED', 'customer', 'Log in at the registrar and enter them'],
    ['delegated', 'ZONE_UNREACHABLE', 'customer', 'ns9.example.test has no address'],
    ['unknown', 'DNS_UNREACHABLE', 'operator', 'port 53'],
  ] as const)('%s: %s', (delegation, problem, actor, said) => {
    const findings = judgeZone(absent(delegation, ['ns9.example.test has no address.']))
    expect(findings).toMatchObject([{ problem, actor, explanation: expect.stringContaining(said) }])
    expect(findings.map(severityOf)).toEqual(['error'])
  })

  test('all that "no such domain" can mean is told', () => {
    expect(judgeZone(absent('missing'))[0]?.explanation).toMatch(/never registered.*expired.*on hold.*serverHold/)
  })
})

test.each([
  [['ns1.dns-expired.com', 'ns2.dns-expired.com'], /set by Hostinger.*expired.*Log in at Hostinger and renew/],
  [['expired1.namebrightdns.com'], /set by NameBright.*expired/],
  [
    ['failed-whois-verification.namecheap.com', 'verify-contact-details.namecheap.com'],
    /set by Namecheap.*not confirmed.*Follow the link/,
  ],
  [['ns1-domain-expired.myhostadmin.net'], /set by its registrar/],
])('suspended, by the name servers %j: one finding, whatever else there is', (nameServers, said) => {
  expect(judge({ zone: zone({ nameServers }), servers: [server(1, LAME)], resolvers: [resolver(FAILS)] })).toMatchObject([
    { problem: 'DOMAIN_SUSPENDED', actor: 'customer', state: 'wrong', explanation: expect.stringMatching(said) },
  ])
})

describe('servers', () => {
  test.each<[string, Partial<ServerView>[], string | undefined, string, string]>([
    ['all refuse', [LAME, LAME], 'ZONE_REFUSED', 'customer', 'ns1.example.test (192.0.2.1): REFUSED'],
    ['refusing and dead', [LAME, DEAD], 'ZONE_REFUSED', 'customer', 'timeout'],
    ['failing and dead', [{ ...FAILS }, DEAD], 'ZONE_REFUSED', 'customer', 'SERVFAIL'],
    ['all dead', [DEAD, DEAD], 'ZONE_UNREACHABLE', 'provider', 'answers: ns1.example.test (192.0.2.1): timeout'],
    ['no route to any', [NO_ROUTE, NO_ROUTE], 'ZONE_UNREACHABLE', 'operator', 'This machine has no route'],
  ])('%s', (_, servers, problem, actor, said) => {
    const findings = judge({ servers: servers.map((o, i) => server(i + 1, o)) })
    expect(findings).toMatchObject([{ problem, actor, explanation: expect.stringContaining(said) }])
    expect(findings.map(severityOf)).toEqual(['error'])
  })

  test.each<[string, Partial<ServerView>, string, string, string]>([
    ['refuses', LAME, 'ZONE_SERVER_REFUSES', 'customer', 'ns2.example.test (192.0.2.2): REFUSED'],
    ['knows it by hearsay', { ...LAME, rcode: 'NOERROR' }, 'ZONE_SERVER_REFUSES', 'customer', 'answers without authority'],
    ['fails', FAILS, 'ZONE_SERVER_REFUSES', 'customer', 'SERVFAIL'],
    ['is silent', DEAD, 'ZONE_SERVER_UNREACHABLE', 'provider', 'ns2.example.test (192.0.2.2): timeout'],
    ['is behind no route, over IPv4', NO_ROUTE, 'ZONE_SERVER_UNREACHABLE', 'provider', 'no route from here'],
  ])('one that %s beside a good one is a warning', (_, o, problem, actor, said) => {
    const findings = judge({ servers: [server(1), server(2, o)] })
    expect(findings).toMatchObject([{ problem, actor, state: 'ok', explanation: expect.stringContaining(said) }])
    expect(findings.map(severityOf)).toEqual(['warning'])
  })

  test('one with IPv6, on a machine without: nothing', () => {
    const six = { name: 'ns2.example.test', address: '2001:db8::2' }
    expect(judge({ servers: [server(1), server(2, { ...NO_ROUTE, server: six })] })).toEqual([])
    expect(judge({ servers: [server(1), server(2, { ...DEAD, server: six })] })).toMatchObject([
      { problem: 'ZONE_SERVER_UNREACHABLE' },
    ])
  })

  test('one without an address is told in its own words; without any other it is an error', () => {
    const warnings = ['Name server ns2.example.test was left out: it has no address.']
    expect(judge({ servers: [server(1)], warnings })).toMatchObject([
      { problem: 'ZONE_SERVER_ADDRESSLESS', actor: 'customer', explanation: expect.stringContaining('it has no address.') },
    ])
    expect(judge({ servers: [], warnings })).toMatchObject([
      { problem: 'ZONE_UNREACHABLE', actor: 'customer', explanation: expect.stringContaining('it has no address.') },
    ])
  })

  test('private addresses: an error where there are no others', () => {
    const refused = [{ name: 'ns2.example.test', address: '10.0.0.1' }]
    const alone = judge({ zone: zone({ refused }), servers: [] })
    const beside = judge({ zone: zone({ refused }), servers: [server(1)] })
    const said = { problem: 'ZONE_SERVERS_PRIVATE', explanation: expect.stringContaining('ns2.example.test at 10.0.0.1') }
    expect([alone, beside]).toMatchObject([[said], [said]])
    expect([alone, beside].map(([finding]) => finding && severityOf(finding))).toEqual(['error', 'warning'])
  })
})

describe('the zone above and the zone', () => {
  test.each([
    [
      ['ns1.example.test', 'ns3.example.test'],
      /above example\.test names ns2\.example\.test.*itself does not.*names ns3\.example\.test/,
    ],
    [['ns1.example.test'], /above example\.test names ns2\.example\.test/],
    [[...NAMES, 'ns3.example.test'], /The zone example\.test names ns3\.example\.test, and the zone above does not/],
  ])('differ when the zone names %j', (nameServers, said) => {
    const servers = [server(1, { nameServers }), server(2, { nameServers })]
    expect(judge({ servers })).toMatchObject([{ problem: 'ZONE_PARENT_DIFFERS', explanation: expect.stringMatching(said) }])
  })

  test.each([[['NS2.example.test.', 'ns1.Example.test']], [[]]])('do not when it names %j', (nameServers) => {
    expect(judge({ servers: [server(1, { nameServers }), taciturn(2)] })).toEqual([])
  })

  test('a zone that the resolver alone knows', () => {
    const internal = { zone: zone({ source: 'resolver' }) }
    expect(judge({ ...internal, delegation: 'missing' })).toMatchObject([
      { problem: 'SPLIT_HORIZON', actor: 'operator', severity: 'error' },
    ])
    expect(judge({ ...internal, delegation: 'none' })).toMatchObject([{ problem: 'SPLIT_HORIZON' }])
    expect(judge({ ...internal, delegation: 'unknown' })).toMatchObject([{ problem: 'ZONE_PARENT_SILENT', actor: 'operator' }])
    expect(judge({ ...internal, delegation: 'delegated' })).toEqual([])
  })
})

describe('resolvers', () => {
  const VALID = { rcode: 'NOERROR', outcome: 'answer' } as const

  test('SERVFAIL that ends when DNSSEC is not checked: bogus, and both remedies', () => {
    const bogus = resolver({ ...FAILS, resolver: '192.0.2.54', unchecked: VALID })
    const silent = resolver({ rcode: 'timeout', outcome: 'unreachable' })
    expect(judge({ resolvers: [bogus, silent] })).toMatchObject([{ problem: 'DNSSEC_BOGUS' }, { problem: 'RESOLVER_FAILS' }])
    const findings = judge({ resolvers: [resolver(), bogus, { ...bogus, resolver: '192.0.2.55' }] })
    expect(findings).toMatchObject([
      {
        problem: 'DNSSEC_BOGUS',
        actor: 'customer',
        explanation: expect.stringMatching(/192\.0\.2\.54.*Is DNSSEC on for example\.test\?.*repair.*remove the DS record/),
      },
    ])
  })

  test('one alone that finds it bogus, where others answer, says something of itself', () => {
    const alone = resolver({ ...FAILS, resolver: '192.0.2.54', unchecked: VALID })
    expect(judge({ resolvers: [resolver(), alone, resolver()] })).toMatchObject([
      { problem: 'RESOLVER_FAILS', actor: 'operator', state: 'ok', explanation: expect.stringContaining('192.0.2.54: SERVFAIL') },
    ])
  })

  test.each<[string, Partial<ResolverView>]>([
    ['fails either way', { ...FAILS, unchecked: FAILS }],
    ['refuses', { rcode: 'REFUSED', outcome: 'error' }],
    ['is silent', { rcode: 'timeout', outcome: 'unreachable' }],
  ])('one that %s while the zone answers: its own fault', (_, o) => {
    expect(judge({ resolvers: [resolver(o)] })).toMatchObject([{ problem: 'RESOLVER_FAILS', actor: 'operator', state: 'ok' }])
    expect(judge({ resolvers: [resolver(o)], servers: [server(1, DEAD)] })).toMatchObject([{ problem: 'ZONE_UNREACHABLE' }])
  })

  test('one that shows the zone of another primary: an internal view, or the time before a move', () => {
    const findings = judge({ resolvers: [resolver({ primary: 'dc1.corp.internal', ttl: 2_520 }), resolver()] })
    expect(findings).toMatchObject([
      {
        problem: 'SPLIT_HORIZON',
        actor: 'operator',
        explanation: expect.stringContaining('192.0.2.53 shows the zone of dc1.corp.internal, for up to 42 min'),
      },
    ])
    // Two providers serve the zone, each with a primary of its own.
    expect(
      judge({
        servers: [server(1), server(2, { primary: 'A.example.test' })],
        resolvers: [resolver({ primary: 'a.example.test' })],
      }),
    ).toEqual([])
    expect(judge({ servers: [taciturn(1)], resolvers: [resolver()] })).toEqual([])
  })

  test('one that still says that there is no such domain', () => {
    const blank = { resolver: '192.0.2.53', rcode: 'NXDOMAIN', outcome: 'answer', negativeTtl: 900 } as const
    expect(judge({ resolvers: [blank] })).toMatchObject([{ problem: 'CACHE_NEGATIVE', waitSeconds: 900, action: 'wait' }])
  })
})

test('no registrar is named where a zone of the same owner delegates it', () => {
  const below = (name: string) => judge({ zone: zone({ apex: name }), servers: [server(1), server(2, DEAD)] })
  expect(below('example.test')[0]?.explanation).toContain('taken out at the registrar.')
  expect(below('sub.example.test')[0]?.explanation).toContain('taken out in the zone above it.')
})

test('errors come first', () => {
  const bogus = resolver({ ...FAILS, unchecked: { rcode: 'NOERROR', outcome: 'answer' } })
  const findings = judge({ servers: [server(1), server(2, DEAD)], resolvers: [bogus] })
  expect(findings.map(({ problem }) => problem)).toEqual(['DNSSEC_BOGUS', 'ZONE_SERVER_UNREACHABLE'])
})

const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code))
const text = fc.oneof(
  fc.constantFrom('', 'ns1.example.test', 'NOERROR', 'SERVFAIL', 'NXDOMAIN'),
  fc.string({ unit: anyCharacter, maxLength: 300 }),
)
const texts = fc.array(text, { maxLength: 5 })
const optional = { requiredKeys: [] }
const serverAt = fc.record({ name: text, address: fc.oneof(fc.ipV4(), fc.ipV6()) })
const seconds = fc.oneof(fc.integer(), fc.constantFrom(2 ** 31, 2 ** 32 - 1, Number.NaN))
const outcome = fc.constantFrom('answer' as const, 'error' as const, 'unreachable' as const)
const view = fc
  .record({
    zone: fc.option(
      fc.record({
        apex: text,
        nameServers: texts,
        source: fc.constantFrom('parent' as const, 'resolver' as const),
        refused: fc.array(serverAt, { maxLength: 3 }),
      }),
      { nil: undefined },
    ),
    registrable: text,
    delegation: fc.constantFrom('delegated' as const, 'missing' as const, 'none' as const, 'unknown' as const),
    servers: fc.array(
      fc
        .tuple(
          fc.record({
            server: serverAt,
            outcome: fc.oneof(outcome, fc.constant('lame' as const)),
            rcode: fc.constantFrom('NOERROR', 'SERVFAIL', 'timeout', 'no route from here'),
          }),
          fc.record({ primary: text, nameServers: texts }, optional),
        )
        .map(([must, may]) => ({ ...must, ...may })),
      { maxLength: 4 },
    ),
    resolvers: fc.array(
      fc
        .tuple(
          fc.record({ resolver: fc.ipV4(), rcode: fc.constantFrom('NOERROR', 'NXDOMAIN', 'SERVFAIL', 'timeout'), outcome }),
          fc.record(
            {
              primary: text,
              ttl: seconds,
              negativeTtl: seconds,
              unchecked: fc.record({ rcode: fc.constantFrom('NOERROR', 'SERVFAIL'), outcome }),
            },
            optional,
          ),
        )
        .map(([must, may]) => ({ ...must, ...may })),
      { maxLength: 4 },
    ),
  })
  .map(({ zone, ...rest }): ZoneView => ({ ...rest, warnings: [], ...(zone && { zone }) }))

test('any inspection is judged, safe to print, in few words, errors first; a zone where nobody answers never passes', () => {
  fc.assert(
    fc.property(view, (any) => {
      const findings = judgeZone(any)
      for (const { explanation, waitSeconds = 0 } of findings) {
        expect(explanation).toMatch(/^[ -~…]*$/)
        expect(explanation.length).toBeLessThan(20_000)
        expect(waitSeconds).toBeGreaterThanOrEqual(0)
        expect(waitSeconds).toBeLessThanOrEqual(604_800)
      }
      const severities = findings.map(severityOf)
      expect(severities.slice(severities.lastIndexOf('error') + 1)).not.toContain('error')
      expect(severities.slice(0, severities.lastIndexOf('error') + 1).every((severity) => severity === 'error')).toBe(true)
      const isAnswered = any.zone && any.servers.some((one) => one.outcome === 'answer')
      if (!isAnswered) expect(severities).toContain('error')
    }),
    { numRuns: 1_000 },
  )
})
