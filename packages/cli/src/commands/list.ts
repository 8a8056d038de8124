import type { Domainctl, DomainReport, DomainStatus, ListFilter } from '@domainctl/core'
import { DomainctlError } from '@domainctl/core'
import type { Context } from '../context.ts'
import { parseLabels } from '../domain-flags.ts'
import { integerFlag } from '../integer-flag.ts'
import { domainTable, shownDomain } from '../output/domain.ts'
import { columnsOf } from '../output/output.ts'
import { watchedDomains } from '../output/watched-domains.ts'
import { standingCounts, worstFirst } from '../output/worst.ts'
import { durationFlag } from '../wait.ts'
import { intervalOf, lookAgain } from './look-again.ts'

export interface ListFlags {
  status?: DomainStatus
  expiring?: string
  label?: string[]
  limit?: string
  cursor?: string
  sort?: 'name' | 'worst'
  watch?: boolean
  interval?: string
}

const A_PAGE = 100
const MOST_A_PAGE = 1000
const WATCH_INTERVAL = 5_000

/** What is shown, and whether that is all there is. */
interface Listed {
  domains: DomainReport[]
  /** Where the next page begins. */
  next: string | null
  /** How many more there are, where all were looked at. */
  others: number
}

/**
 * `list`: a page of domains. In the order of their names; for people, where the page has all of them, the worst first; and with
 * `--sort worst` the worst of all domains, which takes reading all of them.
 */
export async function list(context: Context, flags: ListFlags): Promise<number> {
  refuseMixed(flags)
  const { io, output } = context
  const look = await looking(context, flags)
  if (flags.watch) return await watch(context, flags, async () => (await look()).domains)
  const { domains, next, others } = await look()
  domains.forEach((domain, place) => void output.pipeline?.add({ name: domain.name, place, domain, changed: false }))
  if (output.json) output.document({ domains: domains.map(shownDomain), next })
  else if (domains.length === 0) output.note(...nothingToShow(flags))
  else {
    const isWhole = next === null && flags.cursor === undefined && flags.sort !== 'name'
    const shown = isWhole ? domains.toSorted(worstFirst(io.now())) : domains
    output.print(...domainTable(shown, io.now(), output.paint, columnsOf(io)))
    output.note(`${standingCounts(domains, io.now())}.${others > 0 ? ` And ${others} more that stand better.` : ''}`)
  }
  if (next !== null) output.note(`There are more: repeat with --cursor ${next}, or see the worst of all with --sort worst.`)
  return 0
}

/** Reads what the flags ask for, as often as it is called. */
async function looking(context: Context, flags: ListFlags): Promise<() => Promise<Listed>> {
  const { io } = context
  const limit =
    flags.limit === undefined ? A_PAGE : integerFlag('--limit', flags.limit, { least: 1, most: MOST_A_PAGE, such: 50 })
  const expiring = flags.expiring === undefined ? undefined : durationFlag('--expiring', flags.expiring)
  const labels = flags.label && parseLabels(flags.label)
  const filter = (): ListFilter => ({
    ...(flags.status !== undefined && { status: flags.status }),
    ...(expiring !== undefined && { expiringBefore: new Date(io.now().getTime() + expiring) }),
    ...(labels && { labels }),
  })
  const domainctl = await context.domainctl()
  if (flags.sort === 'worst') return () => worstOf(domainctl, filter(), limit, io)
  const { cursor } = flags
  return async () => ({ ...(await domainctl.list(filter(), { limit, ...(cursor !== undefined && { cursor }) })), others: 0 })
}

/** The worst of all that fit the filter; no more of them are kept in memory than a page. */
async function worstOf(domainctl: Domainctl, filter: ListFilter, limit: number, { now, signal }: Context['io']): Promise<Listed> {
  const order = worstFirst(now())
  let worst: DomainReport[] = []
  let all = 0
  let cursor: string | undefined
  do {
    signal.throwIfAborted()
    const page = await domainctl.list(filter, { limit: MOST_A_PAGE, ...(cursor !== undefined && { cursor }) })
    all += page.domains.length
    worst = [...worst, ...page.domains].sort(order).slice(0, limit)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return { domains: worst, next: null, others: all - worst.length }
}

/** `list --watch`: until it is stopped, which is how it ends. */
async function watch(context: Context, { interval }: ListFlags, look: () => Promise<DomainReport[]>): Promise<number> {
  const { io, output } = context
  const pause = interval === undefined ? WATCH_INTERVAL : intervalOf(interval)
  const report = watchedDomains(io, output)
  await lookAgain(io, pause, {
    async look() {
      const domains = await look()
      if (!io.signal.aborted) report.looked(domains)
    },
    trouble: report.trouble,
  }).finally(report.end)
  return 0
}

/** @throws DomainctlError `USAGE` */
function refuseMixed({ sort, cursor, watch, interval }: ListFlags): void {
  if (sort === 'worst' && cursor !== undefined) {
    throw new DomainctlError('USAGE', '--sort worst and --cursor were given together: pages go by the names.', {
      hint: 'Leave one of them out; --limit shows more of the worst.',
    })
  }
  if (watch || interval === undefined) return
  throw new DomainctlError('USAGE', '--interval was given without --watch.', { hint: 'Add --watch, or leave it out.' })
}

function nothingToShow({ status, expiring, label, cursor }: ListFlags): string[] {
  const filtered = [status, expiring, label, cursor].some((flag) => flag !== undefined)
  return filtered ? ['No domain matches.'] : ['There is no domain yet. Add one: domainctl add NAME']
}
