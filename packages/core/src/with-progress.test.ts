import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Progress } from './contracts/verb-options.ts'
import { withProgress } from './with-progress.ts'

async function read(work: AsyncIterable<Progress>): Promise<string[]> {
  const messages: string[] = []
  for await (const { message } of work) messages.push(message)
  return messages
}

it('tells all that happens, in its order, whoever is quicker', async () => {
  const turns = fc.array(fc.nat({ max: 3 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(turns, turns, async (pauses, readingPauses) => {
      const pause = async (times: number) => {
        for (let i = 0; i < times; i++) await Promise.resolve()
      }
      const work = withProgress(async ({ onProgress }) => {
        for (const [i, times] of pauses.entries()) {
          await pause(times)
          onProgress({ name: 'a.test', message: String(i) })
        }
        return 'done'
      })
      const messages: string[] = []
      for await (const { message } of work) {
        await pause(readingPauses[messages.length] ?? 0)
        messages.push(message)
      }
      expect(messages).toEqual(pauses.map((_, i) => String(i)))
      expect(await work.result).toBe('done')
    }),
  )
})

it('throws in the loop, after what was told, what the verb throws, also at once', async () => {
  const error = new Error('no')
  const work = withProgress(async ({ onProgress }) => {
    onProgress({ name: 'a.test', message: 'tried' })
    throw error
  })
  const seen: string[] = []
  const reading = async () => {
    for await (const { message } of work) seen.push(message)
  }
  await expect(reading()).rejects.toBe(error)
  expect(seen).toEqual(['tried'])
  await expect(work.result).rejects.toBe(error)
  const thrown = withProgress(() => {
    throw error
  })
  await expect(read(thrown)).rejects.toBe(error)
})

it('goes on when the loop is left, and keeps the latest for one who reads late', async () => {
  const more = Promise.withResolvers<void>()
  const work = withProgress(async ({ onProgress }) => {
    onProgress({ name: 'a.test', message: 'first' })
    await more.promise
    for (let i = 0; i < 1500; i++) onProgress({ name: 'a.test', message: String(i) })
    return 1
  })
  for await (const _ of work) break
  more.resolve()
  expect(await work.result).toBe(1)
  const late = await read(work)
  expect(late).toHaveLength(1000)
  expect(late.at(-1)).toBe('1499')
})

it('begins at once, and what is thrown before there is a promise is of the result', async () => {
  let hasBegun = false
  const work = withProgress(() => {
    hasBegun = true
    throw new Error('thrown at once')
  })
  expect(hasBegun).toBe(true)
  await expect(work.result).rejects.toThrow('thrown at once')
  await expect(read(work)).rejects.toThrow('thrown at once')
})
