import { isIPv4, isIPv6 } from 'node:net'
import type { BookedRRset } from '../zone-book.ts'
import { fatal, type Reading, readName, UNSUPPORTED } from './names.ts'

/** The longest character string (RFC 1035 §3.3), which is Route 53's limit too. */
const LONGEST_STRING = 255

/** The model of the API: `RData`, at most 4,000 characters. */
const LONGEST_VALUE = 4000

/** A value of a record set: what it says, and a form of which equal ones are the same to Route 53. */
export interface ReadValue {
  /** As the book of zones has it. */
  readonly plain: string
  readonly exact: string
}

/** Reads a value in the form of https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html. */
export function readValue(type: BookedRRset['type'], text: string): Reading<ReadValue> {
  // https://github.com/hashicorp/terraform-provider-aws/issues/46922
  if (text.length > LONGEST_VALUE) return { problem: fatal('CharacterStringTooLong (Value is too long)', text) }
  switch (type) {
    case 'A':
      // https://github.com/gomodules/dns/issues/7
      if (isIPv4(text)) return same(text)
      return { problem: fatal('ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)', text) }
    case 'AAAA':
      if (isIPv6(text) && !text.includes('%')) return same(text.toLowerCase())
      return { problem: fatal('AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)', text) }
    case 'CNAME':
    case 'NS': {
      const target = readName(text)
      return 'problem' in target ? target : same(target.name)
    }
    case 'MX': {
      const [, preference = '', exchange = ''] = /^(\d{1,5}) +(\S+)$/.exec(text) ?? []
      const target = readName(exchange)
      const isMx = preference !== '' && Number(preference) <= 0xffff && !('problem' in target)
      return isMx ? same(`${Number(preference)} ${target.name}`) : malformed(text)
    }
    case 'CAA':
      // Flags, tag and a value that has to be in quotes.
      return /^\d{1,3} [a-z0-9]{1,255} "(?:[^"\\]|\\["\\])*"$/i.test(text) && Number(text.split(' ')[0]) <= 0xff
        ? same(text)
        : malformed(text)
    case 'TXT':
      return readStrings(text)
  }
}

/** A value of the book as Route 53 would have it written. */
export function writeValue(type: BookedRRset['type'], plain: string): string {
  if (type === 'CNAME' || type === 'NS') return `${plain}.`
  if (type === 'MX') return plain.replace(/\.?$/, '.')
  if (type !== 'TXT') return plain
  const octets = Buffer.from(plain)
  const count = Math.max(1, Math.ceil(octets.length / LONGEST_STRING))
  return Array.from({ length: count }, (_, index) =>
    quoted(octets.subarray(index * LONGEST_STRING, (index + 1) * LONGEST_STRING)),
  ).join(' ')
}

/**
 * Strings in double quotes, one after the other, with `\"`, `\\` and octal `\ddd` in them. There may be no space between two
 * (https://github.com/DNSControl/dnscontrol/issues/2854).
 */
function readStrings(text: string): Reading<ReadValue> {
  const strings: Buffer[] = []
  for (let rest = text; rest !== ''; ) {
    const [string = '', inner = ''] = /^"((?:[^"\\]|\\[0-3][0-7]{2}|\\["\\])*)" */.exec(rest) ?? []
    // https://github.com/rusoto/rusoto/issues/1046
    if (string === '') {
      return { problem: fatal('InvalidCharacterString (Value should be enclosed in quotation marks)', text) }
    }
    // Whatever is no printable ASCII has to be in octal.
    if (!/^[\x20-\x7e]*$/.test(inner)) return { problem: fatal(UNSUPPORTED, text) }
    const octets = Buffer.concat(Array.from(inner.matchAll(/\\[0-7]{3}|\\.|./g), ([character]) => octetOf(character)))
    // https://github.com/boto/boto3/issues/1462
    if (octets.length > LONGEST_STRING) return { problem: fatal('CharacterStringTooLong (Value is too long)', text) }
    strings.push(octets)
    rest = rest.slice(string.length)
  }
  if (strings.length === 0) {
    return { problem: fatal('InvalidCharacterString (Value should be enclosed in quotation marks)', text) }
  }
  const whole = Buffer.concat(strings)
  const plain = whole.toString()
  // The book of the sandbox holds text alone.
  if (!Buffer.from(plain).equals(whole)) return { problem: fatal(UNSUPPORTED, text) }
  return { plain, exact: strings.map((octets) => octets.toString('hex')).join(' ') }
}

function octetOf(character: string): Buffer {
  const octal = /^\\([0-7]{3})$/.exec(character)?.[1]
  return octal === undefined ? Buffer.from(character.replace(/^\\/, '')) : Buffer.of(Number.parseInt(octal, 8))
}

function quoted(octets: Uint8Array): string {
  const inner = Array.from(octets, (octet) => {
    if (octet < 0x20 || octet > 0x7e) return `\\${octet.toString(8).padStart(3, '0')}`
    const character = String.fromCharCode(octet)
    return character === '"' || character === '\\' ? `\\${character}` : character
  })
  return `"${inner.join('')}"`
}

function same(plain: string): ReadValue {
  return { plain, exact: plain }
}

/** No report of the words for these was found. */
function malformed(text: string): { problem: string } {
  return { problem: fatal('RRDATANotValid (Value is not valid)', text) }
}
