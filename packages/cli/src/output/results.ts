import type { DomainctlError } from '@domainctl/core'
import type { Context } from '../context.ts'
import { describeError, reportError } from '../exit.ts'
import type { NextCommand } from '../next.ts'
import type { NameResult, Outcome, Verb } from '../verb.ts'
import { shownDomain } from './domain.ts'
import { columnsOf } from './output.ts'
import type { Paint } from './paint.ts'

/** How many names came to what. */
export interface Summary {
  ok: number
  failed: number
  skipped: number
}

/** Tells what became of many names, in the order in which they were given. Keeps of each no more than it needs for that. */
export interface Results<T extends Outcome> {
  /** The result of the name at this place, counted from 0; in any order. */
  take(result: NameResult<T>, place: number): Promise<void>
  end(summary: Summary): Promise<void>
}

/** `{ results, summary }` of cli.md. */
export function resultsDocument<T extends Outcome>({ output }: Pick<Context, 'output'>): Results<T> {
  const document = output.longDocument('results')
  return {
    take: (result, place) => document.put(place, reportResult(result)),
    end: (summary) => document.end({ summary }),
  }
}

function reportResult<T extends Outcome>({ name, domain, skipped, error, next, ...own }: NameResult<T>) {
  return {
    name,
    ok: error === undefined,
    ...(skipped && { skipped }),
    domain: domain && shownDomain(domain),
    ...own,
    ...(error && { error: reportError(error) }),
    next,
  }
}

/** Lines for people, once all is done: what is in work moves on the screen until then. */
export function resultLines<T extends Outcome>(context: Context, total: number, verb: Verb<T>): Results<T> {
  const { output } = context
  const several = total > 1 ? verb.overview : undefined
  const rows: string[][] = []
  let told: { place: number; result: NameResult<T> }[] = []
  // Whoever stops the work on a thousand names reads that once.
  let stopped: { error: DomainctlError; count: number } | undefined
  return {
    async take(result, place) {
      if (total > 1 && !several && result.error?.kind === 'interrupted') {
        stopped = { error: result.error, count: (stopped?.count ?? 0) + 1 }
        return
      }
      if (several) rows[place] = several.row(result)
      if (several && !result.error) return
      told.push({ place, result })
      if (!several || told.length <= several.mostDetailed) return
      // The first ones in the order given, whichever of them ends first.
      told = told.toSorted((a, b) => a.place - b.place).slice(0, several.mostDetailed)
    },
    async end(summary) {
      if (several) output.print(...several.table(rows))
      for (const { result } of told.toSorted((a, b) => a.place - b.place)) printResult(context, result, verb, total > 1)
      const others = several ? summary.failed - told.length : 0
      if (several && others > 0) output.print(...several.andMore(others))
      if (stopped) {
        const name = `${stopped.count} of ${total} names`
        output.complain(...describeError(stopped.error, { now: context.io.now(), output, name }))
      }
      const { nextOfSeveral } = verb
      if (total > 1 && nextOfSeveral && summary.ok > 0)
        output.print(...describeNext(nextOfSeveral, output.paint, columnsOf(context.io)))
      if (total > 1) output.note(`${summary.ok} done, ${summary.failed} failed, ${summary.skipped} with nothing to do.`)
    },
  }
}

function printResult<T extends Outcome>(context: Context, result: NameResult<T>, verb: Verb<T>, isOfSeveral: boolean): void {
  const { io, output } = context
  output.print(...verb.describe(result))
  if (result.error) output.complain(...complaint(context, result, result.error, verb.summarize?.(result)))
  if (isOfSeveral && verb.nextOfSeveral && !result.error) return
  for (const next of result.next) output.print(...describeNext(next, output.paint, columnsOf(io)))
}

function complaint(
  { io, output }: Context,
  { name }: NameResult<Outcome>,
  error: DomainctlError,
  message: string | undefined,
): string[] {
  return describeError(error, { now: io.now(), output, name, ...(message !== undefined && { message }) })
}

export function describeNext({ command, why }: NextCommand, paint: Paint, columns = Number.POSITIVE_INFINITY): string[] {
  const [step, reason] = [`Next: ${command}`, `(${why})`]
  const painted = step.replace(command, () => paint('strong', command))
  return step.length + 2 + reason.length <= columns ? [`${painted}  ${reason}`] : [painted, `      ${reason}`]
}
