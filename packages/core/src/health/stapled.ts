import { verify, X509Certificate } from 'node:crypto'
import { isSignedBy } from './sent-certificates.ts'

/**
 * What a stapled OCSP answer (RFC 6960 §4.2.1) proves. `foreign`: it says nothing of this certificate · `expired`: what it says is not
 * of now any more, or not yet · `unverified`: neither the CA nor a responder of it has signed it.
 */
export type Stapled = 'good' | 'revoked' | 'unknown' | 'unreadable' | 'foreign' | 'expired' | 'unverified'

interface Element {
  tag: number
  content: Buffer
  /** With its tag and length. */
  encoded: Buffer
}

const [INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER, ENUMERATED, TIME, SEQUENCE] = [2, 3, 4, 6, 0x0a, 0x18, 0x30]
/** Context tags: `[0]` around another, and the three kinds of status. */
const [EXPLICIT_0, GOOD, REVOKED, UNKNOWN] = [0xa0, 0x80, 0xa1, 0x82]

/** Extended key usage of responders that a CA has sign in its place (RFC 6960 §4.2.2.2). */
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
/** Clocks differ. */
const LENIENCY = 5 * 60_000
/** More certificates than these are sent by nobody who means well. */
const MOST_RESPONDERS = 4

/** Digests of signatures by their object identifier, in hex (RFC 8017 §A.2.4, RFC 5758 §3.2). */
const DIGESTS: Readonly<Record<string, string>> = {
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
}

/** The TLS feature extension with status_request (RFC 7633): clients that know it refuse the certificate without a staple. */
const MUST_STAPLE = /06082b06010505070118(?:0101ff)?04..30..(?:0201..)*?020105/

export function mustStaple({ raw }: X509Certificate): boolean {
  return MUST_STAPLE.test(raw.toString('hex'))
}

/**
 * What the answer says of `own`, as a client judges it.
 * @param issuers certificates whose key has signed `own`; none: nothing can be verified
 */
export function judgeStapled(
  der: Buffer,
  { own, issuers, now }: { own: X509Certificate; issuers: readonly X509Certificate[]; now: Date },
): Stapled {
  try {
    const { data, algorithm, signature, certificates } = basicAnswer(der)
    const single = singles(data).find(({ serial }) => serial === serialOf(own))
    if (!single) return 'foreign'
    const signers = [...issuers, ...responders(certificates, issuers, now)]
    const digest = DIGESTS[algorithm]
    if (digest === undefined || !signers.some((one) => isSigned(data.encoded, digest, signature, one))) return 'unverified'
    // That it was revoked is never taken back.
    if (single.status === 'revoked') return 'revoked'
    const isNow = single.from - LENIENCY <= now.getTime() && now.getTime() <= single.to + LENIENCY
    return isNow ? single.status : 'expired'
  } catch (thrown) {
    if (thrown instanceof RangeError) return 'unreadable'
    throw thrown
  }
}

/** The parts of an answer that is one. */
function basicAnswer(der: Buffer) {
  const [status, bytes] = inside(elements(der)[0], SEQUENCE)
  if (status?.tag !== ENUMERATED || status.content[0] !== 0) throw new RangeError('the responder has no answer')
  const [, basic] = inside(inside(bytes, EXPLICIT_0)[0], SEQUENCE)
  const [data, algorithm, signature, certificates] = inside(elements(contentOf(basic, OCTET_STRING))[0], SEQUENCE)
  return {
    data: known(data),
    algorithm: contentOf(inside(algorithm, SEQUENCE)[0], OBJECT_IDENTIFIER).toString('hex'),
    // The first byte says how many bits of the last are none.
    signature: contentOf(signature, BIT_STRING).subarray(1),
    certificates: certificates ? inside(inside(certificates, EXPLICIT_0)[0], SEQUENCE).slice(0, MOST_RESPONDERS) : [],
  }
}

function singles(data: Element) {
  // The version, mostly left out, is [0]; then who answers, when, and the answers.
  const parts = inside(data, SEQUENCE).filter(({ tag }) => tag !== EXPLICIT_0)
  return inside(parts[2], SEQUENCE).map((single) => {
    const [id, status, from, to] = inside(single, SEQUENCE)
    const serial = contentOf(inside(id, SEQUENCE)[3], INTEGER).toString('hex')
    return {
      serial: serial.replace(/^(00)+(?=..)/, ''),
      status: statusOf(status),
      from: timeOf(from),
      // Without it newer information is always to be had (RFC 6960 §4.2.2.1).
      to: to?.tag === EXPLICIT_0 ? timeOf(elements(to.content)[0]) : Number.POSITIVE_INFINITY,
    }
  })
}

function statusOf(element: Element | undefined): 'good' | 'revoked' | 'unknown' {
  if (element?.tag === GOOD) return 'good'
  if (element?.tag === REVOKED) return 'revoked'
  if (element?.tag === UNKNOWN) return 'unknown'
  throw new RangeError('no status')
}

function timeOf(element: Element | undefined): number {
  const written = contentOf(element, TIME).toString('latin1')
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(written) ?? []
  const [year = Number.NaN, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number)
  const time = Date.UTC(year, month - 1, day, hour, minute, second)
  if (Number.isNaN(time)) throw new RangeError('no time')
  return time
}

function serialOf({ serialNumber }: X509Certificate): string {
  const even = serialNumber.length % 2 === 0 ? serialNumber : `0${serialNumber}`
  return even.toLowerCase().replace(/^(00)+(?=..)/, '')
}

/** Those that the CA has sign for it. */
function responders(sent: readonly Element[], issuers: readonly X509Certificate[], now: Date): X509Certificate[] {
  return sent.flatMap(({ encoded }) => {
    const certificate = readCertificate(encoded)
    if (!certificate?.keyUsage?.includes(OCSP_SIGNING)) return []
    const isFit =
      certificate.validFromDate <= now &&
      certificate.validToDate >= now &&
      issuers.some((issuer) => isSignedBy(certificate, issuer))
    return isFit ? [certificate] : []
  })
}

function readCertificate(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined
  }
}

// Keys of a kind that OpenSSL does not know sign nothing that it could check.
function isSigned(data: Buffer, digest: string, signature: Buffer, { publicKey }: X509Certificate): boolean {
  try {
    return verify(digest, data, publicKey, signature)
  } catch {
    return false
  }
}

function known(element: Element | undefined): Element {
  if (!element) throw new RangeError('an element is missing')
  return element
}

function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new RangeError(`no element with the tag ${tag}`)
  return element.content
}

function inside(element: Element | undefined, tag: number): Element[] {
  return elements(contentOf(element, tag))
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
    found.push({ tag: der.readUInt8(at), content: der.subarray(from, from + length), encoded: der.subarray(at, from + length) })
    at = from + length
  }
  return found
}
