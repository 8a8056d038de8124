import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeRecord } from './record.ts'
import { slipOf, type WantedValue } from './slips.ts'

const token = '0123456789abcdef0123456789abcdef'
const value = `domainctl=${token}`
const txt: WantedValue = { type: 'TXT', name: '_domainctl.shop.example.com', value, zone: 'example.com' }
const host: WantedValue = { type: 'CNAME', name: 'shop.example.com', value: 'edge.hosting.net', zone: 'example.com' }
const problem = (wanted: WantedValue, seen: string) => slipOf(wanted, seen)?.problem

describe('slips in TXT values', () => {
  it.each([
    ['RECORD_VALUE_QUOTED', `"${value}"`],
    ['RECORD_VALUE_QUOTED', `\\"${value}\\"`],
    ['RECORD_VALUE_QUOTED', `“${value}”`],
    ['RECORD_VALUE_QUOTED', `'${value}' `],
    ['RECORD_VALUE_QUOTED', `"${value}`],
    ['RECORD_VALUE_SPACED', ` ${value}`],
    ['RECORD_VALUE_SPACED', `${value}\n`],
    ['RECORD_VALUE_SPACED', `domainctl= ${token}`],
    ['RECORD_VALUE_SPACED', `${value.slice(0, 20)}\r\n${value.slice(20)}`],
    ['RECORD_VALUE_SPACED', `\u200b${value}\u00a0`],
    ['RECORD_VALUE_CASE', value.toUpperCase()],
    ['RECORD_VALUE_CASE', `Domainctl=${token}`],
    ['RECORD_VALUE_CASE', `"Domainctl=${token}"`],
    ['RECORD_VALUE_PREFIX', token],
    ['RECORD_VALUE_PREFIX', `"${token.toUpperCase()}"`],
    ['RECORD_VALUE_PREFIX', `=${token}`],
    ['RECORD_VALUE_NAME', txt.name],
    ['RECORD_VALUE_NAME', `${txt.name}.`],
    ['RECORD_VALUE_NAME', `_domainctl=${token}`],
    ['RECORD_VALUE_NAME', `${txt.name}. 300 IN TXT "${value}"`],
    ['RECORD_VALUE_NAME', `_domainctl ${value}`],
    ['RECORD_VALUE_CUT', value.slice(0, -1)],
    ['RECORD_VALUE_CUT', 'domainctl='],
    ['RECORD_VALUE_CUT', value.slice(3)],
    ['RECORD_VALUE_CUT', token.slice(1)],
    ['RECORD_VALUE_GLUED', value + value],
    ['RECORD_VALUE_GLUED', `v=spf1 -all;${value}`],
    ['RECORD_VALUE_GLUED', `${value}.`],
    ['RECORD_VALUE_GLUED', `${value} (ours)`],
  ])('%s: %j', (code, seen) => {
    expect(slipOf(txt, seen)).toEqual({
      problem: code,
      why: expect.stringMatching(/\.$/),
      advice: expect.stringMatching(/\.$/),
    })
  })

  it.each([
    '',
    'v=spf1 -all',
    'domain',
    'd',
    token.slice(0, 8),
    `domainctl=${token.replaceAll('0', 'f')}`,
    'google-site-verification=x',
  ])('is not there in %j', (seen) => expect(slipOf(txt, seen)).toBeUndefined())
})

describe('slips in host names', () => {
  it.each([
    ['RECORD_VALUE_QUOTED', '"edge.hosting.net"'],
    ['RECORD_VALUE_SPACED', 'edge.hosting.net '],
    ['RECORD_VALUE_ZONE_APPENDED', 'edge.hosting.net.example.com'],
    ['RECORD_VALUE_ZONE_APPENDED', 'Edge.Hosting.Net.Example.com'],
    ['RECORD_VALUE_DOTS', 'edge.hosting.net.'],
    ['RECORD_VALUE_DOTS', 'edge.hosting.net\\.'],
    ['RECORD_VALUE_WWW', 'www.edge.hosting.net'],
    ['RECORD_VALUE_URL', 'https://edge.hosting.net/'],
    ['RECORD_VALUE_URL', 'https://edge.hosting.net'],
    ['RECORD_VALUE_URL', 'https://edge.hosting.net/.example.com'],
    ['RECORD_VALUE_URL', 'https://edge.hosting.net.example.com'],
    ['RECORD_VALUE_URL', 'edge.hosting.net/shop'],
    ['RECORD_VALUE_URL', 'edge.hosting.net:443'],
    ['RECORD_VALUE_KIND', '192.0.2.1'],
    ['RECORD_VALUE_KIND', '192.0.2.1.example.com'],
    ['RECORD_VALUE_KIND', '2001:db8::1'],
    ['RECORD_VALUE_NAME', 'shop.example.com'],
    ['RECORD_VALUE_CUT', 'edge.hosting'],
    ['RECORD_VALUE_CUT', 'edge.hosting.example.com'],
  ])('%s: %j', (code, seen) => expect(problem(host, seen)).toBe(code))

  it('sees a www. that is missing, and a label that is enough to tell', () => {
    expect(problem({ ...host, value: 'www.hosting.net' }, 'hosting.net')).toBe('RECORD_VALUE_WWW')
    expect(problem({ ...host, value: `${token}.validation.net` }, `${token}.example.com`)).toBe('RECORD_VALUE_CUT')
  })

  it.each(['old.hosting.net', 'edge.example.com', 'edge', 'hosting.net', 'example.com', 'https://other.net/', ''])(
    'is not there in %j',
    (seen) => expect(slipOf(host, seen)).toBeUndefined(),
  )
})

describe('slipOf', () => {
  const types = fc.constantFrom('TXT', 'CNAME', 'A', 'AAAA')
  const text = fc.string({ unit: 'binary' })

  it('throws for no value', () => {
    fc.assert(
      fc.property(types, text, text, text, fc.option(text, { nil: undefined }), (type, name, value, seen, zone) => {
        expect(() => slipOf({ type, name, value, zone }, seen)).not.toThrow()
      }),
    )
  })

  it('never calls a right value a slip, however it is spelled', () => {
    const label = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,20}$/)
    const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'))
    const any = fc.oneof(name, text, fc.ipV4(), fc.ipV6())
    fc.assert(
      fc.property(types, name, any, name, (type, at, value, zone) => {
        expect(slipOf({ type, name: at, value, zone }, value)).toBeUndefined()
        const seen = [{ server: 'ns1', rcode: 'NOERROR', usable: true, values: [value] }]
        if (!value.endsWith('.'))
          expect(judgeRecord({ type: type as 'TXT', name: at, values: [value], zone }, seen).state).toBe('ok')
      }),
    )
    fc.assert(
      fc.property(name, name, name, (at, value, zone) => {
        const wanted = { type: 'CNAME', name: at, value: `${value}.`, zone }
        for (const seen of [value, value.toUpperCase(), value.toLowerCase()]) expect(slipOf(wanted, seen)).toBeUndefined()
      }),
    )
  })

  it('finds a slip in a value that was wrapped, however long the value is', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{1,9}=[0-9a-f]{16,64}$/),
        fc.constantFrom('"', "'", ' ', '\n', '\t'),
        (value, around) => {
          expect(slipOf({ ...txt, value }, `${around}${value}${around}`)?.problem).toMatch(/QUOTED|SPACED/)
        },
      ),
    )
  })

  it('ends soon with values as long as the DNS has room for', () => {
    for (const piece of [' ', '"', '.', '/', ':', 'a.', '\\', value]) {
      const seen = piece.repeat(65_000 / piece.length)
      for (const wanted of [txt, host]) expect(() => slipOf(wanted, `x${seen}x`)).not.toThrow()
    }
  })
})

describe('judgeRecord', () => {
  const at = (server: string, ...values: string[]) => ({ server, rcode: 'NOERROR', usable: true, values })
  const wanted = { type: 'TXT', name: txt.name, values: [value] } as const

  it('names a slip only where every server that answers shows it', () => {
    const slip = `"${value}"`
    const dead = { server: 'ns9', rcode: 'timeout', usable: false, values: [] }
    expect(judgeRecord({ ...wanted, values: [value] }, [at('ns1', 'v=spf1', slip), at('ns2', slip), dead])).toMatchObject({
      state: 'wrong',
      problem: 'RECORD_VALUE_QUOTED',
      action: 'change',
      actor: 'customer',
      remove: [{ type: 'TXT', name: txt.name, value: slip }],
    })
    expect(judgeRecord({ ...wanted, values: [value] }, [at('ns1', slip), at('ns2', 'v=spf1')])).toMatchObject({
      problem: 'RECORD_WRONG',
    })
    expect(judgeRecord({ ...wanted, values: [value] }, [at('ns1', slip), at('ns2', value)])).toMatchObject({
      problem: 'RECORD_PARTIAL',
    })
  })

  it('wants addresses where a CNAME stands, and says so only where it is the same one everywhere', () => {
    const a = { type: 'A' as const, name: 'shop.example.com', values: ['192.0.2.1'] }
    const cname = (server: string, cname: string) => ({ ...at(server), cname })
    expect(judgeRecord(a, [cname('ns1', 'old.net'), cname('ns2', 'old.net')])).toMatchObject({
      problem: 'RECORD_VALUE_KIND',
      remove: [{ type: 'CNAME', name: 'shop.example.com', value: 'old.net' }],
    })
    expect(judgeRecord(a, [cname('ns1', 'old.net'), cname('ns2', 'new.net')])).toMatchObject({
      problem: 'RECORD_HIDDEN_BY_CNAME',
    })
  })
})
