import { expiryOf } from './expiry.ts'
import type { HealthFinding } from './measurement.ts'

/** A certificate as a server sent it, with what its signatures prove. Texts are safe to print. */
export interface SentCertificate {
  /** Common name, else organization, else the first name that it is for. */
  subject: string
  issuer: string
  fingerprint: string
  notBefore: Date
  notAfter: Date
  isSelfSigned: boolean
  /** Why browsers refuse its key or signature: `an RSA key of 1024 bits`. */
  weakness?: string
  /** Where its issuer's certificate is to be had (RFC 5280 §4.2.2.1). */
  issuerUrl?: string
  /** Places, in what was sent, of the certificates whose keys signed it. */
  signers: readonly number[]
  /** The trusted root that it is, or that signed it. */
  root?: { name: string; isItself: boolean }
}

/** All that a server showed in a handshake, to be judged as a visitor would. */
export interface SentChain {
  /** The name that was asked for. */
  name: string
  isForName: boolean
  /** What the certificate is for; safe to print. */
  names: readonly string[]
  /** In the order sent; the first is the server's own. */
  sent: readonly SentCertificate[]
  /** OpenSSL takes the chain as it is, with its dates. */
  isTrusted: boolean
  /** What OpenSSL says against the chain; the dates, which it takes from the machine's clock, left aside. */
  refusal?: string
}

/** More are sent by nobody who means well; clients have limits of their own. */
const LONG = 5
const MOST_NAMES = 4

/** What is wrong with what a server sent, the worst first: at most one thing that is broken, and all that is not quite right. */
export function judgeChain(chain: SentChain, now: Date): { fault?: HealthFinding; warnings: HealthFinding[] } {
  const { sent } = chain
  const [own] = sent
  if (!own) return { fault: { code: 'TLS_CERTIFICATE_NONE', why: 'the server shows no certificate' }, warnings: [] }
  const path = pathToRoot(sent, now)
  const fault =
    trustFault(chain, own, path) ?? nameFault(chain) ?? dateFault(path ?? [0], sent, now) ?? weakFault(path ?? [0], sent)
  return { ...(fault && { fault }), warnings: warningsOf(chain, own, path, now) }
}

/**
 * Places of the certificates from the server's own one to one that a trusted root signed; where several ways lead there, one
 * on which nothing has expired.
 */
function pathToRoot(sent: readonly SentCertificate[], now: Date): number[] | undefined {
  return wayToRoot(sent, (certificate) => !isOver(certificate, now)) ?? wayToRoot(sent, () => true)
}

/** Looks at each certificate once: of those that all signed each other there are more ways than anybody can go. */
function wayToRoot(sent: readonly SentCertificate[], isFit: (certificate: SentCertificate) => boolean): number[] | undefined {
  const seen = new Set<number>()
  const goOn = (path: readonly number[], place: number): number[] | undefined => {
    const certificate = sent[place]
    if (!certificate || seen.has(place) || !isFit(certificate)) return undefined
    seen.add(place)
    const way = [...path, place]
    if (certificate.root) return way
    for (const next of certificate.signers) {
      const found = goOn(way, next)
      if (found) return found
    }
    return undefined
  }
  return goOn([], 0)
}

function isOver(certificate: SentCertificate, now: Date): boolean {
  return certificate.notAfter < now
}

function trustFault(
  { sent, refusal, isTrusted }: SentChain,
  own: SentCertificate,
  path: number[] | undefined,
): HealthFinding | undefined {
  if (isTrusted) return undefined
  if (path) {
    if (refusal === undefined) return undefined
    return { code: 'TLS_CHAIN_REFUSED', why: `the chain does not hold: ${refusal}` }
  }
  if (own.isSelfSigned) return { code: 'TLS_SELF_SIGNED', why: `the certificate of ${own.subject} signed itself` }
  const end = endOf(sent)
  if (end.isSelfSigned) return { code: 'TLS_ROOT_UNKNOWN', why: `the chain ends at ${end.subject}, which no browser trusts` }
  const url = end.issuerUrl === undefined ? '' : ` (to be had at ${end.issuerUrl})`
  const missing = `the certificate of ${end.issuer}, which issued that of ${end.subject}, is not sent${url}`
  // What leads to a root, but not from here, shows that there is a gap.
  if (end === own || sent.some(({ root }) => root)) return { code: 'TLS_INTERMEDIATE_MISSING', why: missing }
  return { code: 'TLS_ROOT_UNKNOWN', why: `the chain ends at ${end.issuer}, which no browser trusts` }
}

/** The last certificate that can be reached from the server's own one. */
function endOf(sent: readonly SentCertificate[]): SentCertificate {
  const seen = new Set([0])
  for (const place of seen) for (const next of sent[place]?.signers ?? []) seen.add(next)
  const ends = [...seen].map((place) => sent[place]).filter((one) => one !== undefined)
  const end = ends.find(({ isSelfSigned }) => isSelfSigned) ?? ends.at(-1)
  if (!end) throw new Error('a chain has a first certificate')
  return end
}

function nameFault({ name, isForName, names }: SentChain): HealthFinding | undefined {
  if (isForName) return undefined
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const others = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  const what = names.length === 0 ? 'has no name' : `is for ${shown}${others}`
  return { code: 'TLS_NAME_MISMATCH', why: `the certificate ${what}, not for ${name}` }
}

function dateFault(path: readonly number[], sent: readonly SentCertificate[], now: Date): HealthFinding | undefined {
  for (const place of path) {
    const certificate = sent[place]
    if (!certificate) continue
    if (isOver(certificate, now)) {
      const on = `expired on ${day(certificate.notAfter)}`
      if (place === 0) return { code: 'TLS_CERTIFICATE_EXPIRED', why: `the certificate ${on}` }
      return { code: 'TLS_CHAIN_EXPIRED', why: `the certificate of ${certificate.subject} in the chain ${on}` }
    }
    if (certificate.notBefore > now) {
      const whose = place === 0 ? 'the certificate' : `the certificate of ${certificate.subject} in the chain`
      return { code: 'TLS_CERTIFICATE_NOT_YET_VALID', why: `${whose} is valid from ${certificate.notBefore.toISOString()} on` }
    }
  }
  return undefined
}

function weakFault(path: readonly number[], sent: readonly SentCertificate[]): HealthFinding | undefined {
  const weak = path.map((place) => sent[place]).find((one) => one?.weakness !== undefined)
  return weak && { code: 'TLS_KEY_WEAK', why: `the certificate of ${weak.subject} has ${weak.weakness}` }
}

function warningsOf({ sent }: SentChain, own: SentCertificate, path: readonly number[] | undefined, now: Date): HealthFinding[] {
  const warnings: HealthFinding[] = []
  const expiry = expiryOf(own, now)
  const until = `the certificate expires on ${day(own.notAfter)}`
  if (expiry === 'critical') warnings.push({ code: 'TLS_CERTIFICATE_CRITICAL', why: until })
  if (expiry === 'warning') warnings.push({ code: 'TLS_CERTIFICATE_EXPIRING', why: until })
  if (sent.length > LONG) warnings.push({ code: 'TLS_CHAIN_LONG', why: `${sent.length} certificates are sent` })
  if (!path) return warnings
  if (path.some((place, i) => place !== i)) {
    const order = path.map((place) => place + 1).join(', ')
    warnings.push({ code: 'TLS_CHAIN_ORDER', why: `the certificates belong in the order ${order} of those sent` })
  }
  const root = sent.find((one) => one.root?.isItself)
  if (root && root !== own) warnings.push({ code: 'TLS_ROOT_SENT', why: `the root ${root.subject} is sent as well` })
  const surplus = sent.filter((one, place) => !path.includes(place) && !one.root?.isItself)
  if (surplus.length > 0) {
    const whose = [...new Set(surplus.map(({ subject }) => subject))].join(', ')
    warnings.push({ code: 'TLS_CHAIN_SURPLUS', why: `the chain does not need the certificate of ${whose}` })
  }
  return warnings
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
