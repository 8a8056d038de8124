import type { Check, Progress } from '@domainctl/core'
import type { Io } from '../io.ts'
import { standingOf } from './check.ts'
import { checkLine, checksTable } from './checks-table.ts'
import type { Output } from './output.ts'
import { cut } from './prose.ts'
import { printable, shortened, widthOf } from './text.ts'

/** Tells people what happens to each name while it happens. */
export interface ProgressDisplay {
  update(progress: Progress): void
  /** The name is done with, well or not (default: well). */
  done(name: string, isGood?: boolean): void
  stop(): void
}

const SILENT: ProgressDisplay = { update() {}, done() {}, stop() {} }

/** Names that a terminal shows at the same time. */
const MOST_LINES = 12
/** Without a terminal each step of so many names is told; of more, how far all of them are. */
const MOST_TOLD = 50

/** Lines on stderr; on a terminal one spinner with the names in work below it. Nothing with `--quiet` or `--json`. */
export async function startProgress(io: Pick<Io, 'stderr' | 'env'>, output: Output, total: number): Promise<ProgressDisplay> {
  if (output.json || output.quiet) return SILENT
  // A terminal that does not tell its width (0) makes ora erase lines without end.
  if (!io.stderr.isTTY || !io.stderr.columns || io.env.CI || io.env.TERM === 'dumb')
    return total > MOST_TOLD ? plainCounts(output, total) : plainLines(output)
  return liveLines(io, output, total)
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
  const known = new Map<string, string>()
  const waiting = new Set<string>()
  return {
    update({ name, message, checks }) {
      if (checks && checks.length > 0) {
        if (!waiting.has(name)) output.note(lineOf({ name, message: 'waiting for DNS' }))
        waiting.add(name)
        const lines = newlyFound(name, checks, known).map((check) => checkLine(check, output.paintMessage))
        output.note(...lines.map((line) => `${printable(shortened(name))}: ${line}`))
        return
      }
      if (last.get(name) === message) return
      last.set(name, message)
      output.note(lineOf({ name, message }))
    },
    done() {},
    stop() {},
  }
}

/** Ten lines in all, and those that a person has to read: what became of each name is told in the end. */
function plainCounts(output: Output, total: number): ProgressDisplay {
  let [finished, failed] = [0, 0]
  return {
    update({ name, message }) {
      if (isInstruction(message)) output.note(lineOf({ name, message }))
    },
    done(_, isGood = true) {
      finished++
      if (!isGood) failed++
      const isTenth = Math.floor((finished * 10) / total) > Math.floor(((finished - 1) * 10) / total)
      if (isTenth) output.note(`${finished} of ${total} done${failed > 0 ? `, ${failed} failed` : ''}`)
    },
    stop() {},
  }
}

/** The checks that stand otherwise than at the last look; what is right from the beginning is no news. */
function newlyFound(name: string, checks: readonly Check[], known: Map<string, string>): Check[] {
  return checks.filter((check) => {
    const key = JSON.stringify([name, check.purpose, check.record.type, check.record.name])
    const found = `${standingOf(check)} ${check.problem ?? ''}`
    const before = known.get(key) ?? 'right '
    known.set(key, found)
    return found !== before
  })
}

async function liveLines(io: Pick<Io, 'stderr'>, output: Output, total: number): Promise<ProgressDisplay> {
  const { default: ora } = await import('ora')
  // Signals are the program's affair, and so is standard input: it may hold the names.
  const spinner = ora({ stream: io.stderr, discardStdin: false, isEnabled: true })
  const current = new Map<string, string>()
  let found: readonly Check[] = []
  let [finished, failed] = [0, 0]
  const text = () => {
    const columns = io.stderr.columns || 80
    const width = columns - 4
    const counts = `${finished} of ${total} done${failed > 0 ? `, ${output.paintMessage('bad', `${failed} failed`)}` : ''}`
    // Hundreds of names pass by too quickly to be read: one line, with what has come last.
    if (total > MOST_LINES) {
      const last = [...current].at(-1)
      const room = width - widthOf(counts) - 2
      return last === undefined ? counts : `${counts}  ${cut(lineOf({ name: last[0], message: last[1] }), room)}`
    }
    const lines = [...current].map(([name, message]) => cut(lineOf({ name, message }), width))
    const [first = ''] = lines
    if (total === 1) return [first, ...liveTable(found, output, columns)].join('\n')
    return [counts, ...lines.map((line) => `  ${line}`)].join('\n')
  }
  spinner.start(text())
  return {
    update({ name, message, checks }) {
      found = checks ?? found
      // What a person has to copy stays on the screen, whole.
      if (isInstruction(message)) {
        spinner.stopAndPersist({ symbol: '', text: lineOf({ name, message }) })
        spinner.start(text())
        return
      }
      current.delete(name)
      current.set(name, message)
      spinner.text = text()
    },
    done(name, isGood = true) {
      current.delete(name)
      finished++
      if (!isGood) failed++
      spinner.text = text()
    },
    stop: () => void spinner.stop(),
  }
}

/** Of the checks of the last look: what fits, what is not right before all else. */
function liveTable(checks: readonly Check[], { paintMessage }: Output, columns: number): string[] {
  const open = checks.filter(({ ok }) => !ok)
  const lines = checksTable(checks.length <= MOST_LINES ? checks : open.slice(0, MOST_LINES), paintMessage, columns - 1)
  return lines.length > 0 ? ['', ...lines] : []
}
