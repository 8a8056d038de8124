// What servers, CAs and customers send may hold escape sequences that rewrite a terminal, or bidirectional controls
// that turn a name around; none of them reaches a person's screen.
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u

/** `text` with control characters shown as `\u{1b}`, so that it stays on its line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** Longer than any name can be (RFC 1035 §2.3.4), so that every name is shown whole. */
const LONGEST_SHOWN = 255

/** What was given as a name, for a line of text: what is too long for one is cut. */
export function shortened(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, 40)}…` : text
}

/** Columns that a terminal gives to `text` (UAX #11); styles that were put on it do not count. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text.replace(STYLE, '')) {
    if (!ZERO_WIDTH.test(character)) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1
  }
  return width
}

/** `text` followed by blanks up to `width` columns. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** `text` in lines of at most `width` columns, cut at blanks; a longer word has a line of its own, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text]
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(`${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with ESC
const STYLE = /\u001b\[[\d;]*m/g

/** Ranges of East Asian wide and fullwidth characters and of emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
]

function isWide(point: number): boolean {
  return point >= 0x1100 && WIDE.some(([first, last]) => point >= first && point <= last)
}
