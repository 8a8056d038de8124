import {
  type Check,
  type Domainctl,
  type DomainctlError,
  type DomainReport,
  inParallel,
  toDomainctlError,
  type VerbOptions,
} from '@domainctl/core'
import type { Context } from './context.ts'
import { describeError, exitCodeOfAll, reportError } from './exit.ts'
import { chosenState, type NextCommand, withFlags } from './next.ts'
import { columnsOf } from './output/output.ts'
import type { Paint } from './output/paint.ts'
import { startProgress } from './output/progress.ts'

/** What became of one name. Fields of a command's own are printed with `--json` as they are. */
export interface Outcome {
  /** Null when the state has no such domain. */
  domain: DomainReport | null
  /** There was nothing to do. */
  skipped?: boolean
  error?: DomainctlError
  checks?: Check[]
  next: NextCommand[]
}

/** How a command works on one name and how it tells people what came of it. */
export interface Verb<T extends Outcome> {
  work(domainctl: Domainctl, name: string, o: Required<VerbOptions>): Promise<T>
  /** What to do after a failure. */
  afterFailure?(name: string, error: DomainctlError): NextCommand[]
  /** Instead of the error's own message, where `describe` has told people the details. */
  summarize?(result: NameResult<T>): string | undefined
  /** Lines for stdout; the error of a failure is printed by the batch itself. */
  describe(result: NameResult<T>): string[]
  /** Where there are several names: lines before and after, and which of them are worth the details. */
  overview?(results: readonly NameResult<T>[]): Overview<T>
}

export interface Overview<T extends Outcome> {
  before: string[]
  detailed: readonly NameResult<T>[]
  after: string[]
}

/** An outcome with its name; that of a failure has none of the command's own fields. */
export type NameResult<T extends Outcome> = ((T & { error?: DomainctlError }) | Outcome) & { name: string }

/**
 * Works on many names at `--concurrency`, finishes what it can, prints what came of each in the order given, and sums up.
 * @returns the exit code of cli.md
 */
export async function overNames<T extends Outcome>(context: Context, names: readonly string[], verb: Verb<T>): Promise<number> {
  const { io, output, config } = context
  const domainctl = await context.domainctl()
  const progress = await startProgress(io, output, names.length)
  const chosen = chosenState(context.flags)
  const results = await inParallel(names, config.settings.concurrency, async (name): Promise<NameResult<T>> => {
    try {
      io.signal.throwIfAborted()
      const outcome = await verb.work(domainctl, name, { signal: io.signal, onProgress: progress.update })
      return { ...outcome, name, next: outcome.next.map((next) => withFlags(next, chosen)) }
    } catch (thrown) {
      const error = toDomainctlError(thrown)
      const next = (verb.afterFailure?.(name, error) ?? []).map((next) => withFlags(next, chosen))
      return { name, domain: await domainIfThere(domainctl, name), error, next }
    } finally {
      progress.done(name)
    }
  }).finally(progress.stop)
  const summary = sumUp(results)
  if (output.json) output.document({ results: results.map(reportResult), summary })
  else printResults(context, results, summary, verb)
  return exitCodeOfAll(results.map(({ error }) => error))
}

interface Summary {
  ok: number
  failed: number
  skipped: number
}

function sumUp(results: readonly Outcome[]): Summary {
  const failed = results.filter(({ error }) => error !== undefined).length
  const skipped = results.filter(({ error, skipped }) => error === undefined && skipped === true).length
  return { ok: results.length - failed - skipped, failed, skipped }
}

function reportResult<T extends Outcome>({ name, domain, skipped, error, next, ...own }: NameResult<T>) {
  return {
    name,
    ok: error === undefined,
    ...(skipped && { skipped }),
    domain,
    ...own,
    ...(error && { error: reportError(error) }),
    next,
  }
}

function printResults<T extends Outcome>(
  context: Context,
  results: readonly NameResult<T>[],
  summary: Summary,
  verb: Verb<T>,
): void {
  const { io, output } = context
  const several = results.length > 1 ? verb.overview?.(results) : undefined
  const { before, detailed, after } = several ?? { before: [], detailed: results, after: [] }
  output.print(...before)
  for (const result of detailed) {
    output.print(...verb.describe(result))
    if (result.error) {
      const message = verb.summarize?.(result)
      output.complain(
        ...describeError(result.error, { now: io.now(), output, name: result.name, ...(message !== undefined && { message }) }),
      )
    }
    for (const next of result.next) output.print(...describeNext(next, output.paint, columnsOf(io)))
  }
  output.print(...after)
  if (results.length > 1) output.note(`${summary.ok} done, ${summary.failed} failed, ${summary.skipped} with nothing to do.`)
}

function describeNext({ command, why }: NextCommand, paint: Paint, columns = Number.POSITIVE_INFINITY): string[] {
  const [step, reason] = [`Next: ${command}`, `(${why})`]
  const painted = step.replace(command, () => paint('strong', command))
  return step.length + 2 + reason.length <= columns ? [`${painted}  ${reason}`] : [painted, `      ${reason}`]
}

// The error is what the person needs to see; that the domain cannot be read as well adds nothing to it.
async function domainIfThere(domainctl: Domainctl, name: string): Promise<DomainReport | null> {
  return domainctl.get(name).catch(() => null)
}
