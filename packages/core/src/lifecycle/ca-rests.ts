import { type CaCircuit, circuitAfter } from '../domain/failover.ts'
import { mustWaitForCa } from '../domain/policies.ts'
import { DomainctlError, ERRORS, type ErrorCode } from '../errors.ts'
import { concernsAll } from './fulfilment.ts'
import type { Step } from './step.ts'

/** What is known of a domain's CAs before any of them is asked. */
export interface CaRests {
  /** Why a CA is not asked now, with the time when it is. */
  rests: ReadonlyMap<string, DomainctlError>
  /** Those that failed when they were asked last. */
  failing: ReadonlySet<string>
}

const HINT = 'Nothing was asked of it now. Repeat after that time; --force asks it all the same.'

/**
 * Which of the CAs are not asked now: those that asked to be left alone with this domain, and those that fail for everybody.
 * Where nothing but the latter keeps all of them, one is asked all the same: whether it has recovered nobody else finds out.
 * @param o `force`: none rests; `prefer`: the one with an order that is open
 */
export async function restsOf(
  step: Step,
  cas: readonly string[],
  o: { force: boolean; prefer: string | undefined },
): Promise<CaRests> {
  const { services, domain, claimed } = step
  const now = services.runtime.clock.now()
  // Of a single CA the schedule of each domain is enough: a person who tries again shall be served.
  const circuits = cas.length > 1 ? await services.store.caCircuits(cas) : []
  const failing = new Set(circuits.map(({ ca }) => ca))
  if (o.force) return { rests: new Map(), failing }
  const waits = cas.flatMap((ca) => mustWaitForCa(domain, ca, now, claimed.certificate) ?? [])
  const open = circuits.filter(({ openUntil }) => openUntil > now)
  const rests = new Map([
    ...open.map((circuit) => [circuit.ca, circuitError(circuit)] as const),
    ...waits.map(({ ca, at, code, reason }) => [ca, waitError(ca, at, code, reason)] as const),
  ])
  const [soonest] = open.toSorted((a, b) => a.openUntil.getTime() - b.openUntil.getTime())
  if (waits.length === 0 && open.length === cas.length && soonest) rests.delete(o.prefer ?? soonest.ca)
  return { rests, failing }
}

function waitError(ca: string, retryAt: Date, code: string, reason: string): DomainctlError {
  const message = `${ca} is left alone until ${retryAt.toISOString()}, as it asked for (${reason}).`
  return new DomainctlError(isErrorCode(code) ? code : 'CA_RATE_LIMITED', message, { hint: HINT, retryAt })
}

function circuitError({ ca, failures, openUntil, reason }: CaCircuit): DomainctlError {
  const times = failures === 1 ? 'has just failed' : `has failed ${failures} times in a row`
  const message = `${ca} ${times} and is left alone until ${openUntil.toISOString()} (${reason}).`
  return new DomainctlError('CA_UNAVAILABLE', message, { hint: HINT, retryAt: openUntil })
}

/** A state that a newer version wrote may know more of them. */
function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}

/** Counts a failure that says something of the CA as a whole. */
export async function noteFailure({ services }: Step, ca: string, error: DomainctlError): Promise<void> {
  const now = services.runtime.clock.now()
  if (circuitAfter(undefined, ca, error, now, false) === undefined) return
  await services.store.noteCircuit(ca, (before) => circuitAfter(before, ca, error, now, concernsAll(error)))
}

/** The CA has issued: what it failed at before is over. */
export async function forgetFailures({ services }: Step, ca: string): Promise<void> {
  await services.store.noteCircuit(ca, () => undefined)
}
