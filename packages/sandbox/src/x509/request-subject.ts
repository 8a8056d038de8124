import { badRequest, unreadableRequest } from './bad-request.ts'
import { type DerElement, elementsInside, TAGS } from './der.ts'

/** 2.5.4.3. */
const COMMON_NAME = '550403'

/** The string types of RFC 5280 §4.1.2.4 and IA5String, by tag, as what Node decodes them. */
const ENCODINGS: ReadonlyMap<number, 'utf8' | 'latin1' | 'utf16be'> = new Map([
  [0x0c, 'utf8'],
  [0x13, 'latin1'],
  [0x14, 'latin1'],
  [0x16, 'latin1'],
  [0x1e, 'utf16be'],
])

/**
 * All common names of a subject (RFC 5280 §4.1.2.4), as they are written.
 * @throws AcmeProblem `badCSR`
 */
export function commonNames(subject: Uint8Array): string[] {
  const found: string[] = []
  for (const relative of elementsInside(subject)) {
    if (relative.tag !== TAGS.set || relative.content.length === 0) throw unreadableRequest()
    for (const attribute of elementsInside(relative.encoded)) {
      const [type, value, ...more] = attribute.tag === TAGS.sequence ? elementsInside(attribute.encoded) : []
      if (type?.tag !== TAGS.oid || value === undefined || more.length > 0) throw unreadableRequest()
      if (Buffer.from(type.content).toString('hex') === COMMON_NAME) found.push(textOf(value))
    }
  }
  return found
}

function textOf({ tag, content }: DerElement): string {
  const encoding = ENCODINGS.get(tag)
  if (encoding === undefined) throw badRequest('has a common name that is no text')
  const bytes = Buffer.from(content)
  if (encoding !== 'utf16be') return bytes.toString(encoding)
  if (bytes.length % 2 !== 0) throw badRequest('has a common name that is no text')
  return bytes.swap16().toString('utf16le')
}
