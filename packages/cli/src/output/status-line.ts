import type { Io } from '../io.ts'
import type { Output } from './output.ts'

/** The last line of a terminal, which says how things stand and is written over. */
export interface StatusLine {
  update(text: string): void
  /** Takes it away while something else is printed, and puts it back. */
  around(print: () => void): void
  stop(): void
}

/** On a terminal alone; nothing with `--quiet` or `--json`. */
export function statusLine({ stderr, env }: Pick<Io, 'stderr' | 'env'>, output: Output): StatusLine {
  const columns = () => stderr.columns ?? 0
  if (output.json || output.quiet || !stderr.isTTY || columns() < 2 || env.CI || env.TERM === 'dumb')
    return { update() {}, around: (print) => print(), stop() {} }
  let shown = ''
  const erase = () => void (shown !== '' && stderr.write('\r\x1b[2K'))
  const show = () => void (shown !== '' && stderr.write(shown))
  return {
    update(text) {
      const fitting = text.slice(0, Math.max(0, columns() - 1))
      if (fitting === shown) return
      erase()
      shown = fitting
      show()
    },
    around(print) {
      erase()
      print()
      show()
    },
    stop() {
      erase()
      shown = ''
    },
  }
}
