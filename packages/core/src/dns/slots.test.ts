import { expect, test } from 'vitest'
import { Slots } from './slots.ts'

const never = new AbortController().signal

test('runs no more at a time than there are slots, in the order in which they came', async () => {
  const slots = new Slots(2)
  const order: number[] = []
  let running = 0
  let most = 0
  const work = async (i: number) => {
    order.push(i)
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running -= 1
  }
  await Promise.all([0, 1, 2, 3, 4, 5].map((i) => slots.run(() => work(i), never)))
  expect(order).toEqual([0, 1, 2, 3, 4, 5])
  expect(most).toBe(2)
})

test('a failure frees its slot, an abort leaves the line', async () => {
  const slots = new Slots(1)
  await expect(slots.run(async () => Promise.reject(new Error('no')), never)).rejects.toThrow('no')
  const abort = new AbortController()
  const held = Promise.withResolvers<void>()
  const first = slots.run(() => held.promise, never)
  let ran = false
  const waiting = slots.run(async () => {
    ran = true
  }, abort.signal)
  const last = slots.run(async () => 'last', never)
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  held.resolve()
  await first
  expect(await last).toBe('last')
  expect(ran).toBe(false)
})
