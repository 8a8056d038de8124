import { describe, expect, it } from 'vitest'
import { systemRandom } from './random.ts'

describe('systemRandom', () => {
  it('gives as many bytes as asked for, other ones every time', () => {
    const random = systemRandom()
    expect(random.bytes(0)).toHaveLength(0)
    expect(random.bytes(65_536)).toHaveLength(65_536)
    expect(random.bytes(16)).not.toEqual(random.bytes(16))
  })

  it('gives plain byte arrays', () => {
    expect(Object.getPrototypeOf(systemRandom().bytes(1))).toBe(Uint8Array.prototype)
  })
})
