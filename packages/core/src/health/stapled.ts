/** What a stapled OCSP answer says of the one certificate that it is about. */
export type Stapled = 'good' | 'revoked' | 'unknown' | 'unreadable'

interface Element {
  tag: number
  content: Buffer
}

const [SEQUENCE, OCTET_STRING, ENUMERATED] = [0x30, 0x04, 0x0a]
/** Context tags: `[0]` around another, and the three kinds of status. */
const [EXPLICIT_0, GOOD, REVOKED, UNKNOWN] = [0xa0, 0x80, 0xa1, 0x82]

/**
 * The status in an OCSP answer (RFC 6960 §4.2.1). Its signature is not checked: what a server staples speaks against itself
 * alone, and nobody is believed for it who is not believed already.
 */
export function readStapled(der: Buffer): Stapled {
  try {
    const [response] = elements(der)
    const [status, bytes] = inside(response, SEQUENCE)
    if (status?.tag !== ENUMERATED || status.content[0] !== 0) return 'unreadable'
    const [, basic] = inside(inside(bytes, EXPLICIT_0)[0], SEQUENCE)
    if (basic?.tag !== OCTET_STRING) return 'unreadable'
    const [data] = inside(elements(basic.content)[0], SEQUENCE)
    // The version, mostly left out, is [0]; then who answers, when, and the answers.
    const parts = inside(data, SEQUENCE).filter(({ tag }) => tag !== EXPLICIT_0)
    const [single] = inside(parts[2], SEQUENCE)
    const [, said] = inside(single, SEQUENCE)
    if (said?.tag === GOOD) return 'good'
    if (said?.tag === REVOKED) return 'revoked'
    return said?.tag === UNKNOWN ? 'unknown' : 'unreadable'
  } catch (thrown) {
    if (thrown instanceof RangeError) return 'unreadable'
    throw thrown
  }
}

function inside(element: Element | undefined, tag: number): Element[] {
  if (element?.tag !== tag) throw new RangeError(`no element with the tag ${tag}`)
  return elements(element.content)
}

function elements(der: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < der.length; ) {
    const first = der.readUInt8(at + 1)
    const digits = first < 0x80 ? 0 : first & 0x7f
    // Above six bytes there is no number for it; BER's endless lengths have none at all.
    const length = digits === 0 ? first : der.readUIntBE(at + 2, digits)
    const from = at + 2 + digits
    if (first === 0x80 || from + length > der.length) throw new RangeError('an element is longer than what holds it')
    found.push({ tag: der.readUInt8(at), content: der.subarray(from, from + length) })
    at = from + length
  }
  return found
}
