import { printable } from '../text.ts'

// As entities they are text to Markdown and to HTML alike; the colon keeps an address from becoming a link.
const MARKUP = /[&<>|\\`*_[\]~#!$:@]/g

/** Any text as one line of Markdown that is nothing but this text. */
export function markdownText(text: string): string {
  return printable(text).replace(MARKUP, (character) => `&#${character.codePointAt(0)};`)
}

/** A row of a table. */
export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map(markdownText).join(' | ')} |\n`
}
