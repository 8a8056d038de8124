import type { Io } from '../io.ts'
import type { Meaning, Paint } from './paint.ts'

/** What a line is about, before anything is read: docs/guide/output.md. */
export type Mark = 'ok' | 'warn' | 'fail' | 'wait' | 'changed' | 'info'

const MARKS = {
  ok: ['good', '✔'],
  warn: ['waiting', '!'],
  fail: ['bad', '✖'],
  wait: ['waiting', '…'],
  changed: ['strong', '•'],
  info: ['faint', 'i'],
} as const satisfies Record<Mark, readonly [Meaning, string]>

/** A mark, one column wide, in the colour of its meaning. */
export function mark(paint: Paint, which: Mark): string {
  const [meaning, sign] = MARKS[which]
  return paint(meaning, sign)
}

/** What stands for our own signs where only ASCII can be shown, each as wide as what it stands for. */
const PLAIN: Readonly<Record<string, string>> = { '✔': '+', '✖': 'x', '…': '~', '•': '*', '█': '#', '░': '-' }
const SIGNS = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'g')

/**
 * Makes text fit for where it is read: signs become ASCII where the locale says that nothing else can be shown, or the console
 * of Linux has no glyphs for them. Where no locale is set, as in a container, UTF-8 is taken for granted. Names stay as they are.
 */
export function signsFor({ LC_ALL, LC_CTYPE, LANG, TERM }: Io['env']): (text: string) => string {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value) ?? 'UTF-8'
  if (/utf-?8/i.test(locale) && TERM !== 'linux') return (text) => text
  return (text) => text.replace(SIGNS, (sign) => PLAIN[sign] ?? sign).replaceAll(' · ', ' - ')
}
