import { type CaCircuit, circuitAfter, failover, type OrderStanding } from '../domain/failover.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import { mustWaitForCa } from '../domain/policies.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { preflight } from './preflight.ts'
import type { Step } from './step.ts'

/** A CA that did not issue, and why. */
export interface CaRefusal {
  ca: string
  error: DomainctlError
  /** It was asked for something; else its turn was not now. */
  asked: boolean
}

/** None of the domain's CAs has issued; what is thrown on is `error`. */
export class NoCaIssued extends Error {
  readonly refusals: readonly CaRefusal[]
  readonly error: DomainctlError

  constructor(refusals: readonly CaRefusal[]) {
    super('none of the CAs has issued')
    this.refusals = refusals
    this.error = inOne(refusals)
  }
}

/**
 * Lets `orderAt` order at the first of the domain's CAs that can serve: the one whose order is open, then those of its list
 * in their order. Left out is one that asked to come back later, that fails by its own fault for everybody (both unless
 * `force`), or that the CAA records do not allow, which is looked up before anything is asked of it (requirements D6). After a
 * failure the next one is asked where `domain/failover.ts` says so (C2); every CA's reason is kept.
 * @throws NoCaIssued
 */
export async function atFirstCaThatCan<T>(step: Step, o: { force?: boolean }, orderAt: (ca: string) => Promise<T>): Promise<T> {
  const { store } = step.services
  const cas = await casInTurn(step)
  // Of a single CA the schedule of each domain is enough: a person who tries again shall be served.
  const known = cas.length > 1 ? await store.caCircuits(cas) : []
  const circuits = new Map(known.map((circuit) => [circuit.ca, circuit]))
  const refusals: CaRefusal[] = []
  for (const [i, ca] of cas.entries()) {
    const rest = o.force ? null : restOf(step, ca, circuits.get(ca))
    const outcome = rest ?? (await ask(step, ca, cas.length, orderAt))
    if (!(outcome instanceof DomainctlError)) {
      await closeCircuit(step, circuits.get(ca))
      return outcome.made
    }
    refusals.push({ ca, error: outcome, asked: outcome !== rest })
    const next = cas[i + 1]
    if (next === undefined) break
    if (outcome.code === 'DNS_CAA_FORBIDS') continue
    const decision = failover(outcome, await standingAt(step, ca))
    if (!decision.next) break
    step.report(`${hostOf(ca)}: ${decision.reason}; asking ${hostOf(next)}`)
    const message = `${ca}: ${decision.reason} (${outcome.message}) Next: ${next}`
    await step.commit({ events: [step.event('ca.failover', message, { ca, next, code: outcome.code })] })
  }
  throw new NoCaIssued(refusals)
}

/** The CAs of the domain in the order in which they are asked. */
async function casInTurn({ domain, services }: Step): Promise<string[]> {
  const cas = domain.cas ?? services.settings.cas
  if (cas.length < 2) return [...cas]
  const open = await services.store.openOrder(domain.id)
  return open && cas.includes(open.ca) ? [open.ca, ...cas.filter((ca) => ca !== open.ca)] : [...cas]
}

/** Why this CA is not asked now; null when it is. */
function restOf({ domain, services }: Step, ca: string, circuit: CaCircuit | undefined): DomainctlError | null {
  const now = services.runtime.clock.now()
  const hint = 'Nothing was asked of it now. Repeat after that time; --force asks it all the same.'
  const wait = mustWaitForCa(domain, ca, now)
  if (wait) {
    const why = domain.lastError?.message ?? 'it gave no reason'
    return new DomainctlError('CA_RATE_LIMITED', `${ca} asked to come back at ${wait.toISOString()} (${why}).`, {
      hint,
      retryAt: wait,
    })
  }
  if (!circuit || circuit.openUntil <= now) return null
  const times = circuit.failures === 1 ? 'has just failed' : `has failed ${circuit.failures} times in a row`
  return new DomainctlError(
    'CA_UNAVAILABLE',
    `${ca} ${times} and is left alone until ${circuit.openUntil.toISOString()} (${circuit.reason}).`,
    { hint, retryAt: circuit.openUntil },
  )
}

/**
 * Orders at this CA, once CAA is known to let it issue. Nothing but its directory is asked before, so that a CA which may not
 * issue never hears of the names. A single CA that knows us is looked at when its order is made. Answers what went wrong.
 */
async function ask<T>(
  step: Step,
  ca: string,
  cas: number,
  orderAt: (ca: string) => Promise<T>,
): Promise<{ made: T } | DomainctlError> {
  const { services, signal } = step
  try {
    const account = await services.store.getAccount(DEFAULT_TENANT, ca)
    if (cas > 1 || account?.url === undefined) await preflight(step, await services.issuer(ca), account?.url)
    return { made: await orderAt(ca) }
  } catch (thrown) {
    const error = toDomainctlError(thrown, signal)
    if (cas > 1) await noteFailure(step, ca, error)
    return error
  }
}

/** How far the order at this CA is that is open; null when there is none. */
async function standingAt({ domain, services }: Step, ca: string): Promise<OrderStanding | null> {
  const open = await services.store.openOrder(domain.id)
  if (open?.ca !== ca) return null
  const ageMs = services.runtime.clock.now().getTime() - open.createdAt.getTime()
  return { state: open.state, ageMs, told: open.state === 'challenged' }
}

async function noteFailure({ services }: Step, ca: string, error: DomainctlError): Promise<void> {
  const now = services.runtime.clock.now()
  if (circuitAfter(undefined, ca, error, now) === undefined) return
  await services.store.noteCircuit(ca, (before) => circuitAfter(before, ca, error, now))
}

async function closeCircuit({ services }: Step, circuit: CaCircuit | undefined): Promise<void> {
  if (circuit) await services.store.noteCircuit(circuit.ca, () => undefined)
}

/** The one error that says what each CA said; the last word is the one that ended it. */
function inOne(refusals: readonly CaRefusal[]): DomainctlError {
  const last = refusals.at(-1)
  if (!last) throw new Error('a domain without a CA')
  if (refusals.length === 1) return last.error
  const message = refusals.map(({ error }) => error.message).join(' ')
  const later = refusals.map(({ error }) => error).filter(({ kind }) => kind === 'ca-unavailable')
  const isOver = last.error.kind === 'ca-unavailable' || last.error.code === 'DNS_CAA_FORBIDS'
  // What is no matter of time, such as a failed validation, is what has to be mended first.
  const decisive = isOver ? (later[0] ?? refusals[0]?.error ?? last.error) : last.error
  const times = later.flatMap(({ retryAt }) => retryAt?.getTime() ?? [])
  const retryAt = decisive.kind === 'ca-unavailable' && times.length > 0 ? new Date(Math.min(...times)) : decisive.retryAt
  return new DomainctlError(decisive.code, message, {
    hint: decisive.hint,
    actor: decisive.actor,
    ...(retryAt && { retryAt }),
    cause: decisive.cause ?? decisive,
  })
}

function hostOf(ca: string): string {
  return new URL(ca).host
}
