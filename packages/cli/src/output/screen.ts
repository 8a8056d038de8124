import type { Io, OutputStream } from '../io.ts'

/** To the top left, without what is there; and lines that are too long are cut by the terminal, not folded. */
const [CLEAR, CUT, FOLD] = ['\x1b[H\x1b[J', '\x1b[?7l', '\x1b[?7h']

/** How much fits on a terminal. */
export interface ScreenSize {
  rows: number
  columns?: number | undefined
}

/** A terminal that is written over. The cursor is never hidden, so that there is nothing to put back however it ends. */
export interface Screen {
  /** The lines, which are asked for again when the terminal changes its size. */
  draw(lines: (size: ScreenSize) => readonly string[]): void
  /** What was drawn last stays. */
  end(): void
}

/** Whether a person looks at what can be written over. */
export function isScreen({ stdout, env }: Pick<Io, 'stdout' | 'env'>): boolean {
  return stdout.isTTY === true && !env.CI && env.TERM !== 'dumb'
}

/** @param signs of `signsFor` */
export function screenOn(stdout: OutputStream, signs: (text: string) => string): Screen {
  let last: ((size: ScreenSize) => readonly string[]) | undefined
  const show = () => {
    if (!last) return
    const lines = last({ rows: stdout.rows ?? Number.POSITIVE_INFINITY, columns: stdout.columns })
    stdout.write(`${CUT}${CLEAR}${signs(lines.join('\n'))}\n${FOLD}`)
  }
  stdout.on('resize', show)
  return {
    draw(lines) {
      last = lines
      show()
    },
    end: () => void stdout.off('resize', show),
  }
}
