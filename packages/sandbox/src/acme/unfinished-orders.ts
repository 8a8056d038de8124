import type { Account, Order } from './resources.ts'

/** How much there is of orders: themselves, and their names, each of which has an authorization. */
export interface Load {
  readonly orders: number
  readonly names: number
}

/** The orders that are neither valid nor invalid. Nothing here takes longer for how many there are, but a binary search. */
export interface UnfinishedOrders {
  readonly load: Load
  /** Of one account. */
  loadOf(account: Account): Load
  add(order: Order): void
  remove(order: Order): void
  /**
   * Those whose time is over, each once. They go on to count until they are removed: one that is processing does not end by
   * its time.
   */
  takeExpired(now: Date): Order[]
}

const NOTHING: Load = { orders: 0, names: 0 }

/** None at first. */
export function createUnfinishedOrders(): UnfinishedOrders {
  const loads = new Map<Account, Load>()
  /** The one that expires next first; of those that expire together the oldest. */
  const byExpiry: Order[] = []
  let load = NOTHING

  const loadOf = (account: Account) => loads.get(account) ?? NOTHING

  function count({ account, names }: Order, sign: 1 | -1): void {
    const changed = ({ orders, names: others }: Load) => ({ orders: orders + sign, names: others + sign * names.length })
    load = changed(load)
    const own = changed(loadOf(account))
    if (own.orders > 0) loads.set(account, own)
    else loads.delete(account)
  }

  /** Where the order is, or would have to be. */
  function placeOf(order: Order): number {
    let [low, high] = [0, byExpiry.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = byExpiry[middle]
      if (other && isBefore(other, order)) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    get load() {
      return load
    },
    loadOf,
    add(order) {
      count(order, 1)
      byExpiry.splice(placeOf(order), 0, order)
    },
    remove(order) {
      count(order, -1)
      const place = placeOf(order)
      if (byExpiry[place] === order) byExpiry.splice(place, 1)
    },
    takeExpired(now) {
      const end = byExpiry.findIndex(({ expires }) => expires > now)
      return byExpiry.splice(0, end < 0 ? byExpiry.length : end)
    },
  }
}

function isBefore(one: Order, other: Order): boolean {
  const apart = one.expires.getTime() - other.expires.getTime()
  return apart < 0 || (apart === 0 && one.number < other.number)
}
