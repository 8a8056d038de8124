import type { Context } from '../context.ts'
import { integerFlag } from '../integer-flag.ts'
import { table } from '../output/table.ts'
import { printable } from '../output/text.ts'
import { timestamp } from '../time.ts'

export interface HistoryFlags {
  limit?: string
}

const MOST_EVENTS = 10_000

/** `history NAME`: what happened to a domain, oldest first. */
export async function history(context: Context, name: string, flags: HistoryFlags): Promise<number> {
  const { output } = context
  const limit =
    flags.limit === undefined ? {} : { limit: integerFlag('--limit', flags.limit, { least: 1, most: MOST_EVENTS, such: 50 }) }
  const events = await (await context.domainctl()).history(name, limit)
  if (output.json) output.document({ events })
  else {
    const rows = events.map(({ at, who, event, message }) => [timestamp(at), printable(who), event, printable(message)])
    output.print(...table(['TIME', 'WHO', 'EVENT', 'WHAT'], rows))
  }
  return 0
}
