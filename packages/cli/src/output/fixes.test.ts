import type { Check, Fix } from '@domainctl/core'
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
import type { Telling } from './finding.ts'
import { whatToFix } from './fixes.ts'
import { widthOf } from './text.ts'

const plain = (_: string, text: string) => text
const at = (columns?: number): Telling => ({ paint: plain, now, columns, verbose: false })
const told = (checks: Check[], columns?: number) => whatToFix(checks, at(columns)).join('\n')

describe('whatToFix', () => {
  it('fits into 80 columns: what is wrong, what to make and what to take away, who, and why', () => {
    expect(told([healthyZone, doubled], 80)).toBe(`
What to fix

1.  The record that proves who owns shop.example.com was made at a wrong place:
    its name ends with the domain twice.
    do      Your panel adds ".example.com" to every name by itself: enter the
            name without it.
            Make this record:
              type    TXT
              name    _domainctl.shop
              value   domainctl=0123456789abcdef0123456789abcdef
              TTL     300
            Remove this record:
              type    TXT
              name    _domainctl.shop.example.com.example.com
              value   domainctl=0123456789abcdef0123456789abcdef
    who     the owner of example.com, at the company that holds its DNS records
            (its name server: ns1.example.com)
    why     TXT _domainctl.shop.example.com is not there, but
            _domainctl.shop.example.com.example.com has it
            ("domainctl=0123456789abcdef0123456789abcdef"): the panel added
            example.com to a name that ended with it already.
    RECORD_ZONE_DOUBLED · ns1.example.com, ns2.example.com: no such name`)
  })

  it('has the name as most panels want it, and whole; only the latter where the zone is not known', () => {
    const text = told([{ ...missing, zone: 'example.com' }], 80)
    expect(text).toContain(`
              name    _domainctl.shop
                      (in full: _domainctl.shop.example.com)
              value   domainctl=0123456789abcdef0123456789abcdef
              TTL     300
            Most panels add ".example.com" themselves: enter the short name.`)
    expect(told([missing], 80)).toMatch(/name {4}_domainctl\.shop\.example\.com\n/)
    const apex: Check = { ...missing, zone: missing.record.name }
    expect(told([apex], 80)).toMatch(/name {4}@\n[\s\S]*@ stands for _domainctl\.shop\.example\.com;/)
  })

  it("edits one record of the name, in the fields of the DNS host's panel where it is known", () => {
    expect(told([elsewhere], 80)).toContain(`
    do      Edit this record at Cloudflare, so that it says:
              Type          CNAME
              Name          shop
              Target        edge.hosting.net
              Proxy status  DNS only
              TTL           Auto
            The cloud beside "Proxy status" must be grey, not orange: behind an
            orange cloud other addresses are shown.`)
    const { panel: _, ...fix } = elsewhere.fix ?? missing.fix ?? {}
    expect(told([{ ...elsewhere, zone: 'example.com', fix: fix as Fix }], 80)).toContain(`
    do      Edit this record; do not add a second one:
              type    CNAME
              name    shop
              now     old-shop.netlify.app
              new     edge.hosting.net`)
  })

  it('never says a record as a line of a zone file: CAA is three fields, several addresses are a table', () => {
    const name = 'example.com'
    const caa: Fix = { action: 'create', type: 'CAA', name, value: '0 issue "letsencrypt.org"', ttl: 300 }
    const forbidden: Check = { ...missing, purpose: 'caa', problem: 'DNS_CAA_FORBIDS', zone: name, fix: caa }
    expect(told([forbidden])).toMatch(/ {2}flags {3}0\n +tag {5}issue\n +value {3}letsencrypt\.org\n/)
    expect(told([forbidden])).toContain('does not let letsencrypt.org make its certificates.')
    const more = [{ type: 'AAAA' as const, name, value: '2001:db8::1', ttl: 300 }]
    const remove = [{ type: 'A' as const, name, value: '198.51.100.7' }]
    const two: Fix = { action: 'change', type: 'A', name, value: '192.0.2.1', ttl: 300, more, remove }
    expect(told([{ ...missing, problem: 'CNAME_AT_APEX', zone: name, fix: two }], 80)).toContain(`
    do      Remove this record:
              A  example.com  198.51.100.7
            Then make these 2 records (TTL 300):
              type  name  value
              A     @     192.0.2.1
              AAAA  @     2001:db8::1
            @ stands for example.com; some panels want the name left empty.`)
  })

  it('is one finding for several names, and names once who has to act', () => {
    const www = '_domainctl.www.example.com'
    const second: Check = {
      ...missing,
      record: { ...missing.record, name: www },
      ...(missing.fix && { fix: { ...missing.fix, name: www, value: 'domainctl=2' } }),
    }
    const all = [missing, second].map((check) => ({ ...check, zone: 'example.com' }))
    const text = told(all, 120)
    expect(text).toContain('1.  The record that proves who owns shop.example.com is missing. The same for www.example.com.')
    expect(text).toMatch(/_domainctl\.shop +domainctl=0123456789abcdef0123456789abcdef\n.*_domainctl\.www +domainctl=2\n/)
    expect(text).not.toContain('2.  ')
    const both = told([healthyZone, ...all, { ...elsewhere, zone: 'example.com' }], 120)
    expect(both.match(/the owner of/g)).toHaveLength(1)
    expect(both).toContain('\nAll of it is for: the owner of example.com, at the company that holds its DNS records')
  })

  it('leaves a name alone that follows another one', () => {
    const www: Check = {
      ...elsewhere,
      record: { ...elsewhere.record, name: 'www.example.com' },
      seen: [{ server: 'ns1', rcode: 'NOERROR', values: ['shop.example.com'] }],
      fix: { action: 'wait', type: 'CNAME', name: 'www.example.com', value: 'edge.hosting.net', ttl: 300 },
    }
    const text = told([missing, elsewhere, www], 120)
    expect(text).toContain('i www.example.com follows shop.example.com: it is right as soon as number 2 is done.')
    expect(text).not.toContain('3.  ')
  })

  it('tells steps in their order, once, and not again in why', () => {
    const advice = ['Ask the company.', 'Then remove it.']
    const explanation = `It is broken. ${advice.join(' ')} It takes a day.`
    const { fix: _, ...bogus } = { ...unreachable, problem: 'DNSSEC_BOGUS', actor: 'customer' as const, advice, explanation }
    const text = told([bogus], 120)
    expect(text).toContain('    do      1. Ask the company.\n            2. Then remove it.\n')
    expect(text).toContain('    why     It is broken. It takes a day.\n')
    expect(text).toMatch(/who {5}the owner of example\.com, at the company .* and then at the registrar/)
  })

  it.each([
    [unreachable, 'the company that runs the name servers of example.com; the owner can only ask them'],
    [{ ...unreachable, actor: 'customer' as const }, 'the owner of example.com, at the registrar (where the domain was bought'],
    [{ ...missing, actor: 'operator' as const }, 'the hosting company (whoever runs domainctl); the owner of the domain has'],
    [{ ...missing, actor: 'ca' as const }, 'the CA, the company that makes the certificates'],
    [{ ...missing, zone: 'example.com', host: 'godaddy' as const }, 'the owner of example.com, at GoDaddy, which holds its DNS'],
    [missing, 'the owner of the domain, at the company that holds its DNS records'],
    [old, 'nobody: it passes by itself'],
  ])('%#: who has to act: %s', (check, who) => expect(told([check])).toContain(`    who     ${who}`))

  it('has nothing below a domain that shows nothing of its owner', () => {
    const suspended: Check = { ...unreachable, problem: 'DOMAIN_SUSPENDED', actor: 'customer' }
    const text = told([suspended, missing], 120)
    expect(text).toContain('1 further check has to wait for that: TXT _domainctl.shop.example.com.')
    expect(text).not.toContain('Make this record')
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

  it('has a line for each warning beside errors; alone they are told as well, with the time that waiting takes', () => {
    const text = told([old, littered, missing], 200)
    expect(text).toMatch(/1\. [\s\S]*RECORD_MISSING[\s\S]*\n! .*CACHE_OLD\)\n! .*CHALLENGE_LITTER\)$/)
    expect(text).not.toContain('2.  ')
    const alone = told([old, littered], 120)
    expect(alone).toMatch(/^\nWorth a look\n\n1\. {2}The record of shop\.example\.com is right now\. .* for up to 42 minutes\.\n/)
    expect(alone).toMatch(/when {4}It should be over in 42 minutes/)
    expect(alone).toMatch(/2\. [\s\S]*Remove this record:[\s\S]*CHALLENGE_LITTER, a warning: nothing stops because of it/)
    expect(whatToFix([old, missing], { ...at(120), verbose: true }).join('\n')).toContain('2.  ')
  })

  it('says nothing of a time that is over', () => {
    expect(told([{ ...old, lookAgainAt: '2026-11-21T14:00:00.000Z' }])).not.toContain('should be over')
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
        expect(
          heads.every((line) =>
            /^(What to fix$|[12]\. {2}|! | {2}\S| {4}(why|who|do) | {4}RECORD_MISSING| {4}\S.*\.$)/u.test(line),
          ),
        ).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
