import { badRequest, unreadableRequest } from './bad-request.ts'
import { type DerElement, elementsInside, elementsTagged, isDer, TAGS } from './der.ts'

/** 1.2.840.113549.1.9.14. */
const EXTENSION_REQUEST = '2a864886f70d01090e'
/** 2.5.29.17. */
const SUBJECT_ALT_NAME = '551d11'

const DNS_NAME_TAG = 0x82

/** By the tag of a GeneralName (RFC 5280 §4.2.1.6). */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  129: 'an e-mail address',
  164: 'a directory name',
  134: 'a URI',
  135: 'an IP address',
}

/**
 * The DNS names of the SAN extension that the attributes of a request ask for, each character one octet.
 * @throws AcmeProblem `badCSR`: also when there are names of other kinds
 */
export function alternativeNames(attributes: Uint8Array): string[] {
  const value = onlyOne(requestedExtensions(attributes).flatMap((extension) => subjectAltName(extension)))
  if (value === undefined) return []
  if (value[0] !== TAGS.sequence || !isDer(value)) throw badRequest('has subject alternative names that cannot be read')
  return elementsInside(value).map(({ tag, content }) => {
    if (tag === DNS_NAME_TAG) return Buffer.from(content).toString('latin1')
    throw badRequest(
      `has ${OTHER_TYPES[tag] ?? 'another kind of name'} as subject alternative name, and this CA issues for DNS names`,
    )
  })
}

/** RFC 2985 §5.4.2: an attribute with one value. */
function requestedExtensions(attributes: Uint8Array): DerElement[] {
  const requests = elementsInside(attributes).flatMap(({ tag, encoded }) => {
    const [type, values] = (tag === TAGS.sequence && elementsTagged(encoded, TAGS.oid, TAGS.set)) || []
    if (!type || !values) throw unreadableRequest()
    return hex(type) === EXTENSION_REQUEST ? [values.encoded] : []
  })
  const request = onlyOne(requests)
  if (request === undefined) return []
  const [extensions] = elementsTagged(request, TAGS.sequence) ?? []
  if (!extensions) throw badRequest('asks for extensions in a form that cannot be read')
  return elementsInside(extensions.encoded)
}

/** The value of an extension (RFC 5280 §4.1) when it is a SAN extension. */
function subjectAltName({ tag, encoded }: DerElement): Uint8Array[] {
  const [type, ...rest] = tag === TAGS.sequence ? elementsInside(encoded) : []
  const value = rest.at(-1)
  const [critical] = rest.slice(0, -1)
  // X.690 §11.5: what is not critical is not said to be so.
  const isReadable = rest.length <= 2 && (critical === undefined || (critical.tag === TAGS.boolean && hex(critical) === 'ff'))
  if (type?.tag !== TAGS.oid || value?.tag !== TAGS.octetString || !isReadable)
    throw badRequest('asks for extensions in a form that cannot be read')
  return hex(type) === SUBJECT_ALT_NAME ? [value.content] : []
}

/** Of two that differ, one reader would take the first, another the last. */
function onlyOne<T>(found: readonly T[]): T | undefined {
  if (found.length > 1) throw badRequest('says the same thing twice: one extension request with one SAN extension is allowed')
  return found[0]
}

function hex({ content }: DerElement): string {
  return Buffer.from(content).toString('hex')
}
