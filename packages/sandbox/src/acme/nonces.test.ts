import { systemRandom } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { createNonces } from './nonces.ts'

describe('nonces', () => {
  it('are good for one use, and the oldest are forgotten', () => {
    const nonces = createNonces(systemRandom(), 3)
    const given = [1, 2, 3, 4].map(() => nonces.fresh())
    expect(given.map((nonce) => nonces.use(nonce))).toEqual([false, true, true, true])
    expect(given.map((nonce) => nonces.use(nonce))).toEqual([false, false, false, false])
  })
})
