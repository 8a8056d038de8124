import { createPublicKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { KEYS } from './acme.test.support.ts'
import { createCompromisedKeys } from './compromised-keys.ts'

it('knows a key again, and forgets the oldest of too many', () => {
  const [one, two, three] = [KEYS.ES256(), KEYS.RS256(), KEYS.ES384()].map((key) => createPublicKey(key))
  if (!one || !two || !three) throw new Error('three keys were made')
  const keys = createCompromisedKeys(2)
  expect(keys.has(one)).toBe(false)
  keys.add(one)
  keys.add(two)
  keys.add(two)
  const again = createPublicKey({ key: one.export({ format: 'jwk' }), format: 'jwk' })
  expect([keys.has(again), keys.has(two), keys.has(three)]).toEqual([true, true, false])
  keys.add(three)
  expect([keys.has(one), keys.has(two), keys.has(three)]).toEqual([false, true, true])
})
