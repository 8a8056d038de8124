import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure, nextAfterVerify } from '../next.ts'
import { describeCheck } from '../output/check.ts'
import { shownName } from '../output/domain.ts'
import { columnsOf } from '../output/output.ts'
import { type WaitFlags, waitMsOf } from '../wait.ts'

export interface VerifyFlags extends NameFlags, WaitFlags {}

/** `verify NAME…`: looks at every record that the domains need and says what is wrong with which. */
export async function verify(context: Context, typed: string[], flags: VerifyFlags): Promise<number> {
  const waitMs = waitMsOf(flags)
  const { paint } = context.output
  return overNames(context, await namesFor(context, typed, flags), {
    work: async (domainctl, name, o) => {
      const { domain, checks, error } = await domainctl.verify(name, { ...o, ...(waitMs !== undefined && { waitMs }) })
      const next = error ? nextAfterFailure('verify', domain.name, error, flags) : nextAfterVerify(domain)
      return { domain, checks, next, ...(error && { error }) }
    },
    afterFailure: (name, error) => nextAfterFailure('verify', name, error, flags),
    summarize: ({ domain, checks = [] }) => {
      const open = checks.filter(({ ok }) => !ok).length
      return domain && open > 0 ? `${open} of ${checks.length} DNS record(s) of ${domain.name} are not right yet.` : undefined
    },
    describe: ({ domain, checks = [], error }) => {
      if (!domain) return []
      const lines = checks.flatMap((check) => describeCheck(check, paint, columnsOf(context.io)))
      if (error) return lines
      return [
        ...lines,
        `${paint('good', '✔')} ${shownName(domain)}: ${checks.length > 0 ? 'all records are right' : 'needs no record beforehand'} (${domain.status}).`,
      ]
    },
  })
}
