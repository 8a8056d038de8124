import type { Domainctl } from '@domainctl/core'
import { type AuditFlags, auditPaging, auditQuery } from '../audit-flags.ts'
import type { Context } from '../context.ts'
import { nameUnknown } from '../name-meant.ts'
import { columnsOf } from '../output/output.ts'
import { timeline } from '../output/timeline.ts'

export type HistoryFlags = AuditFlags

/** `history NAME`: what happened to a domain, oldest first. */
export async function history(context: Context, name: string, flags: HistoryFlags): Promise<number> {
  const { io, output } = context
  const [query, paging] = [auditQuery(context, flags), auditPaging(flags)]
  const engine = await context.domainctl()
  const events = await engine.history(name, { ...query, ...paging }).catch((error) => nameUnknown(error, name, context))
  const next = await nextOf(engine, name, { ...query, ...paging }, events)
  if (output.json) output.document({ events, next })
  else if (events.length === 0) output.note('No line of the audit fits.')
  else output.print(...timeline(events, output.paint, { columns: columnsOf(io), whole: output.verbose }))
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
