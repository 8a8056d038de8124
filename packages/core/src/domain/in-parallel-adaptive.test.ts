import { expect, it } from 'vitest'
import { inParallelAdaptive } from './in-parallel-adaptive.ts'

const ROOM = Array.from({ length: 400 }, (_, i) => i)

it('does every item once, begins them in order, and never has more under way than the most', async () => {
  const begun: number[] = []
  let underWay = 0
  let highest = 0
  await inParallelAdaptive(ROOM, async (item, index) => {
    expect(index).toBe(item)
    begun.push(item)
    highest = Math.max(highest, ++underWay)
    await new Promise(setImmediate)
    underWay--
    return { ms: 1, limited: false }
  })
  expect(begun).toEqual(ROOM)
  expect(highest).toBeGreaterThan(8)
  expect(highest).toBeLessThanOrEqual(64)
})

it('has one under way at a time when all are limited', async () => {
  let underWay = 0
  const seen: number[] = []
  await inParallelAdaptive(ROOM, async () => {
    seen.push(++underWay)
    await new Promise(setImmediate)
    underWay--
    return { ms: 1, limited: true }
  })
  expect(seen).toHaveLength(ROOM.length)
  expect(Math.max(...seen.slice(-100))).toBe(1)
})

it('ends at once without items, and with what is thrown', async () => {
  await inParallelAdaptive([], () => Promise.reject(new Error('never called')))
  let done = 0
  const failing = inParallelAdaptive(ROOM, async (item) => {
    await new Promise(setImmediate)
    if (item === 3) throw new Error('three')
    done++
    return { ms: 1, limited: false }
  })
  await expect(failing).rejects.toThrow('three')
  expect(done).toBeLessThan(ROOM.length)
})
