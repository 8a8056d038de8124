import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { severityOf } from './finding.ts'
import type { Route, RoutingLook, RoutingObserved, Shown } from './route.ts'
import { judgeRouting, nextLooks } from './routing.ts'

const NAME = 'shop.example.test'
const TARGET = 'edge.hosting.test'
const OURS = ['192.0.2.1', '192.0.2.2', '2001:db8::1']
const CLOUDFLARE = ['104.21.5.6', '172.67.1.2']

const at = (server: string, values: string[] = [], more: Partial<Shown> = {}): Shown => ({
  server,
  rcode: 'NOERROR',
  usable: true,
  values,
  ...more,
})
const both = (...values: string[]) => [at('ns1', values), at('ns2', values)]
const dead = at('ns9', [], { usable: false, rcode: 'timeout' })
const route = (path: string[], addresses: string[] = [], end: Route['end'] = 'addresses'): Route => ({ path, end, addresses })
const EDGE = route([TARGET], OURS)

/** Of a name that wants the CNAME: nothing there but what is given. */
const wanting = (more: Partial<RoutingObserved> = {}): RoutingObserved => ({
  name: NAME,
  zone: 'example.test',
  wanted: { type: 'CNAME', target: TARGET },
  cname: both(),
  a: both(),
  aaaa: both(),
  target: EDGE,
  others: [],
  ...more,
})
const leading = (...rest: Parameters<typeof route>) => wanting({ cname: both(rest[0][1] ?? ''), leads: route(...rest) })
const removed = (...values: string[]) => values.map((value) => expect.objectContaining({ name: NAME, value }))

describe('where a CNAME is wanted', () => {
  it('is right with it, whatever a dead server says', () => {
    expect(judgeRouting(wanting({ cname: [...both(TARGET), dead] }))).toMatchObject({
      state: 'ok',
      explanation: 'CNAME shop.example.test is right at 2 servers.',
    })
  })

  it.each([
    ['none', 'CHAIN_BROKEN', 'has no address'],
    ['missing', 'CHAIN_BROKEN', 'does not exist'],
    ['loop', 'CHAIN_LOOP', 'in a circle'],
    ['too-long', 'CHAIN_LOOP', 'more than 16'],
  ] as const)('is the business of the operator when the wanted host itself ends in %s', (end, problem, words) => {
    const finding = judgeRouting(wanting({ cname: both(TARGET), target: route([TARGET], [], end) }))
    expect(finding).toMatchObject({ state: 'wrong', problem, actor: 'operator', explanation: expect.stringContaining(words) })
    expect(finding).not.toHaveProperty('action')
  })

  it('is no less proven while the servers of the wanted host are silent', () => {
    const finding = judgeRouting(wanting({ cname: both(TARGET), target: route([TARGET], [], 'silent') }))
    expect(finding).toMatchObject({ state: 'ok', problem: 'DNS_UNREACHABLE', severity: 'warning', actor: 'operator' })
  })

  it.each(['RECORD_VALUE_URL', 'RECORD_VALUE_WWW'])('%s: a slip goes before where it leads', (problem) => {
    const value = problem === 'RECORD_VALUE_URL' ? `https://${TARGET}/` : `www.${TARGET}`
    expect(judgeRouting(wanting({ cname: both(value) }))).toMatchObject({ problem, action: 'change' })
  })

  it('ROUTING_CHAINED: by way of another name', () => {
    const finding = judgeRouting(leading([NAME, 'www.example.test', TARGET], OURS))
    expect(finding).toMatchObject({ state: 'ok', problem: 'ROUTING_CHAINED' })
    expect(severityOf(finding)).toBe('info')
    const broken = judgeRouting({
      ...leading([NAME, 'www.example.test', TARGET], [], 'none'),
      target: route([TARGET], [], 'none'),
    })
    expect(broken).toMatchObject({ problem: 'CHAIN_BROKEN', actor: 'operator' })
  })

  it('ROUTING_FLATTENED: a CNAME to another name with the same addresses', () => {
    expect(judgeRouting(leading([NAME, 'cdn.hosting.test'], ['192.0.2.2']))).toMatchObject({
      state: 'ok',
      problem: 'ROUTING_FLATTENED',
    })
  })

  it.each([
    ['CHAIN_BROKEN', 'missing', 'does not exist'],
    ['CHAIN_BROKEN', 'none', 'has no address'],
    ['CHAIN_LOOP', 'loop', 'in a circle'],
  ] as const)('%s: the customer changes a CNAME that ends in %s', (problem, end, words) => {
    const finding = judgeRouting(leading([NAME, 'gone.old.test', 'b.old.test'], [], end))
    expect(finding).toMatchObject({ problem, actor: 'customer', action: 'change', remove: removed('gone.old.test') })
    expect(finding.explanation).toContain(words)
  })

  it('says that it does not know where a silent host leads', () => {
    expect(judgeRouting(leading([NAME, 'a.old.test'], [], 'silent'))).toMatchObject({
      state: 'unknown',
      problem: 'DNS_UNREACHABLE',
      action: 'change',
    })
  })

  it('ROUTING_ELSEWHERE names the company of a known host, before a proxy of that company', () => {
    const finding = judgeRouting(leading([NAME, 'brave.netlify.app'], ['198.51.100.7']))
    expect(finding).toMatchObject({ problem: 'ROUTING_ELSEWHERE', action: 'change', remove: removed('brave.netlify.app') })
    expect(finding.explanation).toBe(
      'shop.example.test is a CNAME to "brave.netlify.app" (asked ns1, ns2), which is Netlify. Visitors go there, and not to edge.hosting.test. Change the CNAME to edge.hosting.test.',
    )
    expect(judgeRouting(leading([NAME, 'proxy-ssl.webflow.com'], CLOUDFLARE))).toMatchObject({ problem: 'ROUTING_ELSEWHERE' })
  })

  it('ROUTING_PROXIED and ROUTING_MIXED behind another name', () => {
    expect(judgeRouting(leading([NAME, 'shop.old.test'], CLOUDFLARE))).toMatchObject({ problem: 'ROUTING_PROXIED' })
    expect(judgeRouting(leading([NAME, 'shop.old.test'], ['192.0.2.1', '198.51.100.7']))).toMatchObject({
      problem: 'ROUTING_MIXED',
    })
  })

  it('RECORD_PARTIAL: a way to the host that not every server shows yet', () => {
    const chained = leading([NAME, 'www.example.test', TARGET], OURS)
    const lagging = { ...chained, cname: [at('ns1', ['www.example.test']), at('ns2')] }
    for (const cname of [lagging.cname, [at('ns1', [TARGET]), at('ns2')]]) {
      const finding = judgeRouting({ ...lagging, cname })
      expect(finding).toMatchObject({ problem: 'RECORD_PARTIAL', action: 'wait', actor: 'provider' })
      expect(finding.explanation).toContain('not yet at ns2')
    }
  })

  it('says for how long resolvers show the old value, from an hour on', () => {
    const slow = (ttl: number) =>
      judgeRouting({ ...leading([NAME, 'a.old.test'], ['198.51.100.7']), cname: [at('ns1', ['a.old.test'], { ttl })] })
    expect(slow(86_400).explanation).toContain('for up to 24 h, because the TTL')
    expect(slow(3599).explanation).not.toContain('TTL')
    // RFC 2181 §8: it counts as none.
    expect(slow(2 ** 31).explanation).not.toContain('TTL')
  })
})

describe('a CNAME that looks like a slip', () => {
  it.each([
    ['www', `www.${TARGET}`],
    ['a part', TARGET.slice(0, TARGET.lastIndexOf('.'))],
  ])('is right where it leads to the wanted host: %s', (_, alias) => {
    const cname = both(alias)
    const first = { name: NAME, zone: 'example.test', wanted: { type: 'CNAME', target: TARGET }, cname } as const
    expect(nextLooks(first)).toEqual(['leads', 'target'])
    const led = wanting({ cname, leads: route([NAME, alias, TARGET], OURS) })
    expect(judgeRouting(led)).toMatchObject({ state: 'ok', problem: 'ROUTING_CHAINED' })
    const lost = wanting({ cname, leads: route([NAME, alias], [], 'missing') })
    expect(judgeRouting(lost)).toMatchObject({ state: 'wrong', problem: expect.stringMatching(/^RECORD_VALUE_(WWW|CUT)$/) })
  })
})

describe('addresses where a CNAME is wanted', () => {
  it('ROUTING_FLATTENED: some of the addresses of the host and no others, however they are spelled', () => {
    const finding = judgeRouting(wanting({ a: both('192.0.2.2'), aaaa: both('2001:DB8:0::1') }))
    expect(finding).toMatchObject({ state: 'ok', problem: 'ROUTING_FLATTENED', actor: 'customer' })
    expect(finding).not.toHaveProperty('action')
  })

  it('ROUTING_PROXIED: the addresses of a proxy, unless they are those of the host as well', () => {
    const finding = judgeRouting(wanting({ a: both(...CLOUDFLARE) }))
    expect(finding).toMatchObject({ problem: 'ROUTING_PROXIED', action: 'change', actor: 'customer' })
    expect(finding.explanation).toContain('"DNS only"')
    const own = { a: both(...CLOUDFLARE), target: route([TARGET], CLOUDFLARE) }
    expect(judgeRouting(wanting(own))).toMatchObject({ problem: 'ROUTING_FLATTENED' })
  })

  it('ROUTING_AAAA_ELSEWHERE and ROUTING_MIXED: only what is not of the host has to go', () => {
    expect(judgeRouting(wanting({ a: both('192.0.2.1'), aaaa: both('2001:db8::bad') }))).toMatchObject({
      problem: 'ROUTING_AAAA_ELSEWHERE',
      action: 'remove',
      remove: [{ type: 'AAAA', name: NAME, value: '2001:db8::bad' }],
    })
    for (const [a, aaaa] of [
      [['192.0.2.1', '198.51.100.7'], []],
      [['198.51.100.7'], ['2001:db8::1']],
    ] as const)
      expect(judgeRouting(wanting({ a: both(...a), aaaa: both(...aaaa) }))).toMatchObject({
        problem: 'ROUTING_MIXED',
        action: 'remove',
        remove: removed('198.51.100.7'),
      })
  })

  it('ROUTING_ELSEWHERE: the old addresses go; where other records stand, addresses come in their place, not a CNAME', () => {
    const txt = { type: 'TXT', value: 'v=spf1 -all' } as const
    const finding = judgeRouting(wanting({ a: both('185.199.108.153'), others: [txt] }))
    expect(finding).toMatchObject({
      problem: 'ROUTING_ELSEWHERE',
      action: 'change',
      remove: [{ type: 'A', name: NAME, value: '185.199.108.153' }],
      create: OURS.map((value) => ({ name: NAME, value })),
    })
    expect(finding.explanation).toContain('GitHub Pages')
    expect(finding.explanation).toContain('Do not remove the TXT records')
  })

  it('RECORD_VALUE_KIND when the host has no address to compare with, and no guess when it is silent', () => {
    const a = both('198.51.100.7')
    expect(judgeRouting(wanting({ a, target: route([TARGET], [], 'none') }))).toMatchObject({
      problem: 'RECORD_VALUE_KIND',
      action: 'change',
      remove: removed('198.51.100.7'),
    })
    expect(judgeRouting(wanting({ a, target: route([TARGET], [], 'silent') }))).toMatchObject({
      state: 'unknown',
      problem: 'DNS_UNREACHABLE',
      actor: 'operator',
    })
  })

  it('RECORD_PARTIAL when some servers have only addresses of the host and others have none of them', () => {
    for (const late of [at('ns2', ['198.51.100.7']), at('ns2')])
      expect(judgeRouting(wanting({ a: [at('ns1', ['192.0.2.1']), late] }))).toMatchObject({ problem: 'RECORD_PARTIAL' })
  })
})

describe('nothing where a CNAME is wanted', () => {
  it('RECORD_MISSING, CNAME_BESIDE_OTHERS, ROUTING_WILDCARD_SHADOWED', () => {
    expect(judgeRouting(wanting())).toMatchObject({ problem: 'RECORD_MISSING', action: 'create' })
    const others = [{ type: 'TXT', name: NAME, value: 'v=spf1 -all' } as const]
    const blocked = judgeRouting(wanting({ others }))
    // What stands there may be somebody's mail: it is never told to go.
    expect(blocked).toMatchObject({
      problem: 'CNAME_BESIDE_OTHERS',
      action: 'create',
      create: OURS.map((value) => ({ name: NAME, value })),
    })
    expect(blocked.remove).toBeUndefined()
    expect(blocked.explanation).toContain('TXT v=spf1 -all')
    for (const wildcard of [route(['*.example.test', TARGET], OURS), route(['*.example.test'], ['192.0.2.1'])])
      expect(judgeRouting(wanting({ wildcard }))).toMatchObject({ problem: 'ROUTING_WILDCARD_SHADOWED', action: 'create' })
    const other = route(['*.example.test'], ['198.51.100.7'])
    expect(judgeRouting(wanting({ wildcard: other }))).toMatchObject({ problem: 'RECORD_MISSING' })
  })
})

describe('a CNAME wanted at an apex', () => {
  const apex = (more: Partial<RoutingObserved> = {}) => wanting({ name: 'example.test', ...more })
  const create = OURS.map((value) => ({ type: value.includes(':') ? 'AAAA' : 'A', name: 'example.test', value }))

  it('is right with the addresses of the host', () => {
    expect(judgeRouting(apex({ a: both('192.0.2.1') }))).toMatchObject({ state: 'ok', problem: 'ROUTING_FLATTENED' })
  })

  it('CNAME_AT_APEX: the present addresses of the host take the place of others', () => {
    const missing = judgeRouting(apex())
    expect(missing).toMatchObject({ problem: 'CNAME_AT_APEX', state: 'missing', action: 'create', create, actor: 'customer' })
    expect(missing.explanation).toContain('ALIAS')
    expect(judgeRouting(apex({ a: both('185.199.108.153') }))).toMatchObject({
      problem: 'CNAME_AT_APEX',
      state: 'wrong',
      action: 'change',
      create,
      remove: [{ type: 'A', name: 'example.test', value: '185.199.108.153' }],
    })
    // Some servers serve a CNAME there all the same, and hide SOA, NS and MX by it.
    expect(judgeRouting(apex({ cname: both(TARGET) }))).toMatchObject({
      problem: 'CNAME_AT_APEX',
      create,
      remove: [{ type: 'CNAME', value: TARGET }],
    })
  })

  it('ROUTING_PROXIED, ROUTING_MIXED and RECORD_PARTIAL as elsewhere', () => {
    expect(judgeRouting(apex({ a: both(...CLOUDFLARE) }))).toMatchObject({ problem: 'ROUTING_PROXIED', create })
    expect(judgeRouting(apex({ a: both('192.0.2.1', '198.51.100.7') }))).toMatchObject({ problem: 'ROUTING_MIXED' })
    expect(judgeRouting(apex({ a: [at('ns1', ['192.0.2.1']), at('ns2')] }))).toMatchObject({ problem: 'RECORD_PARTIAL' })
  })

  it('is the business of the operator when the host has no address', () => {
    expect(judgeRouting(apex({ target: route([TARGET], [], 'none') }))).toMatchObject({
      problem: 'CNAME_AT_APEX',
      actor: 'operator',
    })
    expect(judgeRouting(apex({ target: route([TARGET], [], 'silent') }))).toMatchObject({ state: 'unknown', actor: 'operator' })
  })

  it('is one wherever NS records stand at the name', () => {
    const others = [{ type: 'NS', name: NAME, value: 'ns1.example.test' } as const]
    expect(judgeRouting(wanting({ others }))).toMatchObject({ problem: 'CNAME_AT_APEX' })
  })
})

describe('where addresses are wanted', () => {
  const exactly = (addresses: string[], more: Partial<RoutingObserved> = {}, type: 'A' | 'AAAA' = 'A'): RoutingObserved => ({
    name: NAME,
    zone: 'example.test',
    wanted: { type, addresses },
    a: both(),
    aaaa: both(),
    ...more,
  })

  it('is right with all of them and no others', () => {
    expect(judgeRouting(exactly(['192.0.2.1'], { a: both('192.0.2.1') }))).toMatchObject({ state: 'ok' })
    expect(judgeRouting(exactly(OURS, { aaaa: both('2001:DB8::1') }, 'AAAA'))).toMatchObject({ state: 'ok' })
  })

  it('the other family must not be there where none of it is wanted', () => {
    const aaaa = judgeRouting(exactly(['192.0.2.1'], { a: both('192.0.2.1'), aaaa: both('2001:db8::bad') }))
    const stray = [{ type: 'AAAA', name: NAME, value: '2001:db8::bad' }]
    expect(aaaa).toMatchObject({ problem: 'ROUTING_AAAA_ELSEWHERE', action: 'remove', remove: stray })
    const a = judgeRouting(exactly(['2001:db8::1'], { a: both('198.51.100.7'), aaaa: both('2001:db8::1') }, 'AAAA'))
    expect(a).toMatchObject({ problem: 'ROUTING_MIXED', action: 'remove', remove: removed('198.51.100.7') })
    const late = exactly(['192.0.2.1'], { a: both('192.0.2.1'), aaaa: [at('ns1'), at('ns2', ['2001:db8::bad'])] })
    expect(judgeRouting(late)).toMatchObject({ problem: 'RECORD_PARTIAL', explanation: expect.stringContaining('ns2') })
  })

  it('ROUTING_AAAA_ELSEWHERE where both families are wanted and IPv6 alone is wrong', () => {
    const seen = { a: both('192.0.2.1', '192.0.2.2'), aaaa: both('2001:db8::bad') }
    expect(judgeRouting(exactly(OURS, seen, 'AAAA'))).toMatchObject({
      problem: 'ROUTING_AAAA_ELSEWHERE',
      action: 'change',
      create: [{ type: 'AAAA', value: '2001:db8::1' }],
      remove: [{ value: '2001:db8::bad' }],
    })
    expect(judgeRouting(exactly(OURS, seen))).toMatchObject({ state: 'ok' })
  })

  it('ROUTING_MIXED: what is wrong goes, and what is missing is made', () => {
    expect(judgeRouting(exactly(['192.0.2.1'], { a: both('192.0.2.1', '198.51.100.7') }))).toMatchObject({
      problem: 'ROUTING_MIXED',
      action: 'remove',
      remove: removed('198.51.100.7'),
    })
    expect(judgeRouting(exactly(['192.0.2.1', '192.0.2.2'], { a: both('192.0.2.1', '198.51.100.7') }))).toMatchObject({
      problem: 'ROUTING_MIXED',
      action: 'change',
      create: [{ type: 'A', value: '192.0.2.2' }],
    })
  })

  it('RECORD_MISSING: some of several, with only the others to be made', () => {
    expect(judgeRouting(exactly(['192.0.2.1', '192.0.2.2'], { a: both('192.0.2.1') }))).toMatchObject({
      problem: 'RECORD_MISSING',
      action: 'create',
      create: [{ type: 'A', name: NAME, value: '192.0.2.2' }],
    })
  })

  it('ROUTING_PROXIED and ROUTING_ELSEWHERE', () => {
    expect(judgeRouting(exactly(['192.0.2.1'], { a: both(...CLOUDFLARE) }))).toMatchObject({
      problem: 'ROUTING_PROXIED',
      action: 'change',
      create: [{ type: 'A', value: '192.0.2.1' }],
    })
    const elsewhere = judgeRouting(exactly(['192.0.2.1'], { a: both('75.2.60.5') }))
    expect(elsewhere).toMatchObject({ problem: 'ROUTING_ELSEWHERE', action: 'change', remove: removed('75.2.60.5') })
    expect(elsewhere.explanation).toContain('Netlify')
  })

  it.each([
    ['ROUTING_CHAINED', 'ok', route([NAME, 'a.test'], ['192.0.2.1'])],
    ['RECORD_VALUE_KIND', 'wrong', route([NAME, 'a.test'], ['192.0.2.1', '192.0.2.2'])],
    ['RECORD_VALUE_KIND', 'wrong', route([NAME, 'a.test'], [], 'silent')],
    ['CHAIN_BROKEN', 'wrong', route([NAME, 'a.test'], [], 'missing')],
    ['CHAIN_LOOP', 'wrong', route([NAME, 'a.test', NAME], [], 'loop')],
  ] as const)('%s, %s: a CNAME there', (problem, state, leads) => {
    const alias = [at('ns1', [], { cname: 'a.test' }), at('ns2', [], { cname: 'a.test' })]
    const finding = judgeRouting(exactly(['192.0.2.1'], { a: alias, aaaa: alias, leads }))
    expect(finding).toMatchObject({ problem, state })
    if (state === 'wrong') expect(finding.remove).toEqual([{ type: 'CNAME', name: NAME, value: 'a.test' }])
  })

  it('ROUTING_WILDCARD_SHADOWED', () => {
    const wildcard = route(['*.example.test'], ['192.0.2.1'])
    expect(judgeRouting(exactly(['192.0.2.1'], { wildcard }))).toMatchObject({ problem: 'ROUTING_WILDCARD_SHADOWED' })
  })
})

describe('whatever servers show', () => {
  const text = fc.oneof(
    fc.constantFrom(TARGET, `www.${TARGET}`, 'a.netlify.app', NAME, ''),
    fc.constantFrom(...OURS, ...CLOUDFLARE, '198.51.100.7', '2001:db8::bad', '185.199.108.153'),
    fc.string({ unit: 'binary', maxLength: 30 }),
  )
  const texts = fc.array(text, { maxLength: 3 })
  const shown: fc.Arbitrary<Shown[]> = fc.array(
    fc.record(
      {
        server: fc.constantFrom('ns1', 'ns2', '\u202ens3\u001b[2J'),
        rcode: fc.constantFrom('NOERROR', 'NXDOMAIN', 'SERVFAIL'),
        usable: fc.boolean(),
        values: texts,
        cname: text,
        ttl: fc.oneof(fc.integer(), fc.constant(2 ** 31), fc.double()),
      },
      { requiredKeys: ['server', 'rcode', 'usable', 'values'] },
    ),
    { maxLength: 3 },
  )
  const anyRoute: fc.Arbitrary<Route> = fc.record(
    {
      path: texts,
      end: fc.constantFrom('addresses', 'none', 'missing', 'loop', 'too-long', 'silent'),
      addresses: texts,
      why: text,
    },
    { requiredKeys: ['path', 'end', 'addresses'] },
  )
  const wanted: fc.Arbitrary<RoutingObserved['wanted']> = fc.oneof(
    fc.constant({ type: 'CNAME' as const, target: TARGET }),
    fc.record({ type: fc.constantFrom('A' as const, 'AAAA' as const), addresses: fc.subarray(OURS, { minLength: 1 }) }),
  )
  const other = fc.record({
    type: fc.constantFrom('TXT' as const, 'CAA' as const, 'NS' as const),
    name: fc.constant(NAME),
    value: text,
  })
  const looked = {
    cname: shown,
    a: shown,
    aaaa: shown,
    leads: anyRoute,
    target: anyRoute,
    others: fc.array(other, { maxLength: 2 }),
    wildcard: anyRoute,
  }
  const start = { name: fc.constant(NAME), zone: fc.constantFrom('example.test', NAME, ''), wanted }

  it('there is a finding that can be read, and fixes are of this name', () => {
    fc.assert(
      fc.property(fc.record({ ...start, ...looked }, { requiredKeys: ['name', 'zone', 'wanted'] }), (observed) => {
        const finding = judgeRouting(observed)
        expect(finding.explanation).toMatch(/^\P{C}+\.$/u)
        expect(finding.explanation).toContain(finding.advice?.join(' ') ?? '')
        expect(finding.state === 'ok').toBe(severityOf(finding) !== 'error')
        if (finding.action === 'remove') expect(finding.remove?.length).toBeGreaterThan(0)
        for (const { name } of [...(finding.create ?? []), ...(finding.remove ?? [])]) expect(name).toBe(NAME)
      }),
      { numRuns: 2000 },
    )
  })

  it('every look is made once, and they come to an end', () => {
    fc.assert(
      fc.property(fc.record(start), fc.record(looked), (begin, seen) => {
        let observed: RoutingObserved = begin
        const made: RoutingLook[] = []
        for (let looks = nextLooks(observed); looks.length > 0; looks = nextLooks(observed)) {
          for (const look of looks) {
            expect(made).not.toContain(look)
            made.push(look)
            observed = look === 'addresses' ? { ...observed, a: seen.a, aaaa: seen.aaaa } : { ...observed, [look]: seen[look] }
          }
        }
        expect(made.length).toBeLessThanOrEqual(6)
      }),
      { numRuns: 2000 },
    )
  })
})
