import type { NeededRecordSeen } from '@domainctl/core'
import { type Outcome, overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { nextAfterFailure } from '../next.ts'
import { describeAnswers } from '../output/check.ts'
import { columnsOf } from '../output/output.ts'
import { within } from '../output/prose.ts'
import { recordTable } from '../output/records.ts'
import { terraform } from '../output/terraform.ts'
import { zoneLine } from '../output/zone-file.ts'

export interface RecordsFlags {
  format: 'table' | 'zone' | 'terraform' | 'json'
}

interface RecordsOutcome extends Outcome {
  records: NeededRecordSeen[]
}

/** `records NAME`: the records that a domain needs, and what each server shows now. */
export async function records(context: Context, name: string, flags: RecordsFlags): Promise<number> {
  const { paint } = context.output
  const columns = columnsOf(context.io)
  return overNames(context, [name], {
    work: async (domainctl, name, o): Promise<RecordsOutcome> => ({
      domain: await domainctl.get(name),
      records: await domainctl.records(name, o),
      next: [],
    }),
    afterFailure: (name, error) => nextAfterFailure('records', name, error),
    describe: (result) => {
      if (!('records' in result)) return []
      const { name, records } = result
      if (flags.format === 'zone') return [`; DNS records for ${name}`, ...records.map(zoneLine)]
      if (flags.format === 'terraform') return terraform(name, records)
      if (records.length === 0) return [`${name} needs no record beforehand.`]
      const seen = [...Map.groupBy(records, ({ type, name }) => `${type} ${name}`)]
      return [
        ...recordTable(records, paint, columns),
        '',
        'Seen now:',
        ...seen.flatMap(([label, [first]]) => describeSeen(label, first?.seen ?? [], columns)),
      ]
    },
  })
}

function describeSeen(label: string, seen: NeededRecordSeen['seen'], columns = Number.POSITIVE_INFINITY): string[] {
  const answers = seen.length > 0 ? describeAnswers(seen) : ['no server was asked']
  return answers.flatMap((answer) =>
    within(`${label}  ${answer}`, columns - 4).map((line, i) => `${i === 0 ? '  ' : '    '}${line}`),
  )
}
