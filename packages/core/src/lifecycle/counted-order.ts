import type { IssuerAuthorization, IssuerOrder } from '../contracts/issuer.ts'
import type { BudgetChange, Changes } from '../contracts/store.ts'
import type { BudgetUnit } from '../domain/ca-budget.ts'
import type { Order } from '../domain/model.ts'
import { type CountedOrder, countedAnyway, failureUnits } from '../domain/order-budget.ts'
import type { Step } from './step.ts'

/** Of an order on its way, what says how its CA counts it. */
interface Counting {
  readonly step: Step
  readonly order: Order
  readonly atCa: IssuerOrder | undefined
  readonly resumed: boolean
  readonly invalid?: readonly string[]
}

/** The CA has made the order: what it counts by orders is counted. */
export function budgetOfOrder(f: Counting): Partial<Counted> {
  const { reserved } = f.order
  if (!reserved?.some(isOrders)) return {}
  return { reserved: reserved.filter((unit) => !isOrders(unit)), budget: { now: now(f), taken: reserved.filter(isOrders) } }
}

/** The identifiers whose validation has failed; others have ended unasked, such as one that has expired. */
export function failedValidations(authorizations: readonly IssuerAuthorization[]): string[] {
  return authorizations.flatMap(({ identifier, status }) => (status === 'invalid' ? [identifier] : []))
}

/** The CA has issued: all that the order holds is counted. One that was exempt is counted all the same, for those that are not. */
export function budgetOfCertificate(f: Counting): Partial<Counted> {
  const { step, order } = f
  const { reserved } = order
  if (reserved) return reserved.length > 0 ? { reserved: [], budget: { now: now(f), taken: reserved } } : {}
  const limits = step.services.limits(order.ca)
  const spent = countedAnyway(countedOrder(step, order), limits)
  return spent.length > 0 ? { budget: { now: now(f), spent } } : {}
}

/**
 * The order has ended without a certificate: what only certificates cost comes back. Not where the CA may have made one that we do
 * not have; and an order that may have been made was made. Failed validations are counted.
 */
export function budgetAtEnd(f: Counting): Partial<Counted> {
  const { step, order, atCa, resumed, invalid = [] } = f
  const { state, reserved = [] } = order
  const hasIssued = state === 'finalizing' && atCa?.status !== 'invalid'
  const wasOrdered = state !== 'new' || resumed
  const isTaken = (unit: BudgetUnit) => hasIssued || (wasOrdered && isOrders(unit))
  const taken = reserved.filter(isTaken)
  const returned = reserved.filter((unit) => !isTaken(unit))
  const spent = failureUnits(order, invalid, step.services.limits(order.ca))
  if (taken.length + returned.length + spent.length === 0) return {}
  return { ...(order.reserved && { reserved: [] }), budget: { now: now(f), taken, returned, spent } }
}

interface Counted {
  reserved: BudgetUnit[]
  budget: BudgetChange
}

/** What belongs to the order of {@link Counted}, and what to the other changes of the same moment. */
export function split({ reserved, budget }: Partial<Counted>): {
  order: { reserved?: BudgetUnit[] }
  changes: Pick<Changes, 'budget'>
} {
  return { order: reserved ? { reserved } : {}, changes: budget ? { budget } : {} }
}

/** For so long a CA knows which names it has issued for (boulder, wfe2/wfe.go), in ms. */
const RENEWED_WITHIN = 120 * 86_400_000

/**
 * An order as its CA counts it. Other names than those of the live certificate, another CA, or one that it gave too long ago: it is
 * no renewal then.
 */
export function countedOrder(
  { claimed: { certificate }, services }: Step,
  { ca, accountId, names }: Omit<CountedOrder, 'renewal'>,
): CountedOrder {
  const isSame = certificate?.names.length === names.length && names.every((name) => certificate.names.includes(name))
  const age = services.runtime.clock.now().getTime() - (certificate?.createdAt.getTime() ?? 0)
  return { ca, accountId, names, renewal: isSame && certificate.ca === ca && age < RENEWED_WITHIN }
}

export function isOrders({ key }: BudgetUnit): boolean {
  return key.kind === 'orders'
}

function now({ step }: Counting): Date {
  return step.services.runtime.clock.now()
}
