import { joined } from './name-path.ts'
import { LONGEST_LABEL, LONGEST_NAME, lowerCase, WireError, writeName } from './wire-name.ts'

/** As many labels as a name can have; a chain of more pointers brings nothing but work. */
const MOST_POINTERS = 127
/** No name stands in the header. */
const HEADER_LENGTH = 12
/** The upper two bits of an octet that begins a pointer (RFC 1035 §4.1.4). */
const POINTER = 0xc0

/** How each octet is printed in a label, by itself, escaped (RFC 1035 §5.1) or in lower case. */
const PRINTED = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(lowerCase(octet))
  if (character === '.' || character === '\\') return `\\${character}`
  return octet <= 0x20 || octet >= 0x7f ? `\\${String(octet).padStart(3, '0')}` : character
})

/** A name in lower case, without the final dot, and where it ends in the message. */
export interface WireName {
  /** Dots and octets that cannot be printed are escaped as `\.` and `\DDD`; the root is the empty string. */
  readonly name: string
  readonly next: number
}

/** What a name ends in: the part that stands at one place of a message. */
interface Tail {
  readonly name: string
  /** Octets that it has uncompressed. */
  readonly length: number
  /** How many pointers it is spread over. */
  readonly pointers: number
}

const ROOT: Tail = { name: '', length: 1, pointers: 0 }

/**
 * Reads the names of one message (RFC 1035 §4.1.4). What pointers lead to is read once, however many names end in it:
 * thousands of pointers to one long name would be much work for few octets.
 */
export class NameReader {
  readonly message: Uint8Array
  readonly #tails = new Map<number, Tail>()
  readonly #octets = new Map<string, Uint8Array>()

  constructor(message: Uint8Array) {
    this.message = message
  }

  /** @throws WireError */
  read(start: number): WireName {
    const { tail, next } = this.#read(start, 0)
    return { name: tail.name, next }
  }

  /**
   * Reads a name as RDATA in a zone has it: uncompressed and in lower case (RFC 4034 §6.2).
   * @throws WireError
   */
  readOctets(start: number): { octets: Uint8Array; next: number } {
    const { name, next } = this.read(start)
    const octets = this.#octets.get(name) ?? writeName(name)
    this.#octets.set(name, octets)
    return { octets, next }
  }

  /** @param before how many pointers have led here */
  #read(start: number, before: number): { tail: Tail; next: number } {
    const labels: { readonly at: number; readonly text: string; readonly length: number }[] = []
    let length = 0
    let at = start
    let size = this.#octet(at)
    for (; size > 0 && size < POINTER; size = this.#octet(at)) {
      if (size > LONGEST_LABEL) throw new WireError('a label is of no known kind')
      labels.push({ at, text: this.#label(at + 1, size), length: size + 1 })
      length += size + 1
      if (length >= LONGEST_NAME) throw new WireError('a name is too long')
      at += size + 1
    }
    const isPointer = size >= POINTER
    let tail = isPointer ? this.#follow(at, start, before) : ROOT
    if (length + tail.length > LONGEST_NAME) throw new WireError('a name is too long')
    // A target that is a pointer itself.
    if (before > 0 && labels.length === 0) this.#tails.set(start, tail)
    for (const label of labels.toReversed()) {
      tail = { ...tail, name: joined(label.text, tail.name), length: label.length + tail.length }
      // The next pointer may lead to any of the labels.
      if (before > 0) this.#tails.set(label.at, tail)
    }
    return { tail, next: at + (isPointer ? 2 : 1) }
  }

  /** Pointers may only lead backwards, so that there is no loop. */
  #follow(at: number, start: number, before: number): Tail {
    const target = ((this.#octet(at) & ~POINTER) << 8) | this.#octet(at + 1)
    if (target >= start || target < HEADER_LENGTH) throw new WireError('a name points to no earlier name')
    if (before === MOST_POINTERS) throw new WireError('a name has too many pointers')
    const tail = this.#tails.get(target) ?? this.#read(target, before + 1).tail
    if (tail.pointers === MOST_POINTERS) throw new WireError('a name has too many pointers')
    return { ...tail, pointers: tail.pointers + 1 }
  }

  #label(start: number, size: number): string {
    let label = ''
    for (let at = start; at < start + size; at++) label += PRINTED[this.#octet(at)]
    return label
  }

  #octet(at: number): number {
    const value = this.message[at]
    if (value === undefined) throw new WireError('a name is cut off')
    return value
  }
}

/**
 * Reads one name. Whoever reads more of a message has a {@link NameReader}.
 * @throws WireError
 */
export function readName(message: Uint8Array, start: number): WireName {
  return new NameReader(message).read(start)
}
