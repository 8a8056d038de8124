import { describe, expect, it } from 'vitest'
import { judgeRecord, type Sighting } from './record.ts'

const txt = { type: 'TXT' as const, name: '_domainctl.shop.example.test', values: ['domainctl=1234'] }
const cname = { type: 'CNAME' as const, name: 'shop.example.test', values: ['edge.example.net'] }

function at(server: string, values: string[], more: Partial<Sighting> = {}): Sighting {
  return { server, rcode: 'NOERROR', usable: true, values, ...more }
}
const dead = at('ns9', [], { usable: false, rcode: 'timeout' })

describe('judgeRecord', () => {
  it('is content when every server that answers shows the value, whatever else stands there', () => {
    expect(judgeRecord(txt, [at('ns1', ['domainctl=1234', 'v=spf1']), at('ns2', ['domainctl=1234']), dead])).toMatchObject({
      state: 'ok',
    })
  })

  it('names the server that lags', () => {
    const finding = judgeRecord(txt, [at('ns1', ['domainctl=1234']), at('ns2', [])])
    expect(finding).toMatchObject({ state: 'missing', problem: 'RECORD_PARTIAL', action: 'wait', actor: 'provider' })
    expect(finding.explanation).toContain('not yet at ns2')
  })

  it('tells missing from wrong', () => {
    expect(judgeRecord(txt, [at('ns1', [], { rcode: 'NXDOMAIN' })])).toMatchObject({
      problem: 'RECORD_MISSING',
      action: 'create',
      actor: 'customer',
    })
    const wrong = judgeRecord(cname, [at('ns1', ['old.example.org'])])
    expect(wrong).toMatchObject({ state: 'wrong', problem: 'RECORD_WRONG', action: 'change' })
    expect(wrong.explanation).toContain('"old.example.org"')
    expect(wrong.explanation).toContain('"edge.example.net"')
  })

  it('asks to add a TXT beside those that are there, not to change them', () => {
    const finding = judgeRecord(txt, [at('ns1', ['v=spf1 -all'])])
    expect(finding).toMatchObject({ state: 'missing', problem: 'RECORD_WRONG', action: 'create' })
    expect(finding.advice).toEqual(['Add the record, and leave "v=spf1 -all" as it is.'])
    expect(finding).not.toHaveProperty('remove')
  })

  it('asks to change one TXT of ours that has an old value, and does not guess which of two it is', () => {
    const remove = [{ type: 'TXT', name: txt.name, value: 'domainctl=old' }]
    expect(judgeRecord(txt, [at('ns1', ['v=spf1', 'domainctl=old'])])).toMatchObject({ action: 'change', remove })
    expect(judgeRecord(txt, [at('ns1', ['domainctl=old', 'domainctl=older'])])).toMatchObject({ action: 'create' })
  })

  it('shows quotation marks as they are, and names each server once', () => {
    const servers = ['ns1 (192.0.2.1)', 'ns1 (2001:db8::1)', 'ns2 (192.0.2.2)']
    const seen = judgeRecord(txt, [at('ns1', ['“domainctl=1234”\u200b'])])
    expect(seen.explanation).toContain('is “domainctl=1234”\\u{200b}. The quotation marks do not belong')
    const missing = judgeRecord(
      txt,
      servers.map((server) => at(server, [])),
    )
    expect(missing.explanation).toContain('(asked ns1, ns2)')
  })

  it('sees a CNAME that hides the record', () => {
    const finding = judgeRecord(txt, [at('ns1', [], { cname: 'elsewhere.example.org' })])
    const remove = [{ type: 'CNAME', name: txt.name, value: 'elsewhere.example.org' }]
    expect(finding).toMatchObject({ problem: 'RECORD_HIDDEN_BY_CNAME', action: 'change', remove })
  })

  it('does not guess when nobody answers', () => {
    expect(judgeRecord(txt, [dead])).toMatchObject({ state: 'unknown', problem: 'DNS_UNREACHABLE' })
    expect(judgeRecord(txt, [])).toMatchObject({ state: 'unknown', problem: 'DNS_UNREACHABLE' })
  })

  it('compares names and addresses by what they mean, and TXT by the letter', () => {
    expect(judgeRecord(cname, [at('ns1', ['Edge.Example.NET'])])).toMatchObject({ state: 'ok' })
    const aaaa = { type: 'AAAA' as const, name: 'shop.example.test', values: ['2001:DB8:0:0::1'] }
    expect(judgeRecord(aaaa, [at('ns1', ['2001:db8::1'])])).toMatchObject({ state: 'ok' })
    expect(judgeRecord(txt, [at('ns1', ['DOMAINCTL=1234'])])).toMatchObject({ problem: 'RECORD_VALUE_CASE' })
  })

  it('waits where the addresses are there, each at some server', () => {
    const a = { type: 'A' as const, name: 'shop.example.test', values: ['192.0.2.1', '192.0.2.2'] }
    const half = judgeRecord(a, [at('ns1', ['192.0.2.1']), at('ns2', ['192.0.2.2'])])
    expect(half).toMatchObject({ problem: 'RECORD_PARTIAL', action: 'wait' })
    expect(half.explanation).toContain('no server shows all of "192.0.2.1", "192.0.2.2"')
    const astray = [at('ns1', ['192.0.2.1', '198.51.100.7']), at('ns2', ['192.0.2.2'])]
    expect(judgeRecord(a, astray)).toMatchObject({ problem: 'RECORD_WRONG' })
  })

  it('stays short, whatever the zone is full of', () => {
    const many = Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(5000)}`)
    for (const { explanation } of [
      judgeRecord(txt, [at('ns1', many)]),
      judgeRecord(
        txt,
        many.map((value, i) => at(`ns${i}`, i === 0 ? txt.values : [value])),
      ),
      judgeRecord(
        txt,
        many.map((_, i) => ({ ...dead, server: `ns${i}` })),
      ),
    ])
      expect(explanation.length).toBeLessThan(1500)
  })

  it('wants exactly the addresses that were asked for', () => {
    const a = { type: 'A' as const, name: 'shop.example.test', values: ['192.0.2.1'] }
    expect(judgeRecord(a, [at('ns1', ['192.0.2.1', '198.51.100.7'])])).toMatchObject({ problem: 'RECORD_WRONG' })
  })
})
