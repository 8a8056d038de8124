import { limitText } from '../domain/budget-text.ts'
import { type BudgetRefusal, type BudgetUnit, type BudgetWant, interval } from '../domain/ca-budget.ts'
import { monotone } from '../domain/monotone.ts'
import { accountUnit, type CountedOrder, limitMeant, newOrderUnit, wantedBy } from '../domain/order-budget.ts'
import { LONGEST_WAIT_IN_PLACE, retryAt } from '../domain/policies.ts'
import { DomainctlError } from '../errors.ts'
import { countedOrder, isOrders } from './counted-order.ts'
import { type Fulfilment, problemOf, saveOrder } from './fulfilment.ts'
import type { Services } from './services.ts'
import type { Step } from './step.ts'

/** An order that is about to be sent. */
interface Wanted {
  ca: string
  accountId: string
  names: readonly string[]
  /** A person insists: it is counted, and not refused. */
  force: boolean
}

/** Whether anything is counted at this CA: where it has no limits that are known, the ledger costs nothing. */
export function isCounted({ limits }: Services, ca: string): boolean {
  return Object.keys(limits(ca)).length > 0
}

/**
 * Reserves what an order costs under the limits of its CA (requirements C4); what lacks for half a minute at most is waited for.
 * Answers what the order holds now, or undefined where nothing is counted.
 * @throws DomainctlError `CA_BUDGET_SPENT`
 */
export async function reserve(step: Step, wanted: Wanted): Promise<BudgetUnit[] | undefined> {
  const { services } = step
  if (!isCounted(services, wanted.ca)) return undefined
  const wants = wantedBy(countedOrder(step, wanted), services.limits(wanted.ca))
  await spend(step, wants, wanted.force)
  return wants.filter(({ only }) => only !== 'look').map(({ key, limit }) => ({ key, limit }))
}

/** Gives back what an order has reserved that was not kept. Where that fails too, time gives it back. */
export async function giveBack({ store, runtime }: Services, reserved: BudgetUnit[]): Promise<void> {
  try {
    await store.refundBudget(reserved, runtime.clock.now())
  } catch (error) {
    runtime.logger.log('warn', 'budget not given back', { error: String(error) })
  }
}

/**
 * Makes sure that an order that is sent without saying what it replaces is counted: one that was exempt until the CA took offence
 * at that, and once more one whose first sending may have reached the CA.
 */
export async function requireReserved(f: Fulfilment): Promise<void> {
  const { step, order, issuer, force } = f
  const { ca, accountId, names } = order
  const held = order.reserved
  if (held === undefined) {
    const reserved = await reserve(step, { ca: issuer.ca, accountId, names, force })
    if (reserved) await saveOrder(f, { reserved })
    return
  }
  const first = f.resumed ? held.filter(isOrders) : []
  const again = first.length > 0 ? newOrderUnit(order, step.services.limits(ca)) : []
  if (again.length === 0) return
  await spend(step, again, force)
  // What may have been made is counted from now on, and not once more with each sending after it.
  const others = held.filter((unit) => !isOrders(unit))
  const budget = { now: step.services.runtime.clock.now(), taken: first }
  await saveOrder(f, { reserved: [...others, ...again] }, { budget })
}

/**
 * What the CA says of its limits fills the ledger, for all domains: a count that it has no room in, is empty until the time that it
 * gives, and no longer than any wait is kept (requirements C5). Of words that say nothing known the domain alone takes note.
 */
export async function heedLimit(
  { store, limits, runtime }: Services,
  ca: string,
  error: unknown,
  order: Omit<CountedOrder, 'renewal' | 'ca'> | null,
): Promise<void> {
  if (!(error instanceof DomainctlError && error.code === 'CA_RATE_LIMITED' && error.retryAt)) return
  const meant = limitMeant(problemOf(error)?.detail ?? '', ca, order && { ...order, ca }, limits(ca))
  if (meant) await store.limitBudget(meant, retryAt(runtime.clock.now(), 1, error.retryAt))
}

/** Makes an account under the limit for accounts. */
export async function countingAccount<T>(services: Services, ca: string, force: boolean, make: () => Promise<T>): Promise<T> {
  const { store, limits, runtime } = services
  const units = accountUnit(ca, limits(ca))
  if (units.length === 0) return make()
  const [refused] = await store.spendBudget(units, runtime.clock.now(), { force })
  if (refused) throw budgetSpent(refused, refused.at)
  try {
    return await make()
  } catch (error) {
    // One that was refused is none; without an answer it may be one.
    if (error instanceof DomainctlError && error.kind !== 'interrupted' && error.code !== 'CA_UNREACHABLE')
      await store.refundBudget(units, runtime.clock.now())
    await heedLimit(services, ca, error, null)
    throw error
  }
}

async function spend(step: Step, wants: BudgetWant[], force: boolean): Promise<void> {
  const { store, runtime } = step.services
  const elapsed = monotone(runtime.clock)
  const began = elapsed()
  for (;;) {
    const time = runtime.clock.now()
    const refusals = await store.spendBudget(wants, time, { force })
    if (refusals.length === 0) return forgetTurns(step, wants)
    const turns = refusals.map((refusal) => ({ refusal, at: turnOf(step, refusal, time) }))
    const last = turns.reduce((a, b) => (b.at > a.at ? b : a))
    const wait = last.at.getTime() - time.getTime()
    if (elapsed() - began + wait > LONGEST_WAIT_IN_PLACE) throw budgetSpent(last.refusal, last.at)
    step.report(`waiting for room under the limits of ${new URL(last.refusal.key.ca).host}`)
    await runtime.clock.sleep(wait, step.signal)
  }
}

/**
 * When it is this domain's turn: of those that this process refused for the same count, each has an instant of its own, so that
 * they do not all come back for the one that is there then.
 */
function turnOf({ services, domain }: Step, { key, limit, at }: BudgetRefusal, time: Date): Date {
  const { budgetTurns } = services
  const name = JSON.stringify([key.ca, key.kind, key.subject])
  const turns = budgetTurns.get(name) ?? new Map<string, number>()
  budgetTurns.set(name, turns)
  for (const [id, turn] of turns) if (turn <= time.getTime() && id !== domain.id) turns.delete(id)
  const own = turns.get(domain.id) ?? 0
  if (own >= at.getTime()) return new Date(own)
  turns.delete(domain.id)
  const turn = Math.max(at.getTime(), ...[...turns.values()].map((other) => other + interval(limit)))
  turns.set(domain.id, turn)
  return new Date(turn)
}

function forgetTurns({ services: { budgetTurns }, domain }: Step, wants: readonly BudgetWant[]): void {
  for (const { key } of wants) {
    const name = JSON.stringify([key.ca, key.kind, key.subject])
    budgetTurns.get(name)?.delete(domain.id)
    if (budgetTurns.get(name)?.size === 0) budgetTurns.delete(name)
  }
}

function budgetSpent(unit: BudgetUnit, retryAt: Date): DomainctlError {
  const at = retryAt.toISOString()
  const mend = unit.key.kind === 'failures' ? 'Mend what it did not find (history says what). ' : ''
  return new DomainctlError('CA_BUDGET_SPENT', `${unit.key.ca} allows ${limitText(unit)}; there is room for this one at ${at}.`, {
    hint: `Nothing was asked of it. ${mend}Repeat after ${at}; --force asks it all the same. What was agreed with the CA is said by cas.NAME.limits.`,
    retryAt,
  })
}
