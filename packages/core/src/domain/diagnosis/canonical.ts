/**
 * A wanted value as it is compared: TXT by the letter, names and addresses by what they mean.
 * @param value of a name: with or without its final dot
 */
export function canonicalWanted(type: string, value: string): string {
  return canonicalSeen(type, type === 'TXT' ? value : value.replace(/\.$/, ''))
}

/** A value that a server showed. Its names have no final dot: one that is there belongs to the last label. */
export function canonicalSeen(type: string, value: string): string {
  if (type === 'TXT') return value
  const lower = value.toLowerCase()
  // One IPv6 address has many spellings; the URL parser knows the canonical one (RFC 5952).
  return type === 'AAAA' && URL.canParse(`http://[${lower}]`) ? new URL(`http://[${lower}]`).hostname : lower
}

/** An IPv4 or IPv6 address as it is compared with others. */
export function canonicalAddress(address: string): string {
  return canonicalSeen(addressType(address), address)
}

/** The type of the record that holds an address. */
export function addressType(address: string): 'A' | 'AAAA' {
  return address.includes(':') ? 'AAAA' : 'A'
}

/** A value in quotes for a sentence, cut where it is too long for one. */
export function quoted(value: string): string {
  return JSON.stringify(cut(value))
}

/** A value for a sentence, cut where it is too long for one. */
export function cut(value: string): string {
  return value.length > LONGEST_QUOTED ? `${value.slice(0, LONGEST_QUOTED)}…` : value
}

const LONGEST_QUOTED = 160
