import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlainRecord } from './finding.ts'
import { type DnsHost, dnsHostOf, type PanelForm, panelForm } from './panel.ts'

const zone = 'example.com'
const txt = { type: 'TXT', name: '_domainctl.shop.example.com', value: 'domainctl=0123', ttl: 300 } as const
const cname = { type: 'CNAME', name: 'shop.example.com', value: 'edge.hosting.net', ttl: 300 } as const
const address = { type: 'A', name: 'example.com', value: '192.0.2.1', ttl: 300 } as const
const caa = { type: 'CAA', name: 'example.com', value: '0 issue "letsencrypt.org"', ttl: 300 } as const

const pairs = ({ fields }: PanelForm) => fields.map(({ label, value }) => [label, value])

describe('dnsHostOf', () => {
  it.each<[DnsHost | undefined, string[]]>([
    ['cloudflare', ['ada.ns.cloudflare.com', 'Bob.NS.Cloudflare.com.']],
    ['cloudflare', ['blue.foundationdns.com', 'blue.foundationdns.net', 'blue.foundationdns.org']],
    ['route53', ['ns-421.awsdns-52.com', 'ns-1283.awsdns-32.org', 'ns-1881.awsdns-43.co.uk', 'ns-741.awsdns-28.net']],
    ['godaddy', ['ns01.domaincontrol.com', 'ns02.domaincontrol.com']],
    ['cloudflare', ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com', 'ns1.example.net']],
    [undefined, ['ada.ns.cloudflare.com', 'ns1.example.net']],
    [undefined, ['ada.ns.cloudflare.com', 'ns01.domaincontrol.com']],
    // A zone that is transferred to Cloudflare from elsewhere is not edited there.
    [undefined, ['ns0001.secondary.cloudflare.com', 'ns0002.secondary.cloudflare.com']],
    [undefined, ['ns.cloudflare.com.evil.example', 'notdomaincontrol.com', 'ns-1.awsdns-1.com.evil.example']],
    [undefined, []],
  ])('is %s for %j', (host, names) => {
    expect(dnsHostOf(names)).toBe(host)
  })

  it('counts a name server that is given twice once', () => {
    expect(dnsHostOf(['ada.ns.cloudflare.com', 'ADA.ns.cloudflare.com.', 'ns1.example.net'])).toBeUndefined()
  })
})

describe('panelForm', () => {
  it('of Cloudflare has the grey cloud where there can be a cloud', () => {
    expect(pairs(panelForm('cloudflare', cname, zone))).toEqual([
      ['Type', 'CNAME'],
      ['Name', 'shop'],
      ['Target', 'edge.hosting.net'],
      ['Proxy status', 'DNS only'],
      ['TTL', 'Auto'],
    ])
    expect(panelForm('cloudflare', cname, zone).note).toMatch(/grey/)
    expect(pairs(panelForm('cloudflare', address, zone)).slice(1, 4)).toEqual([
      ['Name', '@'],
      ['IPv4 address', '192.0.2.1'],
      ['Proxy status', 'DNS only'],
    ])
    const text = panelForm('cloudflare', txt, zone)
    expect(pairs(text)).toEqual([
      ['Type', 'TXT'],
      ['Name', '_domainctl.shop'],
      ['Content', 'domainctl=0123'],
      ['TTL', 'Auto'],
    ])
    expect(text.note).toBeUndefined()
  })

  it('of Route 53 has the name empty at the apex, TXT in quotes, and a set of values', () => {
    expect(pairs(panelForm('route53', txt, zone))).toEqual([
      ['Record name', '_domainctl.shop'],
      ['Record type', 'TXT'],
      ['Value', '"domainctl=0123"'],
      ['TTL (seconds)', '300'],
    ])
    expect(panelForm('route53', address, zone).fields[0]).toEqual({ label: 'Record name', value: '' })
    expect(panelForm('route53', address, zone).note).toMatch(/Alias.*new line/)
    expect(panelForm('route53', cname, zone).note).toBe('Leave "Alias" switched off.')
  })

  it('of Route 53 cuts a long TXT value and escapes what is not ASCII', () => {
    const [, , field] = panelForm('route53', { ...txt, value: `${'a'.repeat(255)}"ä` }, zone).fields
    expect(field?.value).toBe(`"${'a'.repeat(255)}" "\\"\\303\\244"`)
  })

  it('of GoDaddy has the name without the domain, and no TTL that it refuses', () => {
    const form = panelForm('godaddy', txt, zone)
    expect(pairs(form)).toEqual([
      ['Type', 'TXT'],
      ['Name', '_domainctl.shop'],
      ['Value', 'domainctl=0123'],
      ['TTL', '1/2 Hour'],
    ])
    expect(form.note).toContain('appends example.com')
    expect(panelForm('godaddy', { ...address, ttl: 3600 }, zone).fields.slice(1)).toEqual([
      { label: 'Name', value: '@' },
      { label: 'Value', value: '192.0.2.1' },
      { label: 'TTL', value: '1 Hour' },
    ])
    expect(panelForm('godaddy', { ...address, ttl: 7200 }, zone).fields.at(-1)?.value).toBe('Custom: 7200 seconds')
  })

  it('has CAA in the fields of each panel', () => {
    expect(pairs(panelForm('cloudflare', caa, zone)).slice(2)).toEqual([
      ['Flags', '0'],
      ['Tag', 'Only allow specific hostnames (issue)'],
      ['CA domain name', 'letsencrypt.org'],
      ['TTL', 'Auto'],
    ])
    expect(pairs(panelForm('godaddy', { ...caa, value: '0 issuewild ";"' }, zone)).slice(2, 5)).toEqual([
      ['Flag', '0'],
      ['Tag', 'issuewild'],
      ['Domain', ';'],
    ])
    expect(pairs(panelForm('route53', caa, zone))[2]).toEqual(['Value', '0 issue "letsencrypt.org"'])
    expect(pairs(panelForm('godaddy', { ...caa, value: 'nonsense' }, zone))[2]).toEqual(['Domain', 'nonsense'])
  })

  it('leaves a name outside of the zone whole', () => {
    expect(panelForm('godaddy', { ...cname, name: 'shop.notexample.com' }, zone).fields[1]?.value).toBe('shop.notexample.com')
  })

  it('is made of any record', () => {
    const types = ['TXT', 'CNAME', 'A', 'AAAA', 'NS', 'CAA'] satisfies PlainRecord['type'][]
    fc.assert(
      fc.property(
        fc.constantFrom<DnsHost>('cloudflare', 'route53', 'godaddy'),
        fc.constantFrom(...types),
        fc.domain(),
        fc.string({ unit: 'binary', maxLength: 600 }),
        (host, type, name, value) => {
          const { fields } = panelForm(host, { type, name, value, ttl: 300 }, zone)
          expect(fields.length).toBeGreaterThanOrEqual(4)
          expect(fields.every(({ label }) => label !== '')).toBe(true)
        },
      ),
    )
  })
})
