import { styleText } from 'node:util'
import type { Io, OutputStream } from '../io.ts'

/** Colours have a meaning; none is for decoration. */
export type Meaning = 'good' | 'bad' | 'waiting' | 'strong' | 'faint'

const STYLES = { good: 'green', bad: 'red', waiting: 'yellow', strong: 'bold', faint: 'dim' } as const satisfies Record<
  Meaning,
  string
>

/** Puts the colour of a meaning on a text, or leaves the text alone. */
export type Paint = (meaning: Meaning, text: string) => string

/** Colours for `stream`: FORCE_COLOR over NO_COLOR (https://no-color.org) over whether it is a terminal. */
export function paintFor(stream: OutputStream, env: Io['env']): Paint {
  if (!wantsColour(stream, env)) return (_, text) => text
  return (meaning, text) => (text === '' ? '' : styleText(STYLES[meaning], text, { validateStream: false }))
}

function wantsColour(stream: OutputStream, env: Io['env']): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  if (env.NO_COLOR || env.TERM === 'dumb') return false
  return stream.isTTY === true
}
