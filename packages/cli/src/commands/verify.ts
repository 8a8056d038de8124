import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure, nextAfterVerify } from '../next.ts'
import { shownName } from '../output/domain.ts'
import { describeExamination, examinationOverview } from '../output/examination.ts'
import { mark } from '../output/marks.ts'
import { openChecks } from '../output/open-checks.ts'
import { columnsOf } from '../output/output.ts'
import { hanging } from '../output/prose.ts'
import { type WaitFlags, waitMsOf } from '../wait.ts'

export interface VerifyFlags extends NameFlags, WaitFlags {}

/**
 * A look does little but wait for name servers, each of which bounds by itself how much it is asked at a time. More than this
 * makes no run on one machine faster, but each name in work takes memory: about 1 MB of what is collected late.
 */
const WIDTH = 32

/** `verify NAME…`: looks at every record that the domains need and says what is wrong with which. */
export async function verify(context: Context, typed: string[], flags: VerifyFlags): Promise<number> {
  const waitMs = waitMsOf(flags)
  const { paint } = context.output
  const names = await namesFor(context, typed, flags)
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const { domain, checks, error } = await domainctl.verify(name, { ...o, ...(waitMs !== undefined && { waitMs }) })
      const next = error ? nextAfterFailure('verify', domain.name, error, flags) : nextAfterVerify(domain)
      return { domain, checks, next, ...(error && { error }) }
    },
    afterFailure: (name, error) => nextAfterFailure('verify', name, error, flags),
    summarize: ({ domain, checks = [] }) => {
      return domain && checks.some(({ ok }) => !ok) ? `${openChecks(domain.name, checks)} yet.` : undefined
    },
    describe: ({ name, domain, checks = [], error }) => {
      if (!domain) return []
      const told = checks.length > 0 ? describeExamination({ name, domain, checks }, context) : []
      const apart = names.length > 1 ? [''] : []
      if (error) return [...apart, ...told]
      const what = checks.length > 0 ? 'all records are right' : 'needs no record beforehand'
      const columns = columnsOf(context.io)
      const verdict = hanging(`${shownName(domain)}: ${what} (${domain.status}).`, { lead: `${mark(paint, 'ok')} `, columns })
      return [...apart, ...told, ...verdict]
    },
    overview: examinationOverview(context),
    width: WIDTH,
  })
}
