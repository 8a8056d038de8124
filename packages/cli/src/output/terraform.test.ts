import type { NeededRecordSeen } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { terraform, text } from './terraform.ts'

const token = 'domainctl=0123456789abcdef0123456789abcdef'
const txt: NeededRecordSeen = {
  purpose: 'ownership',
  type: 'TXT',
  name: '_domainctl.shop.example.com',
  value: token,
  ttl: 300,
  state: 'missing',
  zone: 'example.com',
  seen: [],
}
const cname: NeededRecordSeen = { ...txt, purpose: 'routing', type: 'CNAME', name: 'shop.example.com', value: 'edge.hosting.net' }
const address: NeededRecordSeen = { ...txt, purpose: 'routing', type: 'A', name: 'example.com', value: '192.0.2.1' }
const of = (host: NeededRecordSeen['host'], ...records: NeededRecordSeen[]) =>
  terraform(
    'shop.example.com',
    records.map((record) => ({ ...record, ...(host && { host }) })),
  ).join('\n')

describe('terraform', () => {
  it('makes no CNAME at the apex of a zone but at Cloudflare, which takes one', () => {
    const apex: NeededRecordSeen = { ...cname, name: 'example.com' }
    for (const host of ['route53', undefined] as const) {
      const told = of(host, txt, apex)
      expect(told).toContain('# example.com is the apex of its zone, where no CNAME can stand')
      expect(told).toContain('# Make an ALIAS or ANAME to edge.hosting.net')
      expect(told.match(/^resource /gm)).toHaveLength(1)
    }
    expect(of('cloudflare', apex)).toContain('content = "edge.hosting.net"')
  })

  it('says that GoDaddy takes no dynamic updates', () => {
    expect(of('godaddy', txt)).toContain('# The zone is at GoDaddy, which takes no dynamic updates (RFC 2136).')
    expect(of(undefined, txt)).not.toContain('GoDaddy')
  })

  it('is for Cloudflare where the zone is there', () => {
    expect(of('cloudflare', txt, cname)).toBe(`# DNS records for shop.example.com
terraform {
  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.0"
    }
  }
}

variable "zone_id_example_com" {
  type        = string
  description = "Id of the zone example.com at Cloudflare"
}

resource "cloudflare_dns_record" "ownership_domainctl_shop_example_com" {
  zone_id = var.zone_id_example_com
  name    = "_domainctl.shop.example.com"
  type    = "TXT"
  content = "\\"${token}\\""
  ttl     = 300
}

resource "cloudflare_dns_record" "routing_shop_example_com" {
  zone_id = var.zone_id_example_com
  name    = "shop.example.com"
  type    = "CNAME"
  content = "edge.hosting.net"
  ttl     = 300
  proxied = false
}`)
  })

  it('is for Route 53 where the zone is there, with one resource for each RRset', () => {
    const both = of('route53', address, { ...address, value: '192.0.2.2' }, { ...txt, value: `${'a'.repeat(255)}"` })
    expect(both).toContain('source  = "hashicorp/aws"')
    expect(both).toContain(`resource "aws_route53_record" "routing_example_com" {
  zone_id = var.zone_id_example_com
  name    = "example.com"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.1", "192.0.2.2"]
}`)
    // The provider adds the outer quotes; those between the strings are ours.
    expect(both).toContain(`records = ["${'a'.repeat(255)}\\"\\"\\\\\\""]`)
  })

  it('is for RFC 2136 where the host is not known, and for GoDaddy, which has no provider of its own', () => {
    for (const host of [undefined, 'godaddy'] as const) {
      expect(of(host, txt, cname, address)).toMatch(/dns_txt_record_set[\s\S]*dns_cname_record[\s\S]*dns_a_record_set/)
    }
    const lines = of(undefined, txt, cname, address)
    expect(lines).toContain(`resource "dns_txt_record_set" "ownership_domainctl_shop_example_com" {
  zone = "example.com."
  name = "_domainctl.shop"
  txt  = ["${token}"]
  ttl  = 300
}`)
    expect(lines).toContain('  cname = "edge.hosting.net."\n')
    // At the apex the provider wants no name.
    expect(lines).toContain(`resource "dns_a_record_set" "routing_example_com" {
  zone      = "example.com."
  addresses = ["192.0.2.1"]
`)
    expect(lines).not.toContain('variable')
  })

  it('asks for a zone that was not found', () => {
    const { zone: _, ...lost } = txt
    const { zone: __, ...lostAddress } = address
    const lines = of(undefined, lost, lostAddress)
    expect(lines).toContain('variable "zone_of_shop_example_com"')
    expect(lines).toContain(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own
      '  name = trimsuffix("_domainctl.shop.example.com.", ".${var.zone_of_shop_example_com}")',
    )
    expect(lines).toContain(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own
      '= var.zone_of_example_com == "example.com." ? null : trimsuffix("example.com.", ".${var.zone_of_example_com}")',
    )
  })

  it('warns where a resource would hold the values of others', () => {
    const seen = [{ server: 'ns1', rcode: 'NOERROR', values: ['v=spf1 -all'] }]
    expect(of('route53', { ...txt, seen })).toContain('# Other values are at this name now.')
    expect(of('route53', { ...txt, seen: [{ server: 'ns1', rcode: 'NOERROR', values: [token] }] })).not.toContain('# Other')
    expect(of('cloudflare', { ...txt, seen })).not.toContain('# Other')
  })

  it('has several providers for zones at several hosts, and each name once', () => {
    const lines = terraform('a', [
      { ...cname, host: 'cloudflare' },
      { ...cname, name: 'shop.example-com', zone: 'example-com', host: 'route53' },
      { ...cname, name: 'shop-example.com', host: 'cloudflare' },
      { ...cname, name: '*.example.com', host: 'cloudflare' },
    ])
    expect(lines.filter((line) => / {4}\w+ = \{/.test(line))).toEqual(['    aws = {', '    cloudflare = {'])
    const names = lines.flatMap((line) => /^(?:resource|variable) .*"(.*)" \{$/.exec(line)?.[1] ?? [])
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain('routing_wildcard_example_com')
    expect(names.every((name) => /^[a-z]\w*$/i.test(name))).toBe(true)
  })

  it('says so where nothing is needed', () =>
    expect(terraform('a.example', [])).toEqual(['# a.example needs no record beforehand.']))
})

describe('text', () => {
  it.each([
    ['a"b\\c', '"a\\"b\\\\c"'],
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Terraform's own
    ['${var.x} %{ if } $x %', '"$${var.x} %%{ if } $x %"'],
    ['$${x}', '"$$${x}"'],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Terraform's own
    ['a\nb\u001b\u202e', '"a\\nb\\U0000001b\\U0000202e"'],
  ])('%j is %s', (value, literal) => expect(text(value)).toBe(literal))

  it('is one literal on one line that means the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '$', '%', '{', '}', '\n', 'a', 'ü', '\u0007') }), (value) => {
        const literal = text(value)
        expect(literal).not.toMatch(/\p{C}/u)
        const inner = literal
          .slice(1, -1)
          .replace(/\$\$\{/g, '$' + '{')
          .replace(/%%\{/g, '%' + '{')
        const json = inner.replace(/\\U0000([0-9a-f]{4})/g, '\\u$1')
        expect(JSON.parse(`"${json}"`)).toBe(value)
      }),
    )
  })
})
