import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Account, Order } from './resources.ts'
import { createUnfinishedOrders } from './unfinished-orders.ts'

const accounts = [account('a'), account('b')]

function account(id: string): Account {
  const key = { algorithm: 'ES256', thumbprint: id } as Account['key']
  return { id, url: id, key, status: 'valid', contact: [], orders: new Set(), proofs: new Map() }
}

function order(number: number, of: number, expires: number, names: number): Order {
  return {
    id: String(number),
    number,
    account: accounts[of] ?? account('c'),
    status: 'pending',
    expires: new Date(expires),
    names: Array(names).fill('a.example.test'),
    authorizations: [],
    looks: 0,
  }
}

const act = fc.oneof(
  fc.record({ add: fc.tuple(fc.nat(1), fc.nat(9), fc.integer({ min: 1, max: 5 })) }),
  fc.record({ remove: fc.nat(20) }),
  fc.record({ take: fc.nat(10) }),
)

it('is what a list of them would be', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const unfinished = createUnfinishedOrders()
      let all: Order[] = []
      let untaken: Order[] = []
      for (const [at, each] of acts.entries()) {
        if ('add' in each) {
          const added = order(at, ...each.add)
          all.push(added)
          untaken.push(added)
          unfinished.add(added)
        } else if ('remove' in each) {
          const [removed] = all.slice(each.remove)
          if (!removed) continue
          all = all.filter((other) => other !== removed)
          untaken = untaken.filter((other) => other !== removed)
          unfinished.remove(removed)
        } else {
          const isOver = ({ expires }: Order) => expires.getTime() <= each.take
          const over = untaken.filter(isOver).sort((a, b) => Number(a.expires) - Number(b.expires) || a.number - b.number)
          untaken = untaken.filter((other) => !isOver(other))
          expect(unfinished.takeExpired(new Date(each.take))).toEqual(over)
        }
        const load = (of: Order[]) => ({ orders: of.length, names: of.reduce((sum, { names }) => sum + names.length, 0) })
        expect(unfinished.load).toEqual(load(all))
        for (const own of accounts) expect(unfinished.loadOf(own)).toEqual(load(all.filter(({ account }) => account === own)))
      }
    }),
  )
})

it('looks at one of them when none has expired', () => {
  const unfinished = createUnfinishedOrders()
  let looks = 0
  for (let number = 0; number < 1000; number += 1) {
    const one = order(number, 0, 1000, 1)
    const expires = new Date(1000)
    Object.defineProperty(one, 'expires', {
      get() {
        looks += 1
        return expires
      },
    })
    unfinished.add(one)
  }
  expect(looks).toBeLessThan(1000 * 2 * 11)
  looks = 0
  for (let time = 0; time < 100; time += 1) expect(unfinished.takeExpired(new Date(999))).toEqual([])
  expect(looks).toBe(100)
})
