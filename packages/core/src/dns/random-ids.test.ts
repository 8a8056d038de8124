import { expect, test } from 'vitest'
import { randomIds } from './random-ids.ts'

test('each id is made of random bytes that no other id was made of', () => {
  let drawn = 0
  const random = { bytes: (length: number) => Uint8Array.from({ length }, () => drawn++ % 256) }
  const next = randomIds(random)
  expect(drawn).toBe(0)
  const ids = Array.from({ length: 1000 }, next)
  expect(ids).toEqual(Array.from({ length: 1000 }, (_, i) => ((2 * i) % 256) * 256 + ((2 * i + 1) % 256)))
  expect(drawn).toBeLessThanOrEqual(2048)
})
