import { overNames } from '../batch.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure, nextAfterRemove } from '../next.ts'
import { takenBackLines } from '../output/applied.ts'
import { shownName } from '../output/domain.ts'
import { mark } from '../output/marks.ts'
import { columnsOf } from '../output/output.ts'
import { hanging } from '../output/prose.ts'
import { zoneLine } from '../output/zone-file.ts'

export interface RemoveFlags extends Omit<NameFlags, 'all'> {
  abandonRecords?: boolean
}

const QUESTION = { doing: 'Removing', ask: 'Remove', declined: 'Nothing was removed.' } as const

/** `remove NAME…`: takes our records away and puts the domains into quarantine. */
export async function remove(context: Context, typed: string[], flags: RemoveFlags): Promise<number> {
  const names = await namesFor(context, typed, flags)
  await confirm(context, names, QUESTION)
  const { paint } = context.output
  const how = flags.abandonRecords ? { abandon: true } : {}
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const { domain, removed, restored, late, leftToOthers, warnings } = await domainctl.remove(name, { ...how, ...o })
      const next = nextAfterRemove(domain, { isLate: late.length > 0 })
      return { domain, removed, restored, late, leftToOthers, warnings, next }
    },
    afterFailure: (name, error) => nextAfterFailure('remove', name, error),
    describe: (result) => {
      if (!('removed' in result)) return []
      const { domain, leftToOthers } = result
      const lines = [
        ...hanging(
          `${shownName(domain)} is removed; for 7 days somebody else gets the name only with a fresh ownership record.`,
          { lead: `${mark(paint, 'ok')} `, columns: columnsOf(context.io) },
        ),
      ]
      lines.push(...takenBackLines(result, paint))
      if (leftToOthers.length > 0)
        lines.push('  These records, made by others, can go now:', ...leftToOthers.map((record) => `    ${zoneLine(record)}`))
      return lines
    },
  })
}
