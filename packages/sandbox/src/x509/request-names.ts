import type { Extension, Pkcs10CertificateRequest } from '@peculiar/x509'
import { badRequest, quoted } from './bad-request.ts'
import { elementsInside, isDer } from './der.ts'
import type { X509Library } from './library.ts'

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'
const SUBJECT_ALT_NAME = '2.5.29.17'

const DNS_NAME_TAG = 0x82

/** By the tag of a GeneralName (RFC 5280 §4.2.1.6). */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  129: 'an e-mail address',
  164: 'a directory name',
  134: 'a URI',
  135: 'an IP address',
}

/** A host name of two labels or more (RFC 1034 §3.5, RFC 1123 §2.1) whose last one is no number, or a wildcard of one. */
const DNS_NAME = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * The DNS names of a request: its common name, when it has one, and those of its SAN extension (RFC 8555 §7.4). Other
 * parts of the subject and other extensions are left alone: the CA decides what a certificate says.
 * @throws AcmeProblem `badCSR`
 */
export function requestedNames(x509: X509Library, request: Pkcs10CertificateRequest): string[] {
  const commonNames = request.subjectName.getField('CN')
  if (commonNames.length > 1) throw badRequest('has more than one common name')
  const names = new Set([...commonNames, ...alternativeNames(x509, request)].map(dnsName))
  if (names.size === 0) throw badRequest('names no domain, neither as common name nor as subject alternative name')
  return [...names].sort()
}

function alternativeNames(x509: X509Library, request: Pkcs10CertificateRequest): string[] {
  const extension = onlyOne(requestedExtensions(x509, request).filter(({ type }) => type === SUBJECT_ALT_NAME))
  if (extension === undefined) return []
  const der = new Uint8Array(extension.value)
  // Not by the library, which passes over types of names that it does not know.
  if (der[0] !== 0x30 || !isDer(der)) throw badRequest('has subject alternative names that cannot be read')
  return elementsInside(der).map(({ tag, content }) => {
    if (tag === DNS_NAME_TAG) return Buffer.from(content).toString('latin1')
    throw badRequest(
      `has ${OTHER_TYPES[tag] ?? 'another kind of name'} as subject alternative name, and this CA issues for DNS names`,
    )
  })
}

/** RFC 2985 §5.4.2. Of two that differ, one reader would take the first, another the last. */
function requestedExtensions(x509: X509Library, request: Pkcs10CertificateRequest): readonly Extension[] {
  const attribute = onlyOne(request.getAttributes(EXTENSION_REQUEST))
  if (attribute === undefined) return []
  if (!(attribute instanceof x509.ExtensionsAttribute) || attribute.values.length !== 1)
    throw badRequest('asks for extensions in a form that cannot be read')
  return attribute.items
}

function onlyOne<T>(found: readonly T[]): T | undefined {
  if (found.length > 1) throw badRequest('says the same thing twice: one extension request with one SAN extension is allowed')
  return found[0]
}

function dnsName(value: string): string {
  const name = value.toLowerCase()
  // 253 without the wildcard label, as names are counted that are looked up (RFC 1035 §2.3.4).
  if (name.length > 253 || !DNS_NAME.test(name)) throw badRequest(`names ${quoted(value)}, which is not a domain name`)
  return name
}
