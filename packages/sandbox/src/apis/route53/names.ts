/** RFC 1035 §2.3.4. */
const LONGEST_LABEL = 63
/** Without the lengths of the first label and the root. */
const LONGEST_NAME = 253

/** What may stand in a label of the sandbox's zones; Route 53 also takes what else is escaped, which no such zone can hold. */
const LABEL = /^[a-z0-9_-]+$/

/** What became of a text of Route 53: its meaning, or what is wrong with it in the words of Route 53. */
export type Reading<T> = T | { readonly problem: string }

/**
 * A name as Route 53 takes it: letters of either case, escaped in octal or not, with or without the final dot
 * (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html).
 * @returns the name in lower case, without the final dot, with `*` for a wildcard label
 */
export function readName(text: string): Reading<{ name: string }> {
  const name = text
    .replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\.$/, '')
    .toLowerCase()
  // https://github.com/harmony-one/harmony-ops/issues/491
  if (name === '') return { problem: fatal('DomainNameEmpty (Domain name is empty)', text) }
  const labels = name.split('.')
  if (labels.includes('')) return { problem: fatal('DomainLabelEmpty (Domain label is empty)', text) }
  if (labels.some((label) => label.length > LONGEST_LABEL)) {
    return { problem: fatal('DomainLabelTooLong (Domain label is too long)', text) }
  }
  if (name.length > LONGEST_NAME) return { problem: fatal('DomainNameTooLong (Domain name is too long)', text) }
  const checked = labels[0] === '*' ? labels.slice(1) : labels
  if (!checked.every((label) => LABEL.test(label))) return { problem: fatal(UNSUPPORTED, text) }
  return { name }
}

/** How Route 53 words what it cannot read, as in https://github.com/binxio/cfn-ses-provider/issues/21. */
export function fatal(what: string, text: string): string {
  return `FATAL problem: ${what} encountered with '${text}'`
}

/** https://github.com/plesk/ext-route53/issues/13 */
export const UNSUPPORTED = 'UnsupportedCharacter (Value contains unsupported characters)'

/** A name as Route 53 answers it: everything but a to z, 0 to 9, `-` and `_` in octal, with the final dot. */
export function nameText(name: string): string {
  return `${name.replace(/[^a-z0-9_.-]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)}.`
}

/**
 * What names are sorted by, in the order of ASCII: labels reversed, in their escaped form, with a dot at the end that counts
 * (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html, "Sort order").
 */
export function orderOf(name: string): string {
  return `${nameText(name).slice(0, -1).split('.').reverse().join('.')}.`
}

/** Compares in the order of ASCII. */
export function inOrder(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
