import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { csrOption, namesOrOfRequest } from '../csr-flag.ts'
import { addOptions, type DomainFlags } from '../domain-flags.ts'
import type { NameFlags } from '../names.ts'
import { nextAfterFailure, nextAfterIssue } from '../next.ts'
import { describeIssuance, issuanceResult } from '../output/issuance.ts'
import { type WaitFlags, waitMsOf } from '../wait.ts'

export interface IssueFlags extends DomainFlags, NameFlags, WaitFlags {
  force?: boolean
  /** False with `--no-preflight`. */
  preflight?: boolean
}

/** `issue NAME…`: has a certificate for each name when it ends, adding the names that are not there. */
export async function issue(context: Context, typed: string[], flags: IssueFlags): Promise<number> {
  const waitMs = waitMsOf(flags)
  const csr = await csrOption(context, flags)
  const options = {
    ...addOptions(flags),
    ...csr,
    ...(flags.force !== undefined && { force: flags.force }),
    ...(flags.preflight !== undefined && { preflight: flags.preflight }),
    ...(waitMs !== undefined && { waitMs }),
  }
  const names = await namesOrOfRequest(context, typed, flags, csr)
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const issuance = await domainctl.issue(name, { ...options, ...o })
      return { ...issuanceResult(issuance), next: nextAfterIssue(issuance.domain) }
    },
    afterFailure: (name, error) => nextAfterFailure('issue', name, error, flags),
    describe: (result) => describeIssuance(result, context.io, context.output.paint, names.length > 1),
    nextOfSeveral: { command: 'domainctl list', why: 'shows all of them' },
  })
}
