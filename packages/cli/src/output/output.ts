import type { Io } from '../io.ts'
import { jsonText } from './json-text.ts'
import { type LongDocument, longDocument } from './long-document.ts'
import { signsFor } from './marks.ts'
import { type Paint, paintFor } from './paint.ts'
import type { PipelineReport } from './pipeline.ts'
import { runnerText } from './runner-text.ts'

/** How much and in which form the command speaks. */
export interface OutputFlags {
  json?: boolean
  quiet?: boolean
  verbose?: boolean
}

/** Results go to stdout, everything else to stderr; with `json`, stdout is one document and nothing else. */
export interface Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** What a pipeline is told beside all of it, where that was asked for. */
  readonly pipeline?: PipelineReport
  /** For stdout. */
  readonly paint: Paint
  /** For stderr. */
  readonly paintMessage: Paint
  /** How wide messages may be; undefined without a limit. */
  readonly messageColumns?: number | undefined
  /** For what is written to the terminal past `print`: signs that can be shown there, see `signsFor`. */
  signs(text: string): string
  /** Lines of the result, for people; with `json` JSON lines, of the commands that print them. */
  print(...lines: string[]): void
  /** The one document of `json`; behind JSON lines it is one of them. */
  document(value: object): void
  /** The same where it may be long: an object with a list under this key, which is written item by item. */
  longDocument(key: string): LongDocument
  /** Whether the document was printed, or is being printed. */
  answered(): boolean
  /** Lines about the work; silent with `json` and `quiet`. */
  note(...lines: string[]): void
  /** Lines about what went wrong; silent with `json`, where the document says it. */
  complain(...lines: string[]): void
}

/** How wide the result may be: the terminal, else what COLUMNS says; undefined without a limit. */
export function columnsOf({ stdout, env }: Pick<Io, 'stdout' | 'env'>): number | undefined {
  return stdout.columns ?? (Number(env.COLUMNS) || undefined)
}

export function createOutput(io: Pick<Io, 'stdout' | 'stderr' | 'env'>, flags: OutputFlags, pipeline?: PipelineReport): Output {
  const { json = false, quiet = false, verbose = false } = flags
  let answered = false
  // Whoever reads lines gets what goes wrong meanwhile as a line as well.
  let isInLines = false
  // A document for programs is the same everywhere.
  const signs = json ? (text: string) => text : signsFor(io.env)
  // A runner would take commands from what others wrote, whether or not anything was asked of us for it.
  const isRead = pipeline !== undefined || io.env.GITHUB_ACTIONS === 'true'
  const lines = (texts: string[]) => {
    const all = signs(texts.map((text) => `${text}\n`).join(''))
    return isRead ? runnerText(all) : all
  }
  return {
    json,
    quiet,
    verbose,
    ...(pipeline && { pipeline }),
    paint: paintFor(io.stdout, io.env),
    paintMessage: paintFor(io.stderr, io.env),
    messageColumns: io.stderr.columns ?? (Number(io.env.COLUMNS) || undefined),
    signs,
    print(...texts) {
      isInLines = true
      io.stdout.write(lines(texts))
    },
    document: (value) => {
      answered = true
      io.stdout.write(`${isInLines ? jsonText(value) : jsonText(value, 2)}\n`)
    },
    longDocument: (key) => {
      answered = true
      return longDocument(io.stdout, key)
    },
    answered: () => answered,
    note: (...texts) => void (json || quiet || io.stderr.write(lines(texts))),
    complain: (...texts) => void (json || io.stderr.write(lines(texts))),
  }
}
