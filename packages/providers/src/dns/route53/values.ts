import { isIPv6 } from 'node:net'

/** A character-string has at most so many octets (RFC 1035 §3.3). */
const STRING_OCTETS = 255

/** ASCII, lower case, without the final dot: the form in which names are compared (RFC 4343). */
export function canonicalName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}

/** A name as the API shows it, where all but letters, digits, `-` and `_` is in octal: `\052` is `*`. */
export function readName(text: string): string {
  return canonicalName(text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
}

/** The form in which two plain values of a type are compared. TXT is compared to the octet (RFC 8555 §8.4). */
export function canonicalValue(type: string, value: string): string {
  switch (type) {
    case 'CNAME':
      return canonicalName(value)
    case 'AAAA':
      // RFC 5952, by the platform's own writer of addresses.
      return isIPv6(value) && !value.includes('%') ? new URL(`http://[${value}]`).hostname.slice(1, -1) : value
    case 'CAA': {
      const [, flags, tag, quoted, bare] =
        /^(\d{1,3})\s+([a-z0-9]+)\s+(?:"((?:[^"\\]|\\.)*)"|([^\s"].*))$/is.exec(value.trim()) ?? []
      if (flags === undefined || tag === undefined) return value
      const plain = quoted?.replace(/\\(.)/gs, '$1') ?? bare ?? ''
      return `${Number(flags)} ${tag.toLowerCase()} "${plain.replace(/[\\"]/g, '\\$&')}"`
    }
    default:
      return value
  }
}

/** A value of the API as plain text, in canonical form. */
export function plainValue(type: string, text: string): string {
  switch (type) {
    case 'TXT':
      return textOf(text)
    case 'CNAME':
      return readName(text)
    default:
      return canonicalValue(type, text)
  }
}

/** A plain value as the API takes it. */
export function writtenValue(type: string, plain: string): string {
  switch (type) {
    case 'TXT':
      return quotedText(plain)
    case 'CNAME':
      return `${canonicalName(plain)}.`
    default:
      return canonicalValue(type, plain)
  }
}

/**
 * Text as quoted character-strings, cut at 255 octets. What is not printable ASCII is escaped in octal, which is how the API
 * differs from zone files (docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat).
 */
function quotedText(text: string): string {
  const octets = Buffer.from(text)
  const strings: string[] = []
  for (let start = 0; start === 0 || start < octets.length; start += STRING_OCTETS) {
    strings.push(`"${[...octets.subarray(start, start + STRING_OCTETS)].map(escaped).join('')}"`)
  }
  return strings.join(' ')
}

function escaped(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\${octet.toString(8).padStart(3, '0')}`
}

/** The character-strings of a TXT value joined; what is written in no such form is taken as it is. */
function textOf(value: string): string {
  const strings = value.trim()
  if (!/^"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*$/s.test(strings)) return value
  const octets: Buffer[] = []
  for (const [, inside = ''] of strings.matchAll(/"((?:[^"\\]|\\.)*)"/gs)) {
    for (const [, octal, literal, plain] of inside.matchAll(/\\([0-3][0-7]{2})|\\(.)|([^\\]+)/gs)) {
      octets.push(octal === undefined ? Buffer.from(literal ?? plain ?? '') : Buffer.of(Number.parseInt(octal, 8)))
    }
  }
  return Buffer.concat(octets).toString()
}
