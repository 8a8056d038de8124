import { endOfLabel } from './name-path.ts'

/** Octets that are no DNS message, or not this part of one: answered with FORMERR. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** RFC 1035 §2.3.4. */
export const LONGEST_LABEL = 63
/** RFC 1035 §2.3.4: a name's octets on the wire, lengths and the root's included. */
export const LONGEST_NAME = 255

const BACKSLASH = 0x5c

/**
 * The octets of a name: uncompressed and in lower case, as TSIG and RDATA have it (RFC 4034 §6.2).
 * @param name with or without the final dot; escapes are understood
 * @throws WireError
 */
export function writeName(name: string): Uint8Array {
  if (name === '.') return Uint8Array.of(0)
  // No character becomes more than one octet; beside them are the lengths of the first label and of the root.
  const octets = new Uint8Array(name.length + 2)
  let end = 0
  for (let at = 0; at < name.length; at++) {
    const start = end++
    for (const dot = endOfLabel(name, at); at < dot; ) {
      const { octet, length } = readCharacter(name, at)
      octets[end++] = lowerCase(octet)
      at += length
    }
    const length = end - start - 1
    if (length === 0) throw new WireError('a name has an empty label')
    if (length > LONGEST_LABEL) throw new WireError('a label is too long')
    octets[start] = length
  }
  end++
  if (end > LONGEST_NAME) throw new WireError('a name is too long')
  return octets.subarray(0, end)
}

/** An octet of a name with the case of letters taken off it (RFC 4343 §3). */
export function lowerCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet
}

/** A character of a name as people write it, or an escape (RFC 1035 §5.1), and how long that is. */
function readCharacter(name: string, at: number): { octet: number; length: number } {
  const code = name.charCodeAt(at)
  if (code > 0x7e) throw new WireError('a name has a character that is no octet')
  if (code !== BACKSLASH) return { octet: code, length: 1 }
  const [written, decimal, character = ''] = /^\\(?:(\d{3})|(\D))/.exec(name.slice(at, at + 4)) ?? []
  if (written === undefined) throw new WireError('a name has half an escape')
  const octet = decimal === undefined ? character.charCodeAt(0) : Number(decimal)
  if (octet > (decimal === undefined ? 0x7e : 0xff)) throw new WireError('a name has an escape that is no octet')
  return { octet, length: written.length }
}
