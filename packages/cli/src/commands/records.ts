import { DomainctlError, type NeededRecordSeen } from '@domainctl/core'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { nextAfterFailure } from '../next.ts'
import { describeAnswers } from '../output/check.ts'
import { columnsOf } from '../output/output.ts'
import { within } from '../output/prose.ts'
import { recordTable } from '../output/records.ts'
import { terraform } from '../output/terraform.ts'
import { zoneLines } from '../output/zone-file.ts'
import type { Outcome } from '../verb.ts'

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
    work: async (domainctl, name, o): Promise<RecordsOutcome> => {
      const records = await domainctl.records(name, o)
      const error = unseen(name, records)
      return { domain: await domainctl.get(name), records, ...(error && { error }), next: [] }
    },
    afterFailure: (name, error) => nextAfterFailure('records', name, error),
    describe: (result) => {
      if (!('records' in result)) return []
      const { name, records } = result
      if (flags.format === 'zone') return [`; DNS records for ${name}`, ...records.flatMap(zoneLines)]
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

/** The records are known without the DNS; how they stand is not, where nobody in it could be asked. */
function unseen(name: string, records: readonly NeededRecordSeen[]): DomainctlError | undefined {
  const isSilent = ({ seen }: NeededRecordSeen) => seen.length > 0 && seen.every(({ rcode }) => rcode === 'DNS_UNREACHABLE')
  if (records.length === 0 || !records.every(isSilent)) return undefined
  return new DomainctlError(
    'DNS_UNREACHABLE',
    `${name} needs these records, but how they stand is not known: nobody in the DNS could be asked.`,
    { hint: 'Check the network of this machine, or name another resolver with --resolver; then repeat.' },
  )
}

function describeSeen(label: string, seen: NeededRecordSeen['seen'], columns = Number.POSITIVE_INFINITY): string[] {
  const answers = seen.length > 0 ? describeAnswers(seen) : ['no server was asked']
  return answers.flatMap((answer) =>
    within(`${label}  ${answer}`, columns - 4).map((line, i) => `${i === 0 ? '  ' : '    '}${line}`),
  )
}
