import { DomainctlError } from '../errors.ts'

/** A CA that did not issue, and why. */
export interface CaRefusal {
  ca: string
  error: DomainctlError
  /** It was asked for something; else its turn was not now, or CAA does not let it. */
  asked: boolean
  /** It will never issue for these names. */
  permanent: boolean
  /** It may be at work on an order, which is kept until then before another CA is asked. */
  keptUntil?: Date
}

/** Whether nothing was tried, since those that CAA allows want to be left alone: that is no failure. */
export function isEarly(refusals: readonly CaRefusal[]): boolean {
  const isResting = ({ asked, error }: CaRefusal) => !asked && error.kind === 'ca-unavailable'
  return refusals.some(isResting) && refusals.every((one) => isResting(one) || one.error.code === 'DNS_CAA_FORBIDS')
}

/**
 * The one error that says what each CA said; what has to be mended first gives it its code. It has a time to come back where
 * every CA that will be better by waiting gave one.
 */
export function inOne(refusals: readonly CaRefusal[]): DomainctlError {
  const last = refusals.at(-1)
  if (!last) throw new Error('a domain without a CA')
  const later = refusals.filter(({ error }) => error.kind === 'ca-unavailable')
  // What is no matter of time, such as a failed validation, has to be mended first.
  const isMatterOfTime = last.error.kind === 'ca-unavailable' || last.error.code === 'DNS_CAA_FORBIDS'
  const decisive = isMatterOfTime ? (later[0] ?? refusals[0] ?? last).error : last.error
  if (decisive.kind !== 'ca-unavailable') return refusals.length === 1 ? decisive : joined(refusals, decisive)
  const untimed = later.find(({ error, keptUntil }) => !error.retryAt && !keptUntil)
  if (untimed) return refusals.length === 1 ? decisive : joined(refusals, decisive, untimed.error)
  const times = later.flatMap(({ error, keptUntil }) => [error.retryAt, keptUntil].flatMap((at) => at?.getTime() ?? []))
  return comingBackAt(refusals.length === 1 ? decisive : joined(refusals, decisive), new Date(Math.min(...times)))
}

/** @param when gives the time, and what is said about it */
function joined(refusals: readonly CaRefusal[], decisive: DomainctlError, when = decisive): DomainctlError {
  return new DomainctlError(decisive.code, refusals.map(({ error }) => error.message).join(' '), {
    hint: when.hint,
    actor: decisive.actor,
    ...(when.retryAt && { retryAt: when.retryAt }),
    cause: decisive.cause ?? decisive,
  })
}

/** The error with another time to come back, in its hint, too. */
export function comingBackAt(error: DomainctlError, retryAt: Date): DomainctlError {
  if (error.retryAt?.getTime() === retryAt.getTime()) return error
  const { code, message, actor, cause } = error
  const before = error.retryAt?.toISOString()
  const hint = before === undefined ? error.hint : error.hint.replaceAll(before, retryAt.toISOString())
  return new DomainctlError(code, message, { hint, actor, cause, retryAt })
}
