import { isIPv4, isIPv6 } from 'node:net'
import type { BookedRRset } from '../zone-book.ts'
import { readName } from './names.ts'
import { invalidRecord, notHere, refused } from './refusal.ts'

/** RFC 1035 §3.3. */
const LONGEST_STRING = 255

/** https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types: 4,096 bytes of wire format. */
const LONGEST_WIRE = 4096

/** The value of a record: as it is shown, and as the book of zones has it. */
export interface Content {
  readonly content: string
  readonly plain: string
}

/**
 * Reads what a client has written for a type whose value stands in `content`.
 * @param priority of MX
 * @throws CloudflareRefusal
 */
export function readContent(type: Exclude<BookedRRset['type'], 'CAA'>, content: string, priority: number): Content {
  switch (type) {
    case 'A':
      // https://github.com/timothymiller/cloudflare-ddns/issues/230
      if (!isIPv4(content)) throw refused(9005, 'Content for A record must be a valid IPv4 address.')
      return { content, plain: content }
    case 'AAAA':
      if (!isIPv6(content) || content.includes('%')) {
        // In the words for A records; no report of its own was found.
        throw refused(9006, 'Content for AAAA record must be a valid IPv6 address.')
      }
      return same(new URL(`http://[${content}]`).hostname.slice(1, -1))
    case 'CNAME':
    case 'NS':
      return same(readTarget(type, content))
    case 'MX': {
      const exchange = content === '.' ? content : readTarget(type, content)
      return { content: exchange, plain: `${priority} ${exchange}` }
    }
    case 'TXT':
      return readText(content)
  }
}

/** Reads the parts of a CAA record: its content is made of them, and not written by clients (types of the SDK). */
export function readCaa(flags: number, tag: string, value: string): Content {
  const isCaa = Number.isInteger(flags) && flags >= 0 && flags <= 255 && /^[a-z0-9]{1,255}$/i.test(tag)
  if (!isCaa || !/^[\x20-\x7e]*$/.test(value)) throw notHere('CAA data of that kind')
  return same(`${flags} ${tag.toLowerCase()} "${value.replace(/["\\]/g, '\\$&')}"`)
}

/** The parts of a CAA record. */
export function caaData(plain: string): { flags: number; tag: string; value: string } {
  const [, flags, tag = '', value = ''] = /^(\d+) (\S+) "(.*)"$/s.exec(plain) ?? []
  const unescaped = value.replace(/\\(\d{3}|.)/gs, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
  )
  return { flags: Number(flags), tag, value: unescaped }
}

/** A value that was written by another way, as the API would have it. */
export function contentOf(type: BookedRRset['type'], plain: string): Content {
  if (type === 'TXT') return { content: quotedText(Buffer.from(plain)), plain }
  if (type === 'MX') return { content: plain.replace(/^\d+ /, ''), plain }
  return same(plain)
}

/** The priority of an MX record. */
export function priorityOf(plain: string): number {
  return Number(/^\d+/.exec(plain)?.[0])
}

function same(text: string): Content {
  return { content: text, plain: text }
}

/** A final dot is taken off: clients send it or not, and names are shown without (https://github.com/libdns/cloudflare). */
function readTarget(type: string, content: string): string {
  const name = readName(content.replace(/\.$/, ''))
  // The one report is of CNAME: https://github.com/stephenou/fruitionsite/issues/79.
  if (name === undefined) throw invalidRecord(9007, `Content for ${type} record is invalid.`)
  return name
}

/**
 * Text that is not in quotes is kept as it is, and is one text (a Cloudflare engineer in
 * https://github.com/DNSControl/dnscontrol/issues/3172). In quotes it is character strings, and those that are too long are
 * split in the answer (https://github.com/cisagov/manage.get.gov/pull/4912).
 */
function readText(content: string): Content {
  if (content === '') throw notHere('a TXT record without content')
  if (!content.isWellFormed()) throw notHere('text that is no Unicode')
  const strings = content.startsWith('"') ? readStrings(content) : [Buffer.from(content)]
  const octets = Buffer.concat(strings)
  const plain = octets.toString()
  if (!Buffer.from(plain).equals(octets)) throw notHere('octets that are no text in UTF-8')
  const wire = strings.reduce((sum, { length }) => sum + length + Math.max(1, Math.ceil(length / LONGEST_STRING)), 0)
  if (wire > LONGEST_WIRE) {
    // https://github.com/cisagov/manage.get.gov/issues/5244
    throw refused(9015, 'Record content exceeds the allowed length of 4096 wire format bytes.')
  }
  const isSplit = strings.some(({ length }) => length > LONGEST_STRING)
  return { content: content.startsWith('"') && isSplit ? strings.map(quotedText).join(' ') : content, plain }
}

/** RFC 1035 §5.1; that quotes have to be valid: https://github.com/cloudflare/cloudflare-docs/pull/17552. */
function readStrings(content: string): Buffer[] {
  if (!/^"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*$/s.test(content)) throw notHere('text whose quotes do not pair')
  return Array.from(content.matchAll(/"((?:[^"\\]|\\.)*)"/gs), ([, inner = '']) =>
    Buffer.concat(Array.from(inner.matchAll(/\\\d{3}|\\.|[^\\]+/gs), ([part]) => octetsOf(part))),
  )
}

function octetsOf(part: string): Buffer {
  if (!/^\\\d{3}$/.test(part)) return Buffer.from(part.startsWith('\\') ? part.slice(1) : part)
  const octet = Number(part.slice(1))
  if (octet > 255) throw notHere(`the escape ${part}`)
  return Buffer.of(octet)
}

function quotedText(octets: Buffer): string {
  const count = Math.max(1, Math.ceil(octets.length / LONGEST_STRING))
  return Array.from({ length: count }, (_, index) => {
    const string = octets.subarray(index * LONGEST_STRING, (index + 1) * LONGEST_STRING)
    return `"${Array.from(string, characterOf).join('')}"`
  }).join(' ')
}

function characterOf(octet: number): string {
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`
  const character = String.fromCharCode(octet)
  return character === '"' || character === '\\' ? `\\${character}` : character
}
