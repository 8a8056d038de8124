import { type DerElement, derElements, derTagged, TAGS } from './der.ts'
import { DNS_NAME, invalid, OIDS, readable, unreadable } from './request-syntax.ts'

/** Encodings of a common name (RFC 5280 §4.1.2.4): UTF8String, PrintableString, TeletexString, IA5String; BMPString apart. */
const ONE_BYTE_STRINGS: readonly number[] = [TAGS.utf8String, 0x13, 0x14, 0x16]

/**
 * The DNS names that a certificate request asks for, as they stand there: its common names, then its subject alternative names.
 * @param subject the content of its Name
 * @param attributes the content of its attributes
 * @throws DomainctlError `CSR_INVALID`, also for a name of another kind, which no order of ours is for
 */
export function requestedNames(subject: Uint8Array, attributes: Uint8Array): string[] {
  return [...new Set([...commonNames(subject), ...alternativeNames(attributes)])]
}

/** Name is a SEQUENCE of SETs of pairs (RFC 5280 §4.1.2.4). */
function commonNames(subject: Uint8Array): string[] {
  return all(subject, TAGS.set)
    .flatMap(({ content }) => all(content, TAGS.sequence))
    .flatMap(({ content }) => {
      const [type, value, ...rest] = elements(content)
      if (!type || !value || rest.length > 0) throw unreadable()
      return isOid(type, OIDS.commonName) ? [textOf(value)] : []
    })
    .filter((name) => name !== '')
}

function textOf({ tag, content }: DerElement): string {
  if (ONE_BYTE_STRINGS.includes(tag)) return Buffer.from(content).toString('utf8')
  if (tag === TAGS.bmpString && content.length % 2 === 0) return Buffer.from(content).swap16().toString('utf16le')
  throw unreadable()
}

/** Attributes are pairs of a type and a SET of values (RFC 2986 §4.1). */
function alternativeNames(attributes: Uint8Array): string[] {
  const requested = all(attributes, TAGS.sequence).flatMap(({ content }) => {
    const [type, values] = readable(derTagged(content, TAGS.objectIdentifier, TAGS.set))
    return isOid(type, OIDS.extensionRequest) ? [readable(derTagged(values.content, TAGS.sequence))[0]] : []
  })
  if (requested.length > 1) throw unreadable()
  const found = requested.flatMap(({ content }) => all(content, TAGS.sequence)).flatMap(alternativeNamesIn)
  if (found.length > 1) throw unreadable()
  return found.flat()
}

/** An Extension: its type, whether it is critical, and its value in an OCTET STRING. */
function alternativeNamesIn({ content }: DerElement): string[][] {
  const members = elements(content)
  const [type, value, ...rest] = members.filter(({ tag }, at) => at !== 1 || tag !== TAGS.boolean)
  if (!type || value?.tag !== TAGS.octetString || rest.length > 0) throw unreadable()
  if (!isOid(type, OIDS.subjectAltName)) return []
  const [names] = readable(derTagged(value.content, TAGS.sequence))
  return [elements(names.content).map(dnsName)]
}

function dnsName({ tag, content }: DerElement): string {
  if (tag === DNS_NAME) return Buffer.from(content).toString('latin1')
  throw invalid('it asks for a name that is no DNS name', undefined, {
    hint: 'Make one whose subject alternative names are DNS names alone, without addresses or mailboxes.',
  })
}

function isOid({ tag, content }: DerElement, oid: string): boolean {
  return tag === TAGS.objectIdentifier && Buffer.from(content).toString('hex') === oid
}

/** The elements, which have to have this tag. */
function all(bytes: Uint8Array, tag: number): DerElement[] {
  const found = elements(bytes)
  if (found.some((element) => element.tag !== tag)) throw unreadable()
  return found
}

function elements(bytes: Uint8Array): DerElement[] {
  return readable(derElements(bytes))
}
