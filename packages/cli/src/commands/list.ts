import type { DomainStatus, ListFilter } from '@domainctl/core'
import type { Context } from '../context.ts'
import { parseLabels } from '../domain-flags.ts'
import { integerFlag } from '../integer-flag.ts'
import { domainTable, shownDomain } from '../output/domain.ts'
import { durationFlag } from '../wait.ts'

export interface ListFlags {
  status?: DomainStatus
  expiring?: string
  label?: string[]
  limit?: string
  cursor?: string
}

const MOST_A_PAGE = 1000

/** `list`: a page of domains in the order of their names. */
export async function list(context: Context, flags: ListFlags): Promise<number> {
  const { io, output } = context
  const filter: ListFilter = {
    ...(flags.status !== undefined && { status: flags.status }),
    ...(flags.expiring !== undefined && {
      expiringBefore: new Date(io.now().getTime() + durationFlag('--expiring', flags.expiring)),
    }),
    ...(flags.label !== undefined && { labels: parseLabels(flags.label) }),
  }
  const page = {
    ...(flags.limit !== undefined && { limit: integerFlag('--limit', flags.limit, { least: 1, most: MOST_A_PAGE, such: 50 }) }),
    ...(flags.cursor !== undefined && { cursor: flags.cursor }),
  }
  const { domains, next } = await (await context.domainctl()).list(filter, page)
  domains.forEach((domain, place) => void output.pipeline?.add({ name: domain.name, place, domain, changed: false }))
  if (output.json) output.document({ domains: domains.map(shownDomain), next })
  else if (domains.length === 0) output.note(...nothingToShow(flags))
  else output.print(...domainTable(domains, io.now(), output.paint))
  if (next !== null) output.note(`There are more: repeat with --cursor ${next}`)
  return 0
}

function nothingToShow({ status, expiring, label, cursor }: ListFlags): string[] {
  const filtered = [status, expiring, label, cursor].some((flag) => flag !== undefined)
  return filtered ? ['No domain matches.'] : ['There is no domain yet. Add one: domainctl add NAME']
}
