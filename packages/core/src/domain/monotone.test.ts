import { expect, test } from 'vitest'
import { monotone } from './monotone.ts'

test('goes on from where it was when the clock is set back, for all who ask of it', () => {
  let at = 10_000
  const clock = { now: () => new Date(at) }
  const [one, other] = [monotone(clock), monotone(clock)]
  expect(one()).toBe(10_000)
  at = 4_000
  expect(other()).toBe(10_000)
  at = 4_500
  expect(one()).toBe(10_500)
  expect(monotone({ now: () => new Date(at) })()).toBe(4_500)
})
