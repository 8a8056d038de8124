import type { NeededRecordSeen } from '@domainctl/core'
import { type Outcome, overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { nextAfterFailure } from '../next.ts'
import { describeAnswer } from '../output/check.ts'
import { columnsOf } from '../output/output.ts'
import { recordTable } from '../output/records.ts'
import { printable } from '../output/text.ts'
import { zoneLine } from '../output/zone-file.ts'

export interface RecordsFlags {
  format: 'table' | 'zone' | 'json'
}

interface RecordsOutcome extends Outcome {
  records: NeededRecordSeen[]
}

/** `records NAME`: the records that a domain needs, and what each server shows now. */
export async function records(context: Context, name: string, flags: RecordsFlags): Promise<number> {
  const { paint } = context.output
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
      if (records.length === 0) return [`${name} needs no record beforehand.`]
      return [...recordTable(records, paint, columnsOf(context.io)), '', 'Seen now:', ...records.flatMap(describeSeen)]
    },
  })
}

function describeSeen({ type, name, seen }: NeededRecordSeen): string[] {
  const answers = seen.length > 0 ? seen.map(describeAnswer) : ['no server was asked']
  return answers.map((answer) => `  ${type} ${name}  ${printable(answer)}`)
}
