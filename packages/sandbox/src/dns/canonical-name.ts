import { domainToASCII } from 'node:url'

/** What may stand in a name that a person writes; the rest only comes by updates, escaped. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const ASCII_OF_NAMES = /^[\w.*-]*$/
/** Without the lengths of the first label and the root (RFC 1035 §2.3.4). */
const LONGEST_TEXT = 253

/**
 * A name that a person wrote, as it stands in zones: lower case, A-labels, no final dot. Undefined when it is none.
 * @param text anything, since not all programs are checked for types
 * @param wildcard whether the first label may be `*`
 */
export function canonicalName(text: unknown, wildcard = false): string | undefined {
  if (typeof text !== 'string') return undefined
  // Anything else in ASCII would be taken for a part of a URL by domainToASCII: `%`, `/`, `@`.
  const ascii = [...text].filter((character) => character <= '\u007f').join('')
  if (!ASCII_OF_NAMES.test(ascii)) return undefined
  const name = ascii === text ? text.toLowerCase() : domainToASCII(text)
  if (name === '' || name.length > LONGEST_TEXT) return undefined
  const labels = name.split('.')
  const checked = wildcard && labels[0] === '*' ? labels.slice(1) : labels
  const isName = checked.length > 0 && checked.every((label) => LABEL.test(label))
  // A name whose last label is a number is an address, or would be taken for one.
  return isName && !/^\d+$/.test(labels.at(-1) ?? '') ? name : undefined
}
