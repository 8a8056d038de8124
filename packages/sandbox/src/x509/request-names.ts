import { badRequest, quoted } from './bad-request.ts'
import { alternativeNames } from './request-extensions.ts'
import { commonNames } from './request-subject.ts'

/** A host name of two labels or more (RFC 1034 §3.5, RFC 1123 §2.1) whose last one is no number, or a wildcard of one. */
const DNS_NAME = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * The DNS names of a request: its common name, when it has one, and those of its SAN extension (RFC 8555 §7.4). Other
 * parts of the subject and other extensions are left alone: the CA decides what a certificate says.
 * @throws AcmeProblem `badCSR`
 */
export function requestedNames(subject: Uint8Array, attributes: Uint8Array): string[] {
  const common = commonNames(subject)
  if (common.length > 1) throw badRequest('has more than one common name')
  const names = new Set([...common, ...alternativeNames(attributes)].map(dnsName))
  if (names.size === 0) throw badRequest('names no domain, neither as common name nor as subject alternative name')
  return [...names].sort()
}

function dnsName(value: string): string {
  // Some characters become ASCII only in lower case: U+212A, the Kelvin sign, becomes a k.
  const name = /^[!-~]+$/.test(value) ? value.toLowerCase() : ''
  // 253 without the wildcard label, as names are counted that are looked up (RFC 1035 §2.3.4).
  if (name.length > 253 || !DNS_NAME.test(name)) throw badRequest(`names ${quoted(value)}, which is not a domain name`)
  return name
}
