/** RFC 1035 §2.3.4, without the lengths of the first label and the root. */
const LONGEST_NAME = 253

/** What may stand in a label of the sandbox's zones. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/** The name of a domain, in lower case; undefined for what is none. */
export function readDomain(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  const name = text.toLowerCase()
  return name.length <= LONGEST_NAME && name.split('.').every((label) => LABEL.test(label)) ? name : undefined
}

/**
 * The full name of a record: `@` stands for the domain itself, and whatever else is said comes before the domain, a full
 * name too (https://github.com/kubernetes-sigs/external-dns/issues/2467). Undefined for what is none, such as no text.
 */
export function readRecordName(apex: string, text: unknown): string | undefined {
  if (text === '@') return apex
  if (typeof text !== 'string') return undefined
  const name = text.toLowerCase()
  const labels = name.split('.')
  const checked = labels[0] === '*' ? labels.slice(1) : labels
  const full = `${name}.${apex}`
  return checked.every((label) => LABEL.test(label)) && full.length <= LONGEST_NAME ? full : undefined
}

/** The name of a record as it is answered, without the domain. */
export function recordNameText(apex: string, name: string): string {
  return name === apex ? '@' : name.slice(0, -(apex.length + 1))
}
