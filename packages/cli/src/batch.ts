import { type Domainctl, type DomainctlError, type DomainReport, toDomainctlError } from '@domainctl/core'
import type { Context } from './context.ts'
import { exitCodeOf, exitCodeOfAll } from './exit.ts'
import { withNameMeant } from './name-meant.ts'
import { chosenPlaces, withFlags } from './next.ts'
import type { PipelineEntry } from './output/pipeline.ts'
import { type ProgressDisplay, startProgress } from './output/progress.ts'
import { resultLines, resultsDocument, type Summary } from './output/results.ts'
import type { NameResult, Outcome, Verb } from './verb.ts'
import { overAll } from './width.ts'

/** Of more names that nobody knows it is not looked up what each was meant to be. */
const MOST_MEANT = 20

/**
 * Works on many names at `--concurrency`, finishes what it can, prints what came of each in the order given, and sums up.
 * Of a result only what is still to be printed is kept, so that ten thousand names take no more memory than they must.
 * @returns the exit code of cli.md
 */
export async function overNames<T extends Outcome>(context: Context, names: readonly string[], verb: Verb<T>): Promise<number> {
  const { io, output } = context
  const domainctl = await context.domainctl()
  const progress = await startProgress(io, output, names.length)
  const results = output.json ? resultsDocument<T>(context) : resultLines(context, names.length, verb)
  const summary: Summary = { ok: 0, failed: 0, skipped: 0 }
  // One for each exit code stands for all that have it.
  const outcomes = new Map<number, DomainctlError | undefined>()
  await overAll(names, { width: widthOf(context, verb), now: io.now }, async (name, place) => {
    const result = await workOn(context, domainctl, name, verb, { progress, total: names.length })
    const { error, skipped } = result
    summary[error ? 'failed' : skipped ? 'skipped' : 'ok'] += 1
    outcomes.set(error ? exitCodeOf(error) : 0, error)
    await results.take(result, place)
    output.pipeline?.add(pipelineEntry(result, place))
    return result
  }).finally(progress.stop)
  await results.end(summary)
  return exitCodeOfAll([...outcomes.values()])
}

function widthOf<T extends Outcome>({ config: { settings, origins } }: Context, { width }: Verb<T>): number | 'auto' {
  return origins.concurrency.source === 'default' && width !== undefined ? width : settings.concurrency
}

async function workOn<T extends Outcome>(
  context: Context,
  domainctl: Domainctl,
  name: string,
  verb: Verb<T>,
  { progress, total }: { progress: ProgressDisplay; total: number },
): Promise<NameResult<T>> {
  const { io, flags } = context
  const chosen = chosenPlaces(flags)
  try {
    io.signal.throwIfAborted()
    const outcome = await verb.work(domainctl, name, { signal: io.signal, onProgress: progress.update })
    progress.done(name, outcome.error === undefined)
    return { ...outcome, name, next: outcome.next.map((next) => withFlags(next, chosen)) }
  } catch (thrown) {
    progress.done(name, false)
    const failure = toDomainctlError(thrown)
    const error = total > MOST_MEANT ? failure : await withNameMeant(failure, name, context)
    const next = (verb.afterFailure?.(name, error) ?? []).map((next) => withFlags(next, chosen))
    return { name, domain: await domainIfThere(domainctl, name), error, next }
  }
}

/** What `deploy` and its like have to say beside is in their own fields. */
function pipelineEntry<T extends Outcome>(result: NameResult<T>, place: number): PipelineEntry {
  const { name, domain, error, skipped } = result
  const warnings = 'warnings' in result && Array.isArray(result.warnings) ? result.warnings.map(String) : []
  return { name: domain?.name ?? name, place, domain, changed: !error && !skipped, warnings, ...(error && { error }) }
}

// The error is what the person needs to see; that the domain cannot be read as well adds nothing to it.
async function domainIfThere(domainctl: Domainctl, name: string): Promise<DomainReport | null> {
  return domainctl.get(name).catch(() => null)
}
