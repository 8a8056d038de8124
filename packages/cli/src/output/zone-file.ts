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

/**
 * A record as lines of a zone file; as comments where it is a CNAME at the apex of its zone, beside whose SOA and NS records
 * none can stand (RFC 1034 §3.6.2): no server would load the file.
 */
export function zoneLines(record: ZoneFileRecord & { zone?: string }): string[] {
  return isApexCname(record) ? apexNote(record).map((line) => `; ${line}`) : [zoneLine(record)]
}

/** Whether a record is a CNAME where none can stand. */
export function isApexCname({ type, name, zone }: { type: string; name: string; zone?: string }): boolean {
  return type === 'CNAME' && name === zone
}

/** What to make in its place, for a comment. */
export function apexNote({ name, value }: { name: string; value: string }): string[] {
  return [
    `${name} is the apex of its zone, where no CNAME can stand (RFC 1034 section 3.6.2).`,
    `Make an ALIAS or ANAME to ${value} where the company that holds the zone has one;`,
    `else A and AAAA records with the addresses of ${value}.`,
  ]
}

function rdata(type: string, value: string): string {
  if (type === 'CNAME' || type === 'NS' || type === 'MX') return `${value}.`
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
