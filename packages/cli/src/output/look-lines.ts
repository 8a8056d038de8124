import type { Io } from '../io.ts'
import { mark } from './marks.ts'
import type { Output } from './output.ts'
import { columnsOf } from './output.ts'
import { padTo, printable, wrap } from './text.ts'

/** One thing that was looked at, as a line for people has it. */
export interface Look {
  what: string
  /** Such as the CA. */
  of: string
  status: 'ok' | 'warn' | 'fail'
  explanation: string
  /** What mends it. */
  fix?: string
}

/** Before what was found: the mark, and the longest word for what was looked at. */
const INDENT = 3 + 'configuration  '.length

/** What was looked at and found, and below it what mends it; no wider than the terminal. */
export function lookLines(
  { status, what, of, explanation, fix }: Look,
  { io, output }: { io: Pick<Io, 'stdout' | 'env'>; output: Pick<Output, 'paint'> },
): string[] {
  const width = Math.max((columnsOf(io) ?? Number.POSITIVE_INFINITY) - INDENT, 20)
  const texts = [`${of}: ${explanation}`, fix ?? '']
  const [first = '', ...rest] = texts.flatMap((text) => (text ? wrap(printable(text), width) : []))
  const head = `${mark(output.paint, status)}  ${padTo(what, INDENT - 3)}${first}`
  return [head, ...rest.map((line) => ' '.repeat(INDENT) + line)]
}
