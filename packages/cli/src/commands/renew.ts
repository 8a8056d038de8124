import { DomainctlError, type DueRenewal } from '@domainctl/core'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure } from '../next.ts'
import { describeIssuance, issuanceResult } from '../output/issuance.ts'
import { mark } from '../output/marks.ts'
import { columnsOf } from '../output/output.ts'
import { hanging } from '../output/prose.ts'
import { printable } from '../output/text.ts'
import { quote } from '../quote.ts'
import { when, withLocalTimes } from '../time.ts'
import type { Outcome } from '../verb.ts'
import { type WaitFlags, waitMsOf } from '../wait.ts'

export interface RenewFlags extends NameFlags, WaitFlags {
  force?: boolean
  dryRun?: boolean
}

/**
 * `renew [NAME…]`: new certificates for what is due, or for these names; with `--all` it looks at every certificate.
 * @throws DomainctlError `USAGE` for `--force` without a choice of names: it would order for all of them
 */
export async function renew(context: Context, typed: string[], flags: RenewFlags): Promise<number> {
  const named = typed.length > 0 || flags.fromFile !== undefined
  if (flags.force && !named && !flags.all) {
    throw new DomainctlError('USAGE', '--force was given without names.', { hint: 'Give names, or --all for every certificate.' })
  }
  const names = named ? await namesFor(context, typed, flags) : await renewableNames(context, flags)
  if (names.length === 0) context.output.note(flags.all ? 'There is no certificate yet.' : 'No certificate is due for renewal.')
  return flags.dryRun ? dryRun(context, names) : renewAll(context, names, flags)
}

async function renewAll(context: Context, names: string[], flags: RenewFlags): Promise<number> {
  const waitMs = waitMsOf(flags)
  const options = { ...(flags.force !== undefined && { force: flags.force }), ...(waitMs !== undefined && { waitMs }) }
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const issuance = await domainctl.renew(name, { ...options, ...o })
      return { ...issuanceResult(issuance), next: [] }
    },
    afterFailure: (name, error) => nextAfterFailure('renew', name, error, flags),
    describe: (result) => describeIssuance(result, context.io, context.output.paint, names.length > 1),
  })
}

/** What a dry run adds to an outcome. */
interface DueOutcome extends Outcome {
  due: boolean
  reason: string
  /** ISO 8601 UTC; when it will be due. */
  at?: string
  /** When its CA was asked last when it wants it renewed, and when it is asked again. */
  advice?: { askedAt: string; nextCheckAt: string }
}

async function dryRun(context: Context, names: string[]): Promise<number> {
  const { io, output } = context
  const known = new Map((await (await context.domainctl()).renewals({ all: true })).map((renewal) => [renewal.name, renewal]))
  return overNames(context, names, {
    work: async (domainctl, name): Promise<DueOutcome> => {
      const domain = await domainctl.get(name)
      const { due, reason, at, advice } = known.get(domain.name) ?? NEVER_DUE
      return {
        domain,
        ...(!due && { skipped: true }),
        due,
        reason,
        ...(at && { at: at.toISOString() }),
        ...(advice && {
          advice: { askedAt: advice.askedAt.toISOString(), nextCheckAt: advice.nextCheckAt.toISOString() },
        }),
        next: due ? [{ command: `domainctl renew ${quote(domain.name)}`, why: 'renews it' }] : [],
      }
    },
    afterFailure: (name, error) => nextAfterFailure('renew', name, error),
    describe: (result) => {
      if (!('due' in result)) return []
      const { name, due, reason, at, advice } = result
      const inWords = (time: string) => when(new Date(time), io.now())
      const time = at === undefined ? '' : `, ${inWords(at)}`
      const lead = `${mark(output.paint, due ? 'wait' : 'ok')} `
      const columns = columnsOf(io)
      const text = `${name} is ${due ? 'due' : 'not due'}: ${withLocalTimes(printable(reason))}${time}`
      if (!advice) return hanging(text, { lead, columns })
      const asked = `its CA was asked ${inWords(advice.askedAt)}, and is asked again ${inWords(advice.nextCheckAt)}`
      return [...hanging(text, { lead, columns }), ...hanging(asked, { lead: '  ', columns })]
    },
  })
}

const NEVER_DUE: Pick<DueRenewal, 'due' | 'reason' | 'at' | 'advice'> = { due: false, reason: 'it has no certificate' }

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

/** Names with a certificate that is due, or with any; but for a dry run the CAs are asked first when they want theirs renewed. */
async function renewableNames(context: Context, { all = false, dryRun = false }: RenewFlags): Promise<string[]> {
  const domainctl = await context.domainctl()
  if (!dryRun) {
    const { asked, moved } = await domainctl.askRenewalAdvice({ signal: context.io.signal })
    if (asked > 0) context.output.note(`Asked when to renew ${count(asked, 'certificate')}: the time of ${moved} has changed.`)
  }
  return (await domainctl.renewals({ all })).filter(({ due }) => all || due).map(({ name }) => name)
}
