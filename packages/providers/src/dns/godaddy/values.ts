import { isIPv6 } from 'node:net'

/** What the API calls the apex; an empty name is refused as INVALID_BODY (external-dns#4226). */
const APEX = '@'

/** ASCII, lower case, without the final dot: the form in which names are compared (RFC 4343). */
export function canonicalName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}

/** A name of the domain as the API has it; both in canonical form. */
export function relativeName(name: string, domain: string): string {
  return name === domain ? APEX : name.slice(0, -domain.length - 1)
}

/** The form in which two plain values of a type are compared. TXT is compared to the octet (RFC 8555 §8.4). */
export function canonicalValue(type: string, value: string): string {
  switch (type) {
    case 'CNAME':
      return canonicalName(value)
    case 'AAAA':
      // RFC 5952, by the platform's own writer of addresses.
      return isIPv6(value) && !value.includes('%') ? new URL(`http://[${value}]`).hostname.slice(1, -1) : value
    default:
      return value
  }
}

/** The data of a record as a plain value in canonical form. A CNAME to the apex is shown as `@`. */
export function plainValue(type: string, data: string, domain: string): string {
  return type === 'CNAME' && data === APEX ? domain : canonicalValue(type, data)
}
