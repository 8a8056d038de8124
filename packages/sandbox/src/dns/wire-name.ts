/** Octets that are no DNS message, or not this part of one: answered with FORMERR. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

const DOT = 0x2e
const BACKSLASH = 0x5c
const LONGEST_LABEL = 63
/** RFC 1035 §2.3.4: a name's octets on the wire, lengths and the root's included. */
const LONGEST_NAME = 255
/** As many labels as a name can have; a chain of more pointers brings nothing but work. */
const MOST_POINTERS = 127
/** No name stands in the header. */
const HEADER_LENGTH = 12

/** A label of a name as people write it: an escape (RFC 1035 §5.1) or any octet that separates nothing. */
const LABEL = /(?:\\\d{3}|\\.|[^.\\])+/g

/** A name in lower case, without the final dot, and where it ends in the message. */
export interface WireName {
  /** Dots and octets that cannot be printed are escaped as `\.` and `\DDD`; the root is the empty string. */
  readonly name: string
  readonly next: number
}

/**
 * Reads a name (RFC 1035 §4.1.4). Pointers may only lead backwards, so that there is no loop.
 * @throws WireError
 */
export function readName(message: Uint8Array, start: number): WireName {
  const labels: string[] = []
  let next: number | undefined
  let length = 1
  let pointers = 0
  let lowest = start
  for (let at = start; ; ) {
    const size = octet(message, at)
    if (size === 0) return { name: labels.join('.'), next: next ?? at + 1 }
    if (size >= 0xc0) {
      const target = ((size & 0x3f) << 8) | octet(message, at + 1)
      if (target >= lowest || target < HEADER_LENGTH) throw new WireError('a name points to no earlier name')
      if (++pointers > MOST_POINTERS) throw new WireError('a name has too many pointers')
      next ??= at + 2
      at = target
      lowest = target
      continue
    }
    if (size > LONGEST_LABEL) throw new WireError('a label is of no known kind')
    length += size + 1
    if (length > LONGEST_NAME) throw new WireError('a name is too long')
    if (at + 1 + size > message.length) throw new WireError('a name is cut off')
    labels.push(printLabel(message.subarray(at + 1, at + 1 + size)))
    at += size + 1
  }
}

/**
 * The octets of a name: uncompressed and in lower case, as TSIG and RDATA have it (RFC 4034 §6.2).
 * @param name with or without the final dot; escapes are understood
 * @throws WireError
 */
export function writeName(name: string): Uint8Array {
  const octets: number[] = []
  for (const label of labelsOf(name)) {
    const start = octets.push(0)
    for (const [character] of label.matchAll(/\\\d{3}|\\.|./gs)) octets.push(readCharacter(character))
    const length = octets.length - start
    if (length > LONGEST_LABEL) throw new WireError('a label is too long')
    octets[start - 1] = length
  }
  octets.push(0)
  if (octets.length > LONGEST_NAME) throw new WireError('a name is too long')
  return Uint8Array.from(octets)
}

/**
 * The labels of a name, the leftmost first, escapes left as they are; none for the root.
 * @throws WireError
 */
export function labelsOf(name: string): string[] {
  const labels = name.match(LABEL) ?? []
  const written = labels.join('.')
  if (name !== written && name !== `${written}.`) throw new WireError('a name has an empty label or half an escape')
  return labels
}

function printLabel(octets: Uint8Array): string {
  let label = ''
  for (const code of octets) {
    if (code === DOT || code === BACKSLASH) label += `\\${String.fromCharCode(code)}`
    else if (code <= 0x20 || code >= 0x7f) label += `\\${String(code).padStart(3, '0')}`
    else label += String.fromCharCode(lower(code))
  }
  return label
}

function readCharacter(character: string): number {
  const decimal = /^\\(\d{3})$/.exec(character)
  const code = decimal ? Number(decimal[1]) : character.charCodeAt(character.length - 1)
  if (code > (decimal ? 0xff : 0x7e) || /^\\\d$/.test(character)) throw new WireError('a name has a character that is no octet')
  return lower(code)
}

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code
}

function octet(message: Uint8Array, at: number): number {
  const value = message[at]
  if (value === undefined) throw new WireError('a name is cut off')
  return value
}
