import type { RRset } from '@domainctl/core'

/** The plain value as PowerDNS has it: in the format of zone files (RFC 1035 §5.1), names with their final dot. */
export function contentOf(type: RRset['type'], value: string): string {
  if (type === 'CNAME') return `${value}.`
  if (type !== 'TXT') return value
  const octets = Buffer.from(value)
  const strings = Array.from({ length: Math.max(1, Math.ceil(octets.length / 255)) }, (_, i) =>
    octets.subarray(i * 255, i * 255 + 255),
  )
  return strings.map((string) => `"${Array.from(string, escaped).join('')}"`).join(' ')
}

/** The plain value of a content, and of a plain value its one canonical form, so that two of them can be compared. */
export function plainValue(type: RRset['type'], content: string): string {
  if (type === 'TXT') return textOf(content)
  if (type === 'CNAME') return content.toLowerCase().replace(/\.$/, '')
  // 2001:db8:0:0:0:0:0:1 and 2001:DB8::1 are one address; URL knows the shortest form (RFC 5952).
  if (type === 'AAAA' && URL.canParse(`http://[${content}]/`)) return new URL(`http://[${content}]/`).hostname.slice(1, -1)
  return content
}

function escaped(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`
  return octet < 0x20 || octet > 0x7e ? `\\${String(octet).padStart(3, '0')}` : String.fromCharCode(octet)
}

/** Strings are joined and read as UTF-8; what stands outside of quotes is one string, as in a zone file. */
function textOf(content: string): string {
  const strings = Array.from(
    content.matchAll(/"((?:[^"\\]|\\.)*)"|((?:[^\s"\\]|\\.)+)/gs),
    ([, quoted, bare]) => quoted ?? bare ?? '',
  )
  const octets = strings.flatMap((string) =>
    Array.from(string.matchAll(/\\(\d{3})|\\?(.)/gsu), ([, decimal, literal = '']) =>
      decimal === undefined ? [...Buffer.from(literal)] : [Number(decimal)],
    ),
  )
  return Buffer.from(octets.flat()).toString()
}
