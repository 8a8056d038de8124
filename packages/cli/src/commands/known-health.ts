import { DomainctlError, type HealthReport } from '@domainctl/core'
import type { Context } from '../context.ts'
import { EXIT_UNHEALTHY } from '../exit.ts'
import { nameUnknown } from '../name-meant.ts'
import { knownHealthDetails, knownHealthTable } from '../output/known-health.ts'
import { columnsOf } from '../output/output.ts'
import { DURATION_FORM, parseDuration } from '../time.ts'

const PAGE = 100
const DAY = 86_400_000
/** Older history is not kept. */
const MOST_DAYS = 30

/**
 * `health` without names, and with `--history`: what is known of the health of domains, without asking them. Exit code 8: one of
 * them is broken.
 * @param names empty: all
 */
export async function knownHealth(context: Context, names: readonly string[], history: string | undefined): Promise<number> {
  const { io, output } = context
  const historyMs = history === undefined ? MOST_DAYS * DAY : durationOf(history)
  const domainctl = await context.domainctl()
  const domains: HealthReport[] = []
  for await (const name of names.length > 0 ? names : allNames(context)) {
    io.signal.throwIfAborted()
    const report = await domainctl.health(name, { historyMs }).catch((error) => nameUnknown(error, name, context))
    domains.push(history === undefined ? withoutSpans(report) : report)
  }
  for (const { name, state, problem } of domains) {
    const warnings = state === 'broken' ? [`It is unhealthy: ${problem?.message ?? problem?.code ?? 'see domainctl health'}`] : []
    output.pipeline?.add({ name, changed: false, what: state, warnings })
  }
  if (output.json) output.document({ domains })
  else if (history !== undefined || domains.length === 1) {
    for (const report of domains) output.print(...knownHealthDetails(report, io.now(), output.paint))
  } else output.print(...knownHealthTable(domains, io.now(), output.paint, columnsOf(io)))
  return domains.some(({ state }) => state === 'broken') ? EXIT_UNHEALTHY : 0
}

async function* allNames(context: Context): AsyncGenerator<string> {
  const domainctl = await context.domainctl()
  let cursor: string | undefined
  do {
    const page = await domainctl.list({}, { limit: PAGE, ...(cursor !== undefined && { cursor }) })
    for (const { name } of page.domains) yield name
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
}

/** Of a fleet nobody reads them, and they are long. */
function withoutSpans({ history: { spans: _, ...history }, ...report }: HealthReport): HealthReport {
  return { ...report, history }
}

/** @throws DomainctlError `USAGE` */
function durationOf(text: string): number {
  const ms = parseDuration(text)
  if (ms !== null && ms > 0 && ms <= MOST_DAYS * DAY) return ms
  throw new DomainctlError('USAGE', `--history ${JSON.stringify(text)} is no time that a history is kept of.`, {
    hint: `Give ${DURATION_FORM}, at most ${MOST_DAYS}d.`,
  })
}
