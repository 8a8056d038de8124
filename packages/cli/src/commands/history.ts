import type { Domainctl } from '@domainctl/core'
import { type AuditFlags, auditPaging, auditQuery } from '../audit-flags.ts'
import type { Context } from '../context.ts'
import { table } from '../output/table.ts'
import { printable } from '../output/text.ts'
import { timestamp } from '../time.ts'

export type HistoryFlags = AuditFlags

/** `history NAME`: what happened to a domain, oldest first. */
export async function history(context: Context, name: string, flags: HistoryFlags): Promise<number> {
  const { output } = context
  const [query, paging] = [auditQuery(context, flags), auditPaging(flags)]
  const engine = await context.domainctl()
  const events = await engine.history(name, { ...query, ...paging })
  const next = await nextOf(engine, name, { ...query, ...paging }, events)
  if (output.json) output.document({ events, next })
  else if (events.length === 0) output.note('No line of the audit fits.')
  else {
    const rows = events.map(({ at, who, event, message }) => [
      timestamp(at),
      printable(who),
      printable(event),
      printable(message),
    ])
    output.print(...table(['TIME', 'WHO', 'EVENT', 'WHAT'], rows))
  }
  if (next !== null) output.note(`There are more: repeat with ${paging.after === undefined ? '--before' : '--after'} ${next}`)
  return 0
}

/** Where the next page begins, which is further back unless the domain is read forward; null when there is none. */
async function nextOf(
  engine: Domainctl,
  name: string,
  { after, before: _, ...query }: NonNullable<Parameters<Domainctl['history']>[1]>,
  events: readonly { seq: number }[],
): Promise<number | null> {
  const end = after === undefined ? events.at(0)?.seq : events.at(-1)?.seq
  if (end === undefined) return null
  const more = await engine.history(name, { ...query, limit: 1, ...(after === undefined ? { before: end } : { after: end }) })
  return more.length > 0 ? end : null
}
