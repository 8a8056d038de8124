import type { Check } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chained,
  doubled,
  elsewhere,
  healthyZone,
  littered,
  missing,
  now,
  old,
  unknown,
  unreachable,
} from './examination.test.support.ts'
import { type Telling, whatToFix } from './fixes.ts'
import { widthOf } from './text.ts'

const plain = (_: string, text: string) => text
const at = (columns?: number): Telling => ({ paint: plain, now, columns, verbose: false })
const told = (checks: Check[], columns?: number) => whatToFix(checks, at(columns)).join('\n')

describe('whatToFix', () => {
  it('fits into 80 columns: what is wrong, why, who, what to make and what to take away', () => {
    expect(told([doubled], 80)).toBe(`
What to fix

1.  The record that proves who owns shop.example.com was made at a wrong place:
    its name ends with the domain twice.
    code    RECORD_ZONE_DOUBLED
    why     TXT _domainctl.shop.example.com is not there, but
            _domainctl.shop.example.com.example.com has it
            ("domainctl=0123456789abcdef0123456789abcdef"): the panel appended
            example.com to a name that ended with it already. Enter the name
            without example.com.
    seen    ns1.example.com (192.0.2.1), ns2.example.com (192.0.2.2): no such
            name (NXDOMAIN)
    who     customer: the owner of the domain, at the company that manages its
            DNS
    do      Make this record:
              type    TXT, TTL 300
              name    _domainctl.shop.example.com
              value   domainctl=0123456789abcdef0123456789abcdef
            Remove this record:
              type    TXT
              name    _domainctl.shop.example.com.example.com
              value   "domainctl=0123456789abcdef0123456789abcdef"`)
  })

  it('gives records as lines of a zone file where there is room, and what has to go without a TTL', () => {
    const lines = whatToFix([doubled], at(200))
    expect(lines).toContain('              _domainctl.shop.example.com. 300 IN TXT "domainctl=0123456789abcdef0123456789abcdef"')
    expect(lines).toContain(
      '              _domainctl.shop.example.com.example.com. IN TXT "domainctl=0123456789abcdef0123456789abcdef"',
    )
  })

  it("gives the fields of the DNS host's panel where it is known, after what has to go", () => {
    expect(told([elsewhere], 80)).toContain(`
    do      Remove this record:
              shop.example.com. IN CNAME old-shop.netlify.app.
            In its place make this record at Cloudflare:
              Type          CNAME
              Name          shop
              Target        edge.hosting.net
              Proxy status  DNS only
              TTL           Auto
            The cloud beside "Proxy status" must be grey, not orange: behind an
            orange cloud other addresses are shown.`)
  })

  it('begins with the zone, and says in a line what has to wait for it', () => {
    const routing: Check = { ...unknown, purpose: 'routing', record: { type: 'A', name: 'shop.example.com', expected: [] } }
    const text = told([unknown, routing, { ...missing, record: { ...missing.record, name: 'a.example.org' } }, unreachable], 120)
    expect(text).toMatch(/1\. {2}The name servers of example\.com do not answer\.[\s\S]*2\. {2}.* a\.example\.org is missing/)
    expect(text).toContain('2 further checks have to wait for that: TXT _domainctl.shop.example.com, A shop.example.com.')
    expect(text).not.toContain('3.')
  })

  it('tells of a check without an answer where no zone is to blame', () => {
    expect(told([healthyZone, unknown])).toMatch(/1\. {2}No name server gave an answer about shop\.example\.com\./)
  })

  it('has warnings after errors, with the time that waiting takes', () => {
    const text = told([old, littered, missing], 120)
    expect(text).toMatch(/1\. [\s\S]*RECORD_MISSING[\s\S]*2\. [\s\S]*CACHE_OLD[\s\S]*a warning[\s\S]*3\. [\s\S]*CHALLENGE_LITTER/)
    expect(text).toMatch(/when {4}Waiting helps: it should be right in 42 minutes/)
    expect(text).toContain('Remove this record:')
    expect(told([old])).toMatch(/^\nWorth a look\n/)
  })

  it('says nothing of a time that is over', () => {
    expect(told([{ ...old, lookAgainAt: '2026-11-21T14:00:00.000Z' }])).not.toContain('Waiting helps')
  })

  it('has a line for what is only good to know, and why with --verbose', () => {
    expect(told([chained], 80)).toBe('\ni www.example.com leads here by way of other names. (ROUTING_CHAINED)')
    expect(whatToFix([chained], { ...at(80), verbose: true })).toContain(
      '    www.example.com leads to edge.hosting.net by way of shop.example.com.',
    )
  })

  it('merges findings that one fix mends', () => {
    const { fix } = elsewhere
    const six: Check = {
      ...elsewhere,
      record: { type: 'AAAA', name: 'shop.example.com', expected: [] },
      explanation: 'As IPv4.',
      ...(fix && { fix }),
    }
    const text = told([elsewhere, six], 120)
    expect(text).toMatch(/also {4}routing: AAAA shop\.example\.com/)
    expect(text).toContain('As IPv4.')
    expect(text).not.toContain('2.  ')
  })

  it('is nothing where all is right', () => expect(whatToFix([healthyZone], at(80))).toEqual([]))

  it('has a sentence for a code that it does not know', () => {
    expect(told([{ ...missing, problem: 'constructor' }])).toContain(
      '1.  The record that proves who owns shop.example.com is not right.',
    )
  })

  it('has the wanted record whole, however narrow the terminal', () => {
    expect(told([missing], 30)).toContain('value   domainctl=0123456789abcdef0123456789abcdef')
  })

  it('stays in its columns and on its lines whatever a server says', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom('אבג‮‏', '\u001b[2J\r\n', 'a\u0301'.repeat(500), '字'.repeat(20_000), `${'a '.repeat(500)}`),
    )
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), fc.constantFrom(70, 80, 200), (values, columns) => {
        const [value = ''] = values
        const seen = [{ server: `ns1${value}`, rcode: 'NOERROR', values, ttl: 300 }]
        const remove = values.map((gone) => ({ type: 'TXT' as const, name: `a${gone.slice(0, 100)}.example.com`, value: gone }))
        const { fix = littered.fix } = missing
        const check: Check = { ...missing, seen, explanation: `It is ${value}.`, ...(fix && { fix: { ...fix, remove } }) }
        const lines = whatToFix(
          [check, { ...littered, seen, ...(littered.fix && { fix: { ...littered.fix, remove } }) }],
          at(columns),
        )
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns)
        expect(lines.join('')).not.toMatch(/[\p{C}\p{M}\p{Zl}\p{Zp}\u0590-\u08ff]/u)
        // Nothing but our own numbers, labels and marks stands at the beginning of a line.
        const heads = lines.filter((line) => line !== '' && !line.startsWith(' '.repeat(12)))
        expect(heads.every((line) => /^(What to fix$|[12]\. {2}| {4}(code|why|seen|who|do) | {4}\S.*\.$)/u.test(line))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
