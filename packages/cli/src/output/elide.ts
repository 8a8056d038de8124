import { cut } from './prose.ts'
import { widthOf } from './text.ts'

/** Where a text that is too long loses characters: in the middle a name keeps its host and its zone. */
export type Elision = 'middle' | 'end'

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with ESC
const STYLED = /^(\u001b\[[\d;]*m)(.*)(\u001b\[[\d;]*m)$/su

/** `text` in at most `most` columns, with an ellipsis where something is missing; a style around it stays. */
export function elided(text: string, most: number, where: Elision): string {
  if (widthOf(text) <= most) return text
  const [, before = '', inner = text, after = ''] = STYLED.exec(text) ?? []
  return `${before}${where === 'end' ? cut(inner, most) : cutInTheMiddle(inner, most)}${after}`
}

function cutInTheMiddle(text: string, most: number): string {
  // What a person sees as one character stays whole: a letter and its marks, an emoji of several.
  const characters = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment)
  const room = Math.max(0, most - 1)
  const tail = taken(characters.toReversed(), Math.floor(room / 2)).reverse()
  const head = taken(characters, room - widthOf(tail.join('')))
  return `${head.join('')}…${tail.join('')}`
}

function taken(characters: readonly string[], most: number): string[] {
  let width = 0
  const end = characters.findIndex((character) => {
    width += widthOf(character)
    return width > most
  })
  return characters.slice(0, end < 0 ? characters.length : end)
}
