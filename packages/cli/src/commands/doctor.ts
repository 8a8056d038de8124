import { type CaBudget, type Check, closingOf, DomainctlError } from '@domainctl/core'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { csrOption } from '../csr-flag.ts'
import { addOptions, type DomainFlags } from '../domain-flags.ts'
import { type NextCommand, nextAfterFailure, nextAfterVerify } from '../next.ts'
import { budgetLines } from '../output/budgets.ts'
import { describeExamination } from '../output/examination.ts'
import { openChecks } from '../output/open-checks.ts'
import type { Paint } from '../output/paint.ts'
import { quote } from '../quote.ts'
import type { Outcome } from '../verb.ts'
import { checkup } from './checkup.ts'

export type DoctorFlags = DomainFlags

interface DoctorOutcome extends Outcome {
  checks: Check[]
  budgets: CaBudget[]
}

/** `doctor NAME`: looks at everything about a name, in the state or not, and changes nothing. */
export async function doctor(context: Context, name: string | undefined, flags: DoctorFlags): Promise<number> {
  if (name === undefined) return checkup(context)
  const options = { ...addOptions(flags), ...(await csrOption(context, flags)) }
  const { paint } = context.output
  return overNames(context, [name], {
    work: async (domainctl, name, o): Promise<DoctorOutcome> => {
      const [{ domain, ok, checks }, budgets] = await Promise.all([
        domainctl.doctor(name, { ...options, ...o }),
        domainctl.budgets({ name }),
      ])
      if (!ok)
        return {
          domain,
          checks,
          budgets,
          error: unwell(name, checks),
          next: [{ command: again(name, flags), why: 'looks again' }],
        }
      return { domain, checks, budgets, next: domain ? nextAfterVerify(domain) : nextToAdd(name, flags) }
    },
    afterFailure: (name, error) => nextAfterFailure('doctor', name, error),
    summarize: ({ checks }) => (checks && checks.length > 0 ? summary(name, checks) : undefined),
    describe: (result) => {
      const { name, domain, checks, error } = result
      if (!checks) return []
      const left = 'budgets' in result ? budgetLines(result.budgets, context) : []
      const told = [...describeExamination({ name, domain, checks }, context), ...left]
      return error ? told : [...told, verdict('budgets' in result ? result.budgets : [], paint)]
    },
  })
}

/** All that was looked at is right; there may be no room for another order yet. */
function verdict(budgets: readonly CaBudget[], paint: Paint): string {
  const full = budgets.filter(({ left }) => left === 0)
  if (full.length === 0) return `${paint('good', '✔')} Nothing stands in the way of a certificate.`
  const at = new Date(Math.max(...full.map(({ nextAt }) => nextAt.getTime())))
  return `${paint('waiting', '!')} Nothing but a limit of the CA stands in the way of a new order, until ${at.toISOString()}.`
}

function unwell(name: string, checks: readonly Check[]): DomainctlError {
  const wrong = checks.filter(({ ok }) => !ok)
  const actors = [...new Set(wrong.map(({ actor }) => actor))]
  return new DomainctlError(
    'DNS_NOT_READY',
    [summary(name, checks), ...new Set(wrong.map(({ explanation }) => explanation))].join(' '),
    {
      hint: closingOf(checks),
      actor: actors.length === 1 && actors[0] ? actors[0] : 'customer',
    },
  )
}

function summary(name: string, checks: readonly Check[]): string {
  return `${openChecks(name, checks)}.`
}

function nextToAdd(name: string, flags: DoctorFlags): NextCommand[] {
  return [{ command: `domainctl add ${quote(name)}${given(flags)}`, why: 'adds it' }]
}

function again(name: string, flags: DoctorFlags): string {
  return `domainctl doctor ${quote(name)}${given(flags)}`
}

/** The flags that say what the name is to be: without them other things are looked at. */
function given({ provider, ownership, san = [], wildcard, delegate, target, address = [], ...flags }: DoctorFlags): string {
  const pairs: [string, string | undefined][] = [
    ['provider', provider],
    ['ownership', ownership],
    ['san', san.join(',') || undefined],
    ['challenge', flags.challenge],
    ['csr', flags.csr || undefined],
    ['delegate', delegate],
    ['target', target],
    ['address', address.join(',') || undefined],
    ['probe-path', flags.probePath],
  ]
  const values = pairs.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag} ${quote(value)}`]))
  const switches = [...(wildcard ? ['--wildcard'] : []), ...(flags.probe ? ['--probe'] : [])]
  // Who knows it can answer in place of the edge: it is not for logs.
  const token = flags.probeToken === undefined ? [] : ['--probe-token TOKEN']
  return [...values, ...token, ...switches].map((flag) => ` ${flag}`).join('')
}
