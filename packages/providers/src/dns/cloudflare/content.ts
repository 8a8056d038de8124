import { isIPv6 } from 'node:net'
import { DomainctlError, type RRset } from '@domainctl/core'
import { type ApiRecord, type NewRecord, TTL } from './types.ts'

/** A character-string has at most so many octets (RFC 1035 §3.3). */
const STRING_OCTETS = 255

/** ASCII, lower case, without the final dot: the form in which names are compared (RFC 4343). */
export function canonicalName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}

/** The value of a record as an {@link RRset} has it: plain text, in the one form in which values are compared. */
export function plainValue(record: Pick<ApiRecord, 'type' | 'content'>): string {
  return record.type === 'TXT' ? textOf(record.content) : canonicalValue(record.type, record.content)
}

/**
 * The form in which two values of a type are compared. TXT is case-sensitive, and kept as it is: the API's own filters are
 * not case-sensitive, and challenges are (RFC 8555 §8.4).
 */
export function canonicalValue(type: string, value: string): string {
  switch (type) {
    case 'CNAME':
      return canonicalName(value)
    case 'AAAA':
      // RFC 5952, by the platform's own writer of addresses.
      return isIPv6(value) ? new URL(`http://[${value}]`).hostname.slice(1, -1) : value
    case 'CAA': {
      const caa = readCaa(value)
      return caa === null ? value : `${caa.flags} ${caa.tag} "${caa.value.replace(/[\\"]/g, '\\$&')}"`
    }
    default:
      return value
  }
}

/**
 * A record of the API with one value of the set.
 *
 * @throws `PROVIDER_REFUSED` for a CAA value that is none.
 */
export function recordFor(rrset: Pick<RRset, 'name' | 'type' | 'ttl' | 'proxied'>, value: string): NewRecord {
  const { type } = rrset
  const record = { name: canonicalName(rrset.name), type, ttl: ttlOf(rrset) }
  switch (type) {
    case 'TXT':
      return { ...record, content: quotedText(value) }
    case 'CAA': {
      const data = readCaa(value)
      if (data === null) throw notCaa(rrset.name)
      return { ...record, data }
    }
    default:
      // Said always: what a record is without it has changed before, and a proxied one hides its value.
      return { ...record, content: canonicalValue(type, value), proxied: isProxied(rrset) }
  }
}

/** Whether the records of a set are to be in the proxy: A, AAAA and CNAME alone can be. */
export function isProxied({ type, proxied }: Pick<RRset, 'type' | 'proxied'>): boolean {
  return proxied === true && type !== 'TXT' && type !== 'CAA'
}

/** Seconds as the API takes them. The TTL of a proxied record is Cloudflare's affair (developers.cloudflare.com/dns/proxy-status). */
export function ttlOf(rrset: Pick<RRset, 'type' | 'ttl' | 'proxied'>): number {
  return isProxied(rrset) ? TTL.automatic : Math.min(TTL.max, Math.max(TTL.min, Math.ceil(rrset.ttl)))
}

/**
 * Text as the quoted character-strings that the API wants (RFC 1035 §5.1), cut at 255 octets. What is not printable ASCII
 * becomes `\DDD`, so that a cut inside of a character of several octets is none in the JSON.
 */
export function quotedText(text: string): string {
  const octets = Buffer.from(text)
  const strings: string[] = []
  for (let start = 0; start === 0 || start < octets.length; start += STRING_OCTETS) {
    strings.push(`"${[...octets.subarray(start, start + STRING_OCTETS)].map(escaped).join('')}"`)
  }
  return strings.join(' ')
}

function escaped(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, '0')}`
}

/**
 * The text of a TXT record's content: its character-strings joined. Records from before quotes were asked for have none,
 * and are taken as they are (lego#2521, libdns/cloudflare#13); so is what only begins like a string.
 */
export function textOf(content: string): string {
  const strings = content.trim()
  if (!/^"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*$/s.test(strings)) return content
  const octets: Buffer[] = []
  for (const [, inside = ''] of strings.matchAll(/"((?:[^"\\]|\\.)*)"/gs)) {
    for (const [, decimal, literal, plain] of inside.matchAll(/\\(\d{3})|\\(.)|([^\\]+)/gs)) {
      const isOctet = decimal !== undefined && Number(decimal) < 256
      octets.push(isOctet ? Buffer.from([Number(decimal)]) : Buffer.from(decimal ?? literal ?? plain ?? ''))
    }
  }
  return Buffer.concat(octets).toString()
}

function readCaa(value: string): { flags: number; tag: string; value: string } | null {
  const [, flags, tag, quoted, bare] = /^(\d{1,3})\s+([a-z0-9]+)\s+(?:"((?:[^"\\]|\\.)*)"|([^\s"].*))$/is.exec(value.trim()) ?? []
  if (flags === undefined || tag === undefined || Number(flags) > 255) return null
  return { flags: Number(flags), tag: tag.toLowerCase(), value: quoted?.replace(/\\(.)/gs, '$1') ?? bare ?? '' }
}

function notCaa(name: string): DomainctlError {
  return new DomainctlError('PROVIDER_REFUSED', `A value for the CAA records of ${name} is not flags, tag and "value".`, {
    hint: 'Write it as in: 0 issue "letsencrypt.org"',
  })
}
