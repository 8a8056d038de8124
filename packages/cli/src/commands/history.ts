import { type AuditFlags, auditPaging, auditQuery } from '../audit-flags.ts'
import type { Context } from '../context.ts'
import { table } from '../output/table.ts'
import { printable } from '../output/text.ts'
import { timestamp } from '../time.ts'

export type HistoryFlags = AuditFlags

/** `history NAME`: what happened to a domain, oldest first. */
export async function history(context: Context, name: string, flags: HistoryFlags): Promise<number> {
  const { output } = context
  const o = { ...auditQuery(context, flags), ...auditPaging(flags) }
  const events = await (await context.domainctl()).history(name, o)
  if (output.json) output.document({ events })
  else {
    const rows = events.map(({ at, who, event, message }) => [timestamp(at), printable(who), event, printable(message)])
    output.print(...table(['TIME', 'WHO', 'EVENT', 'WHAT'], rows))
  }
  return 0
}
