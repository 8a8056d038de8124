import type { PlainRecord } from './finding.ts'

/** A company that people's zones are at, known by its name servers. */
export type DnsHost = 'cloudflare' | 'route53' | 'godaddy'

/** A record as a DNS host's web panel asks for it. */
export interface PanelForm {
  host: DnsHost
  /** Its name for people: `Cloudflare`. */
  title: string
  /** What to enter into which field, in the order of the panel; a field whose value is empty stays empty. */
  fields: { label: string; value: string }[]
  /** What else to mind there. */
  note?: string
}

/** A record that is to be made. */
type WantedRecord = PlainRecord & { ttl: number }

/** What they are called, for people. */
export const DNS_HOST_TITLES = {
  cloudflare: 'Cloudflare',
  route53: 'Amazon Route 53',
  godaddy: 'GoDaddy',
} as const satisfies Record<DnsHost, string>

/**
 * How their name servers are called. Not Cloudflare's `*.secondary.cloudflare.com`: such a zone is transferred to
 * Cloudflare from elsewhere, and its panel makes no records.
 * Sources: developers.cloudflare.com/dns/nameservers and /dns/foundation-dns/advanced-nameservers,
 * docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords; GoDaddy's are what its DNS serves (November 2026).
 */
const NAME_SERVERS: Readonly<Record<DnsHost, RegExp>> = {
  cloudflare: /\.(?:ns\.cloudflare\.com|foundationdns\.(?:com|net|org))$/,
  route53: /^ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)$/,
  godaddy: /\.domaincontrol\.com$/,
}

const HOSTS: readonly DnsHost[] = ['cloudflare', 'route53', 'godaddy']

/** The company that more than half of a zone's name servers are of; undefined where that is none that is known. */
export function dnsHostOf(nameServers: readonly string[]): DnsHost | undefined {
  const names = [...new Set(nameServers.map((name) => name.toLowerCase().replace(/\.$/, '')))]
  return HOSTS.find((host) => names.filter((name) => NAME_SERVERS[host].test(name)).length * 2 > names.length)
}

/** What to enter into the panel of `host`, which holds `zone`, to make a record. Names have no final dot. */
export function panelForm(host: DnsHost, record: WantedRecord, zone: string): PanelForm {
  const name = relativeName(record.name, zone)
  return { host, title: DNS_HOST_TITLES[host], ...FORMS[host](record, name, zone) }
}

/** The name without its zone; empty at the apex. A name outside of the zone stays whole. */
function relativeName(name: string, zone: string): string {
  if (name === zone) return ''
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name
}

type Form = (record: WantedRecord, name: string, zone: string) => Pick<PanelForm, 'fields' | 'note'>

const FORMS: Readonly<Record<DnsHost, Form>> = { cloudflare, route53, godaddy }

/** developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types and /ssl/edge-certificates/caa-records */
function cloudflare({ type, value }: WantedRecord, name: string): Pick<PanelForm, 'fields' | 'note'> {
  const labels = { A: 'IPv4 address', AAAA: 'IPv6 address', CNAME: 'Target', TXT: 'Content', NS: 'Nameserver' } as const
  const canBeProxied = type === 'A' || type === 'AAAA' || type === 'CNAME'
  return {
    fields: fieldsOf([
      ['Type', type],
      ['Name', name || '@'],
      ...(type === 'CAA' ? caaFields(value, ['Flags', 'Tag', 'CA domain name'], CLOUDFLARE_TAGS) : [pair(labels[type], value)]),
      ...(canBeProxied ? [pair('Proxy status', 'DNS only')] : []),
      ['TTL', 'Auto'],
    ]),
    ...(canBeProxied && {
      note: 'The cloud beside "Proxy status" must be grey, not orange: behind an orange cloud other addresses are shown.',
    }),
  }
}

/** The panel offers the tags by what they do. */
const CLOUDFLARE_TAGS: Readonly<Record<string, string>> = {
  issue: 'Only allow specific hostnames',
  issuewild: 'Only allow wildcards',
}

/** docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-shared */
function route53({ type, value, ttl }: WantedRecord, name: string): Pick<PanelForm, 'fields' | 'note'> {
  const single = type === 'CNAME'
  return {
    fields: fieldsOf([
      // No @ for the apex: that would be a label of its own.
      ['Record name', name],
      ['Record type', type],
      ['Value', type === 'TXT' ? quotedStrings(value) : value],
      ['TTL (seconds)', String(ttl)],
    ]),
    note: `Leave "Alias" switched off.${
      single ? '' : ' Where a record of this name and type is there already, edit it and add the value on a new line.'
    }`,
  }
}

/** godaddy.com/help/add-a-txt-record-19232 and add-a-caa-record-27288 */
function godaddy({ type, value, ttl }: WantedRecord, name: string, zone: string): Pick<PanelForm, 'fields' | 'note'> {
  return {
    fields: fieldsOf([
      ['Type', type],
      ['Name', name || '@'],
      ...(type === 'CAA' ? caaFields(value, ['Flag', 'Tag', 'Domain']) : [pair('Value', value)]),
      ['TTL', godaddyTtl(ttl)],
    ]),
    note: name
      ? `GoDaddy appends ${zone} to the name by itself: enter the name as it stands here, without it.`
      : `@ stands for ${zone} itself.`,
  }
}

/** The panel takes no TTL below 600 seconds. */
function godaddyTtl(ttl: number): string {
  if (ttl === 3600) return '1 Hour'
  return ttl <= 1800 ? '1/2 Hour' : `Custom: ${ttl} seconds`
}

/** `0 issue "letsencrypt.org"` (RFC 8659 §4.1) as three fields; what is not of that form stays one. */
function caaFields(
  value: string,
  [flags, tag, text]: readonly [string, string, string],
  tags: Readonly<Record<string, string>> = {},
): [string, string][] {
  const parts = /^(\d{1,3})\s+([a-z0-9]+)\s+"?(.*?)"?$/is.exec(value)
  if (!parts) return [[text, value]]
  const [, bits = '', name = '', content = ''] = parts
  const meaning = Object.hasOwn(tags, name) ? tags[name] : undefined
  return [
    [flags, bits],
    [tag, meaning === undefined ? name : `${meaning} (${name})`],
    [text, content],
  ]
}

/**
 * A TXT value as Route 53 wants it: quoted strings of at most 255 octets, what is not printable ASCII as three octal
 * digits (docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes#TXTFormat).
 */
function quotedStrings(value: string): string {
  const octets = [...new TextEncoder().encode(value)]
  const strings: string[] = []
  for (let start = 0; start === 0 || start < octets.length; start += 255) {
    strings.push(
      `"${octets
        .slice(start, start + 255)
        .map(octal)
        .join('')}"`,
    )
  }
  return strings.join(' ')
}

function octal(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`
  return octet < 0x20 || octet > 0x7e ? `\\${octet.toString(8).padStart(3, '0')}` : String.fromCharCode(octet)
}

function fieldsOf(pairs: readonly (readonly [string, string])[]): PanelForm['fields'] {
  return pairs.map(([label, value]) => ({ label, value }))
}

function pair(label: string, value: string): [string, string] {
  return [label, value]
}
