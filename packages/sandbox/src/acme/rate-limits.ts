import type { CaContext } from './ca-context.ts'
import { AcmeProblem } from './problem.ts'
import { settleOrder } from './progress.ts'
import type { Account } from './resources.ts'
import type { Load } from './unfinished-orders.ts'

const RETRY_AFTER_SECONDS = 60

/**
 * Makes room for an order with so many names, as far as time has taken others away.
 * @throws AcmeProblem `rateLimited` when the account or the CA has too much that is not finished (RFC 8555 §6.6)
 */
export function requireRoomForOrder({ ledger }: CaContext, account: Account, names: number, now: Date): void {
  const { limits, unfinished } = ledger
  for (const order of unfinished.takeExpired(now)) settleOrder(ledger, order, now)
  requireRoom('This account', unfinished.loadOf(account), names, limits.unfinishedOfAccount)
  requireRoom('This CA', unfinished.load, names, limits.unfinished)
}

/** @throws AcmeProblem `rateLimited` when there are too many: accounts stay for as long as the CA runs */
export function requireRoomForAccount({ ledger: { accounts, limits } }: CaContext): void {
  if (accounts.size >= limits.accounts) throw rateLimited(`This CA has ${accounts.size} accounts and takes no more of them.`)
}

function requireRoom(whose: string, { orders, names }: Load, more: number, most: Load): void {
  if (orders >= most.orders) throw rateLimited(`${whose} has ${orders} unfinished orders; finish some of them.`)
  if (names + more > most.names)
    throw rateLimited(
      `${whose} has unfinished orders of ${names} names, and may have them of ${most.names}: there is no room for ${more} more.`,
    )
}

function rateLimited(detail: string): AcmeProblem {
  return new AcmeProblem('rateLimited', 429, detail, { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } })
}
