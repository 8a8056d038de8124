import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { addOptions, type DomainFlags } from '../domain-flags.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterAdd } from '../next.ts'
import { shownName } from '../output/domain.ts'
import { columnsOf } from '../output/output.ts'
import { recordsToCreate } from '../output/records.ts'

export interface AddFlags extends DomainFlags, NameFlags {}

/** `add NAME…`: puts domains into the state and says which records to make. */
export async function add(context: Context, typed: string[], flags: AddFlags): Promise<number> {
  const options = addOptions(flags)
  const { paint } = context.output
  return overNames(context, await namesFor(context, typed, flags), {
    work: async (domainctl, name, o) => {
      const domain = await domainctl.add(name, { ...options, ...o })
      return { domain, next: nextAfterAdd(domain) }
    },
    describe: ({ domain, error }) => {
      if (!domain || error) return []
      const { records } = domain
      const added = `${paint('good', '✔')} ${shownName(domain)} is in the state (${domain.status}, provider ${domain.provider}).`
      return [
        added,
        ...(records.length === 0
          ? ['No record has to be made beforehand.']
          : recordsToCreate(records, paint, columnsOf(context.io))),
      ]
    },
  })
}
