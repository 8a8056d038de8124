import { widthOf, wrap } from './text.ts'

/**
 * What would not stand where it is put: controls and other invisible characters, blanks that look like others, marks that
 * join what is before them, and letters that are written from the right, which turn the line around them.
 */
const UNSTEADY =
  /[\p{C}\p{M}\p{Zl}\p{Zp}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]|(?! )\p{Zs}/gu

/** Text that others put into the DNS, with whatever could move other text shown as `\u{202e}`. */
export function steady(text: string): string {
  return text.replace(UNSTEADY, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** `text` cut to `most` columns, with an ellipsis where something is missing. */
export function cut(text: string, most: number): string {
  if (widthOf(text) <= most) return text
  let kept = ''
  let width = 0
  for (const character of text) {
    width += widthOf(character)
    if (width > most - 1) break
    kept += character
  }
  return `${kept}…`
}

/** `text` in lines of at most `width` columns; a word that is longer than a line is broken. */
export function within(text: string, width: number): string[] {
  if (!Number.isFinite(width)) return [text]
  return wrap(text, width).flatMap((line) => broken(line, Math.max(width, 2)))
}

function broken(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line]
  const lines = ['']
  let used = 0
  for (const character of line) {
    const more = widthOf(character)
    if (used + more > width) {
      lines.push('')
      used = 0
    }
    lines[lines.length - 1] += character
    used += more
  }
  return lines
}

/** `text` behind `lead`, in lines no wider than the terminal; what follows the first stands below its beginning. Words stay whole. */
export function hanging(
  text: string,
  { lead, columns = Number.POSITIVE_INFINITY }: { lead: string; columns?: number | undefined },
): string[] {
  const indent = widthOf(lead)
  const [first = '', ...rest] = wrap(text, Math.max(columns - indent, NARROWEST))
  return [`${lead}${first}`, ...rest.map((line) => `${' '.repeat(indent)}${line}`)]
}

/** A terminal that is narrower folds by itself. */
const NARROWEST = 16
