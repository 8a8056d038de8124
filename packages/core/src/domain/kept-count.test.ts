import { assert, date, integer, property, record } from 'fast-check'
import { expect, it } from 'vitest'
import { type BudgetUnit, interval } from './ca-budget.ts'
import { type KeptCount, roomAt, unitLimited, unitReserved, unitReturned, unitSpent, unitTaken } from './kept-count.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const HOUR = 3_600_000
const unitOf = (count: number): BudgetUnit => ({
  key: { ca: 'https://ca.example/directory', kind: 'orders', subject: 'account' },
  limit: { count, windowMs: count * HOUR },
})
const units = integer({ min: 1, max: 50 }).map(unitOf)
const times = date({ min: new Date(0), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
/** As a state may have it, also one in which a clock was wrong. */
const counts = record({ fullAt: times, ahead: integer({ min: 0, max: 90 * 24 * HOUR }) }).map(
  ({ fullAt, ahead }): KeptCount => ({ fullAt, takenFullAt: new Date(Math.max(0, fullAt.getTime() - ahead)) }),
)

it('a count has as many units as its limit says, and the next after one interval', () => {
  assert(
    property(units, (unit) => {
      let kept: KeptCount | undefined
      for (let n = 0; n < unit.limit.count; n++) {
        expect(roomAt(unit, kept, NOW)).toEqual(NOW)
        kept = unitReserved(unit, kept, NOW)
      }
      expect(roomAt(unit, kept, NOW)).toEqual(new Date(NOW.getTime() + interval(unit.limit)))
    }),
  )
})

it('what is reserved and given back leaves what was there', () => {
  assert(
    property(units, counts, (unit, before) => {
      const kept = unitReserved(unit, before, NOW)
      if (roomAt(unit, before, NOW) <= NOW) expect(roomAt(unit, unitReturned(unit, kept, NOW), NOW)).toEqual(NOW)
    }),
  )
})

it('what the CA has counted is taken also where what was reserved beyond it is not believed', () => {
  const unit = unitOf(1)
  const takenFullAt = new Date('2026-11-28T13:00:00Z')
  const kept = { fullAt: new Date(takenFullAt.getTime() + 1), takenFullAt }
  expect(roomAt(unit, kept, NOW)).toEqual(takenFullAt)
  expect(unitReturned(unit, unitReserved(unit, kept, NOW), NOW)).toEqual({ fullAt: takenFullAt, takenFullAt })
})

it('what the CA has counted is never given back', () => {
  assert(
    property(units, (unit) => {
      const taken = unitTaken(unit, unitReserved(unit, undefined, NOW), NOW)
      expect(unitReturned(unit, taken, NOW)).toEqual(taken)
      expect(unitReturned(unit, unitSpent(unit, undefined, NOW), NOW)).toEqual(taken)
    }),
  )
})

it('no count is full sooner by its first instant than by its second', () => {
  assert(
    property(units, counts, times, (unit, before, now) => {
      for (const change of [unitReserved, unitReturned, unitSpent, unitTaken, unitLimited]) {
        const { fullAt, takenFullAt } = change(unit, before, now) ?? before
        expect(fullAt.getTime()).toBeGreaterThanOrEqual(takenFullAt.getTime())
      }
    }),
  )
})

it('a count that the CA limits has room then and not before', () => {
  assert(
    property(units, integer({ min: 1, max: 24 * HOUR }), (unit, ms) => {
      const until = new Date(NOW.getTime() + ms)
      expect(roomAt(unit, unitLimited(unit, undefined, until), NOW)).toEqual(until)
    }),
  )
})
