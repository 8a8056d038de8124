/** Tags of universal types (X.690 §8.1.2), with the bit of those that are made of others. */
export const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

/** Deeper than any certificate request goes. */
const MAX_DEPTH = 32

/**
 * Whether the bytes are one element of DER and nothing more: definite lengths in their shortest form, each element inside
 * its parent (X.690 §10.1). Looser encodings (BER) are read differently by different readers.
 */
export function isDer(bytes: Uint8Array): boolean {
  return endOfElement(bytes, 0, bytes.length, 0) === bytes.length
}

/** One element around others that are encoded already (X.690 §8.1). */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const bytes = contents.reduce((sum, content) => sum + content.length, 0)
  const digits = bytes < 0x80 ? [] : lengthDigits(bytes)
  const length = digits.length === 0 ? [bytes] : [0x80 | digits.length, ...digits]
  return Buffer.concat([Uint8Array.of(tag, ...length), ...contents])
}

function lengthDigits(length: number): number[] {
  return length === 0 ? [] : [...lengthDigits(Math.floor(length / 256)), length % 256]
}

/** A part of something that is encoded in DER. */
export interface DerElement {
  readonly tag: number
  /** With its tag and length. */
  readonly encoded: Uint8Array
  readonly content: Uint8Array
}

/** The elements that the one is made of which DER is (see {@link isDer}). */
export function elementsInside(der: Uint8Array): DerElement[] {
  const found: DerElement[] = []
  for (let [at] = lengthAt(der, 1); at < der.length; ) {
    const [from, length] = lengthAt(der, at + 1)
    const end = from + length
    found.push({ tag: der[at] ?? 0, encoded: der.subarray(at, end), content: der.subarray(from, end) })
    at = end
  }
  return found
}

/** As {@link elementsInside}, when their tags are these and no others; undefined when they are not. */
export function elementsTagged<Tags extends readonly number[]>(
  der: Uint8Array,
  ...tags: Tags
): { [At in keyof Tags]: DerElement } | undefined {
  const found = elementsInside(der)
  const isLike = found.length === tags.length && found.every(({ tag }, at) => tag === tags[at])
  return isLike ? (found as { [At in keyof Tags]: DerElement }) : undefined
}

/** Where the element that begins at `start` ends; NaN when it is not DER, which equals no place at all. */
function endOfElement(bytes: Uint8Array, start: number, limit: number, depth: number): number {
  const tag = bytes[start]
  // Tags above 30 take more bytes; PKCS #10 has none of them.
  if (tag === undefined || (tag & 0x1f) === 0x1f || depth > MAX_DEPTH) return Number.NaN
  const [from, length] = lengthAt(bytes, start + 1)
  const end = from + length
  if (!(end <= limit)) return Number.NaN
  if ((tag & 0x20) === 0) return end
  let at = from
  while (at < end) at = endOfElement(bytes, at, end, depth + 1)
  return at
}

/** Where the content begins, and how long it is. */
function lengthAt(bytes: Uint8Array, at: number): [from: number, length: number] {
  const first = bytes[at] ?? Number.NaN
  if (first < 0x80) return [at + 1, first]
  const digits = bytes.subarray(at + 1, at + 1 + (first & 0x7f))
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0)
  const shortest = digits.length === (first & 0x7f) && digits.length <= 4 && digits[0] !== 0 && length >= 0x80
  return [at + 1 + digits.length, shortest ? length : Number.NaN]
}
