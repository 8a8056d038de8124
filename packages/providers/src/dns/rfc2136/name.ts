import { DomainctlError } from '@domainctl/core'

/** ASCII, lower case, without the final dot: the form in which names are compared (RFC 4343). */
export function canonicalName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}

/** True when `name` is `zone` itself or lies below it. Both are compared in canonical form; the root holds every name. */
export function isWithin(name: string, zone: string): boolean {
  const child = canonicalName(name)
  const parent = canonicalName(zone)
  return parent === '' || child === parent || child.endsWith(`.${parent}`)
}

/**
 * A name on the wire, uncompressed (RFC 1035 §3.1). UPDATE and TSIG are written without compression: RFC 8945 §4.2
 * demands it for the key and the algorithm, and elsewhere it would only save bytes.
 *
 * @throws `NAME_INVALID` for an empty label, a label over 63 octets, a name over 255 octets, or a character outside
 * of printable ASCII.
 */
export function encodeName(name: string): Buffer {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  const parts: Buffer[] = []
  for (const label of bare === '' ? [] : bare.split('.')) {
    if (label.length === 0 || label.length > 63 || !/^[!-~]+$/.test(label)) throw notAName(name)
    parts.push(Buffer.from([label.length]), Buffer.from(label, 'latin1'))
  }
  parts.push(Buffer.from([0]))
  const wire = Buffer.concat(parts)
  if (wire.length > 255) throw notAName(name)
  return wire
}

/** The label as text; a dot, a backslash or an octet outside of printable ASCII becomes `\DDD` (RFC 1035 §5.1). */
export function labelText(label: Uint8Array): string {
  let text = ''
  for (const octet of label) {
    const plain = octet > 0x20 && octet < 0x7f && octet !== 0x2e && octet !== 0x5c
    text += plain ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, '0')}`
  }
  return text
}

function notAName(name: string): DomainctlError {
  return new DomainctlError('NAME_INVALID', `${JSON.stringify(name)} cannot be written as a DNS name.`, {
    hint: 'A DNS name has labels of 1 to 63 ASCII characters and at most 255 octets; write international names in their xn-- form.',
  })
}
