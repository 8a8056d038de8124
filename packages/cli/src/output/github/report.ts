import { appendFile, open, stat } from 'node:fs/promises'
import { EXIT_CODES, EXIT_MIXED } from '../../exit.ts'
import type { Io } from '../../io.ts'
import type { PipelineReport } from '../pipeline.ts'
import { printable } from '../text.ts'
import { annotationsOf } from './annotations.ts'
import { gatherEntries } from './entries.ts'
import { stepOutputsOf } from './step-outputs.ts'
import { summaryOf } from './summary.ts'
import { workflowCommand } from './workflow-command.ts'

/** The runner takes no larger summary of a step. */
const LARGEST_SUMMARY = 1024 * 1024

/** What an exit code means, in words that a condition of a workflow compares with. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [0, 'done'],
  ...Object.entries(EXIT_CODES).map(([kind, code]) => [code, kind] as const),
  [EXIT_MIXED, 'mixed'],
])

/**
 * `--output github`: annotations on stderr, which the runner reads as it reads stdout, a summary of the job and outputs of the step
 * where the runner has files for them. What cannot be written is a warning: it undoes nothing that was done.
 */
export function githubReport(io: Pick<Io, 'env' | 'stderr' | 'now'>): PipelineReport {
  const entries = gatherEntries()
  let command = { name: '', onlyLooks: true }
  const tell = (annotations: Parameters<typeof workflowCommand>[0][]) => {
    for (const annotation of annotations) io.stderr.write(`${workflowCommand(annotation)}\n`)
  }
  return {
    begin(begun) {
      command = begun
    },
    add: (entry) => entries.add({ ...entry, changed: entry.changed && !command.onlyLooks }),
    async end({ exitCode, error }) {
      const now = io.now()
      const meaning = MEANINGS.get(exitCode) ?? `exit code ${exitCode}`
      const known = { meaning, now, ...(error && { error }) }
      tell(annotationsOf(entries, known))
      const written = [
        append(io.env.GITHUB_OUTPUT, 'outputs', async () => stepOutputsOf(entries, { exitCode, ...known })),
        append(io.env.GITHUB_STEP_SUMMARY, 'summary', async (file) => {
          const room = LARGEST_SUMMARY - (await sizeOf(file)) - '\n'.length
          return summaryOf(entries, { command: command.name, ...known, room })
        }),
      ]
      for (const failure of await Promise.all(written)) {
        if (failure !== undefined) tell([{ level: 'warning', title: 'domainctl', message: printable(failure) }])
      }
    },
  }
}

/** What kept it from being written. */
async function append(
  file: string | undefined,
  what: string,
  text: (file: string) => Promise<string>,
): Promise<string | undefined> {
  if (!file) return undefined
  try {
    const added = await text(file)
    // A line that another program of this step has left open would swallow our first.
    await appendFile(file, added !== '' && (await endsOpen(file)) ? `\n${added}` : added)
    return undefined
  } catch (error) {
    return `The ${what} cannot be written to ${file}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Of what earlier commands of this step have written. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw error
  }
}

async function endsOpen(file: string): Promise<boolean> {
  const size = await sizeOf(file)
  if (size === 0) return false
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
    return buffer.toString('latin1') !== '\n'
  } finally {
    await handle.close()
  }
}
