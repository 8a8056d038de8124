/** Tags (X.690 §8.1.2), with the bit of those that are made of others. */
export const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** A part of something that is encoded in DER. */
export interface DerElement {
  readonly tag: number
  /** With its tag and length. */
  readonly encoded: Uint8Array
  readonly content: Uint8Array
}

/**
 * The elements that stand one after the other in `bytes`; null when that is not DER: a length that is not definite or not in
 * its shortest form (X.690 §10.1), an end beyond that of `bytes`. What is inside of them is not looked at, so that nothing can
 * be nested too deeply for it.
 */
export function derElements(bytes: Uint8Array): DerElement[] | null {
  const found: DerElement[] = []
  for (let at = 0; at < bytes.length; ) {
    const element = derElementAt(bytes, at)
    if (element === null) return null
    found.push(element)
    at += element.encoded.length
  }
  return found
}

/** The element that begins at this place; null as {@link derElements}. */
export function derElementAt(bytes: Uint8Array, at: number): DerElement | null {
  const tag = bytes[at] ?? 0
  const length = lengthAt(bytes, at + 1)
  // Tags above 30 take more bytes; neither PKCS #10 nor X.509 has any of them.
  if ((tag & 0x1f) === 0x1f || length === null || length.end > bytes.length) return null
  return { tag, encoded: bytes.subarray(at, length.end), content: bytes.subarray(length.start, length.end) }
}

/** As {@link derElements}, when their tags are these and no others; else null. */
export function derTagged<Tags extends readonly number[]>(
  bytes: Uint8Array,
  ...tags: Tags
): { [At in keyof Tags]: DerElement } | null {
  const found = derElements(bytes)
  const isLike = found?.length === tags.length && found.every(({ tag }, at) => tag === tags[at])
  return isLike ? (found as { [At in keyof Tags]: DerElement }) : null
}

/** Where the content begins and ends whose length stands at this place. */
function lengthAt(bytes: Uint8Array, at: number): { start: number; end: number } | null {
  const first = bytes[at]
  if (first === undefined) return null
  if (first < 0x80) return { start: at + 1, end: at + 1 + first }
  const digits = bytes.subarray(at + 1, at + 1 + (first & 0x7f))
  if (digits.length === 0 || digits.length > 4 || digits.length < (first & 0x7f) || digits[0] === 0) return null
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0)
  const start = at + 1 + digits.length
  return length < 0x80 ? null : { start, end: start + length }
}

/** An element of this content, with the shortest length. */
export function derElement(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xffff ? 6 : body.length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, body])
}
