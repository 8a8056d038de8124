/** As many things as a sentence names. */
const MOST_NAMED = 3

/** A list for a sentence that stays short, however many there are: `a, b, c, and 7 more`. */
export function andMore(texts: readonly string[], separator = ', '): string {
  const more = texts.length > MOST_NAMED ? `${separator}and ${texts.length - MOST_NAMED} more` : ''
  return `${texts.slice(0, MOST_NAMED).join(separator)}${more}`
}

/** Sentences one after the other, each with one full stop, that stay few. */
export function sentences(texts: readonly string[]): string {
  const said = texts.slice(0, MOST_NAMED).map((text) => `${text.replace(/\.$/, '')}.`)
  return [...said, ...(texts.length > said.length ? [`There are ${texts.length - said.length} more like these.`] : [])].join(' ')
}

/** A name from the DNS, where any octet can be in a label (RFC 2181 §11), safe for a terminal and cut where it is too long. */
export function plainName(name: string): string {
  const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name
  const safe = short.replace(/[^!-~…]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
  return safe === '' ? 'the root' : safe
}

/** Text from the DNS, where any octet can be in a value: no controls, no bidirectional marks. */
export function safe(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Names from the DNS for a sentence. */
export function listOf(names: readonly string[]): string {
  return andMore(names.map(plainName))
}

/** A name has room for so many characters (RFC 1035 §2.3.4). */
const LONGEST_NAME = 253

/** A sentence to go on with. */
export function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

/** A time to wait, rounded up to what people plan with: `40 s`, `42 min`, `5 h`, `2 days`. */
export function duration(seconds: number): string {
  if (seconds <= 90) return `${Math.ceil(seconds)} s`
  if (seconds <= 5_400) return `${Math.ceil(seconds / 60)} min`
  return seconds <= 172_800 ? `${Math.ceil(seconds / 3_600)} h` : `${Math.ceil(seconds / 86_400)} days`
}
