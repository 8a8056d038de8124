import type { BudgetKey, BudgetUnit, BudgetWant } from './ca-budget.ts'
import type { CaLimit, CaLimits, LimitKind } from './ca-limits.ts'
import { baseOf } from './names.ts'
import { registeredDomains } from './registered-domain.ts'

/** An order as the CA counts it. */
export interface CountedOrder {
  /** Directory URL. */
  ca: string
  /** Id of the account. */
  accountId: string
  names: readonly string[]
  /** The CA has issued for exactly these names before. */
  renewal: boolean
}

/**
 * What an order needs room for before it is sent (requirements C4), as https://letsencrypt.org/docs/rate-limits/ has it. A renewal
 * of the very names pays for a duplicate alone. For a name whose validations have failed too often there must be room for one
 * failure more, which none is taken for. An order that says what it replaces (ARI) while the CA wants that renewed is exempt from
 * all; do not ask then.
 */
export function wantedBy(order: CountedOrder, limits: CaLimits): BudgetWant[] {
  const { renewal, names } = order
  const failures = [...new Set(names.map(baseOf))].map((name) => failureOf(order, name))
  return [
    ...(renewal ? [] : [keyOf(order, 'orders', order.accountId), ...certificatesOf(order)]).flatMap((key) => unit(key, limits)),
    ...unit(duplicateOf(order), limits),
    ...failures.flatMap((key) => unit(key, limits).map((one) => ({ ...one, only: 'look' as const }))),
  ]
}

/** What the certificate of an exempt order leaves less of for others: it is not refused, but counted. */
export function countedAnyway(order: CountedOrder, limits: CaLimits): BudgetUnit[] {
  const keys = [...(order.renewal ? [] : certificatesOf(order)), duplicateOf(order)]
  return keys.flatMap((key) => unit(key, limits))
}

/** What another new order costs, whatever comes of it. */
export function newOrderUnit(order: Pick<CountedOrder, 'ca' | 'accountId'>, limits: CaLimits): BudgetUnit[] {
  return unit(keyOf(order, 'orders', order.accountId), limits)
}

/** A failed validation of each of these identifiers. */
export function failureUnits(
  order: Pick<CountedOrder, 'ca' | 'accountId'>,
  identifiers: readonly string[],
  limits: CaLimits,
): BudgetUnit[] {
  return [...new Set(identifiers)].flatMap((name) => unit(failureOf(order, name), limits))
}

/** A new account. */
export function accountUnit(ca: string, limits: CaLimits): BudgetUnit[] {
  return unit({ ca, kind: 'accounts', subject: '' }, limits)
}

/**
 * Which count a CA means that says `rateLimited`, from its words: those of Let's Encrypt's software (boulder, ratelimits/limiter.go),
 * which others run or imitate. Null where it says something else, or has no limit of that kind that is known.
 * @param order that it was said of; null: a new account
 */
export function limitMeant(
  detail: string,
  ca: string,
  order: Omit<CountedOrder, 'renewal'> | null,
  limits: CaLimits,
): BudgetUnit | null {
  const key = keyMeant(detail.toLowerCase(), ca, order)
  return (key && unit(key, limits)[0]) ?? null
}

function keyMeant(detail: string, ca: string, order: Omit<CountedOrder, 'renewal'> | null): BudgetKey | null {
  if (/too many (?:new )?(?:registrations|accounts)/.test(detail)) return { ca, kind: 'accounts', subject: '' }
  if (!order) return null
  if (/too many new orders/.test(detail)) return keyOf(order, 'orders', order.accountId)
  // Older ones say "domains" for "identifiers".
  if (/too many certificates (?:\(\d+\) )?already issued for (?:this )?exact set of/.test(detail)) return duplicateOf(order)
  const domain = /too many certificates (?:\(\d+\) )?already issued for:? "([^"]+)"/.exec(detail)?.[1]
  if (domain !== undefined) return certificatesOf(order).find(({ subject }) => subject === domain) ?? null
  const failed = /too many failed authorizations/.test(detail) ? [...new Set(order.names.map(baseOf))] : []
  const name = /too many failed authorizations[^"]*"([^"]+)"/.exec(detail)?.[1]
  const meant = failed.find((one) => one === name) ?? (failed.length === 1 ? failed[0] : undefined)
  return meant === undefined ? null : failureOf(order, meant)
}

function certificatesOf(order: Pick<CountedOrder, 'ca' | 'names'>): BudgetKey[] {
  return registeredDomains(order.names).map((domain) => keyOf(order, 'certificates', domain))
}

function duplicateOf(order: Pick<CountedOrder, 'ca' | 'names'>): BudgetKey {
  return keyOf(order, 'duplicates', [...order.names].sort().join(','))
}

function failureOf(order: Pick<CountedOrder, 'ca' | 'accountId'>, name: string): BudgetKey {
  return keyOf(order, 'failures', `${order.accountId} ${name}`)
}

function keyOf({ ca }: { ca: string }, kind: LimitKind, subject: string): BudgetKey {
  return { ca, kind, subject }
}

function unit(key: BudgetKey, limits: CaLimits): BudgetUnit[] {
  const limit: CaLimit | undefined = limits[key.kind]
  return limit ? [{ key, limit }] : []
}
