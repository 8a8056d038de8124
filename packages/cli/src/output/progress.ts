import type { Progress } from '@domainctl/core'
import type { Io } from '../io.ts'
import type { Output } from './output.ts'
import { printable, shortened } from './text.ts'

/** Tells people what happens to each name while it happens. */
export interface ProgressDisplay {
  update(progress: Progress): void
  /** The name is done with, well or not. */
  done(name: string): void
  stop(): void
}

const SILENT: ProgressDisplay = { update() {}, done() {}, stop() {} }

/** Names that a terminal shows at the same time. */
const MOST_LINES = 12

/** Lines on stderr; on a terminal one spinner with the names in work below it. Nothing with `--quiet` or `--json`. */
export async function startProgress(io: Pick<Io, 'stderr' | 'env'>, output: Output, total: number): Promise<ProgressDisplay> {
  if (output.json || output.quiet) return SILENT
  // A terminal that does not tell its width (0) makes ora erase lines without end.
  if (!io.stderr.isTTY || !io.stderr.columns || io.env.CI || io.env.TERM === 'dumb') return plainLines(output)
  return liveLines(io, total)
}

function lineOf({ name, message }: Progress): string {
  return `${printable(shortened(name))}: ${printable(message)}`
}

/** Whether the engine tells of a record that a person has to make. */
function isInstruction(message: string): boolean {
  return message.startsWith('make this record: ')
}

function plainLines(output: Output): ProgressDisplay {
  const last = new Map<string, string>()
  return {
    update({ name, message }) {
      if (last.get(name) === message) return
      last.set(name, message)
      output.note(lineOf({ name, message }))
    },
    done() {},
    stop() {},
  }
}

async function liveLines(io: Pick<Io, 'stderr'>, total: number): Promise<ProgressDisplay> {
  const { default: ora } = await import('ora')
  // Signals are the program's affair, and so is standard input: it may hold the names.
  const spinner = ora({ stream: io.stderr, discardStdin: false, isEnabled: true })
  const current = new Map<string, string>()
  let finished = 0
  const text = () => {
    const width = (io.stderr.columns || 80) - 4
    const lines = [...current].slice(0, MOST_LINES).map(([name, message]) => lineOf({ name, message }).slice(0, width))
    const more = current.size - lines.length
    const [first = ''] = lines
    if (total === 1) return first
    return [
      `${finished} of ${total} done`,
      ...lines.map((line) => `  ${line}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join('\n')
  }
  spinner.start(text())
  return {
    update({ name, message }) {
      // What a person has to copy stays on the screen, whole.
      if (isInstruction(message)) {
        spinner.stopAndPersist({ symbol: '', text: lineOf({ name, message }) })
        spinner.start(text())
        return
      }
      current.set(name, message)
      spinner.text = text()
    },
    done(name) {
      current.delete(name)
      finished++
      spinner.text = text()
    },
    stop: () => void spinner.stop(),
  }
}
