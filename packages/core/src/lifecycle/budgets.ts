import type { CaBudget } from '../contracts/standing.ts'
import { countedText } from '../domain/budget-text.ts'
import { type BudgetKey, type BudgetUnit, leftOf, nextAllowedAt } from '../domain/ca-budget.ts'
import type { LimitKind } from '../domain/ca-limits.ts'
import { accountUnit, newOrderUnit, wantedBy } from '../domain/order-budget.ts'
import { parseName } from '../domain/parse-name.ts'
import { accountInState } from './account.ts'
import type { Services } from './services.ts'

/** So many counts are told of each CA where nobody says how many. */
const TOLD = 100

/**
 * What is left of the limits of the CAs: of accounts and orders always, of the rest what is not full, those first that will be last.
 * With a name all that its next order touches. Asks nobody but the state.
 */
export async function budgets(services: Services, o: { name?: string; limit?: number }): Promise<CaBudget[]> {
  const { settings } = services
  if (o.name === undefined) return (await Promise.all(settings.cas.map((ca) => ofCa(services, ca, o.limit ?? TOLD)))).flat()
  const { name } = parseName(o.name)
  const view = await services.store.viewDomain(settings.tenant, name)
  const names = view?.domain.names.map((one) => one.name) ?? [name]
  return (await Promise.all((view?.domain.cas ?? settings.cas).map((ca) => ofNames(services, ca, names)))).flat()
}

async function ofCa(services: Services, ca: string, limit: number): Promise<CaBudget[]> {
  const { store, runtime } = services
  const limits = services.limits(ca)
  const account = await accountInState(services, ca)
  const always = [...accountUnit(ca, limits), ...newOrderUnit({ ca, accountId: account?.id ?? '' }, limits)]
  const kinds: LimitKind[] = ['certificates', 'duplicates', 'failures']
  const lacking = await Promise.all(kinds.map((kind) => store.budgets({ cas: [ca], kind, now: runtime.clock.now(), limit })))
  const others = lacking.flat().flatMap(({ key }) => unitOf(key, services))
  return told(services, [...always, ...others])
}

async function ofNames(services: Services, ca: string, names: readonly string[]): Promise<CaBudget[]> {
  const account = await accountInState(services, ca)
  const order = { ca, accountId: account?.id ?? '', names, renewal: false }
  return told(services, wantedBy(order, services.limits(ca)))
}

async function told({ store, runtime }: Services, units: readonly BudgetUnit[]): Promise<CaBudget[]> {
  const now = runtime.clock.now()
  const cas = [...new Set(units.map(({ key }) => key.ca))]
  const subjects = [...new Set(units.map(({ key }) => key.subject))]
  const counts = units.length === 0 ? [] : await store.budgets({ cas, subjects, now, limit: units.length * 5 })
  return units.map(({ key, limit }) => {
    const fullAt = counts.find((one) => isSame(one.key, key))?.fullAt
    const { ca, kind, subject } = key
    return {
      ca,
      kind,
      subject,
      counted: countedText(key),
      left: leftOf(limit, fullAt, now),
      ...limit,
      nextAt: nextAllowedAt(limit, fullAt, now),
    }
  })
}

function unitOf(key: BudgetKey, { limits }: Services): BudgetUnit[] {
  const limit = limits(key.ca)[key.kind]
  return limit ? [{ key, limit }] : []
}

function isSame(a: BudgetKey, b: BudgetKey): boolean {
  return a.ca === b.ca && a.kind === b.kind && a.subject === b.subject
}
