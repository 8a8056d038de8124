/** A record as a zone file has it. */
export interface ZoneFileRecord {
  name: string
  /** Seconds; not of a record that is only named, to be taken away. */
  ttl?: number
  type: string
  value: string
}

/** One line of a zone file (RFC 1035 §5.1): names end with a dot, a TXT value is quoted and cut into strings of 255 octets. */
export function zoneLine({ name, ttl, type, value }: ZoneFileRecord): string {
  return `${name}. ${ttl === undefined ? '' : `${ttl} `}IN ${type} ${rdata(type, value)}`
}

function rdata(type: string, value: string): string {
  if (type === 'CNAME' || type === 'NS') return `${value}.`
  return type === 'TXT' ? characterStrings(value).join(' ') : value
}

/** The `<character-string>`s of a TXT value, in quotes: at most 255 octets each, octets outside printable ASCII as `\DDD`. */
export function characterStrings(value: string): string[] {
  return escapedStrings(value, 10).map((string) => `"${string}"`)
}

/**
 * The strings of a TXT value without their quotes.
 * @param base of the digits of an escape: 10 in zone files, 8 at Route 53
 */
export function escapedStrings(value: string, base: 8 | 10): string[] {
  const octets = Buffer.from(value, 'utf8')
  const strings: string[] = []
  for (let start = 0; start === 0 || start < octets.length; start += 255) {
    strings.push([...octets.subarray(start, start + 255)].map((octet) => escapeOctet(octet, base)).join(''))
  }
  return strings
}

function escapeOctet(octet: number, base: 8 | 10): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`
  return octet < 0x20 || octet > 0x7e ? `\\${octet.toString(base).padStart(3, '0')}` : String.fromCharCode(octet)
}
