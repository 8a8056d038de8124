import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { createCipher, type SealedCell } from './seal.ts'
import { UnreadableValue } from './state-errors.ts'

const random = systemRandom()
const seal = createCipher(new Uint8Array(32).fill(7), random)
const CELL: SealedCell = { table: 'accounts', row: '1', column: 'key', tenant: 'default' }
const cells = fc.record({ table: fc.string(), row: fc.string(), column: fc.string(), tenant: fc.string() })
const texts = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())

describe('createCipher', () => {
  it('opens what it has closed', () => {
    fc.assert(fc.property(texts, cells, (secret, cell) => seal.open(seal.close(secret, cell), cell) === secret))
  })

  it('writes version, key id and a value that is another every time and does not hold the secret', () => {
    const sealed = seal.close('a secret that is long enough', CELL)
    expect(sealed).toMatch(/^v1\.[0-9a-f]{16}\.[A-Za-z0-9_-]+$/)
    expect(sealed.split('.')[1]).toBe(seal.keyId)
    expect(seal.close('a secret that is long enough', CELL)).not.toBe(sealed)
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').includes('secret')).toBe(false)
  })

  it('opens nothing in another place', () => {
    fc.assert(
      fc.property(cells, cells, (cell, other) => {
        fc.pre(JSON.stringify(cell) !== JSON.stringify(other))
        expect(() => seal.open(seal.close('x', cell), other)).toThrow(UnreadableValue)
      }),
    )
    for (const part of ['table', 'row', 'column', 'tenant'] as const) {
      expect(() => seal.open(seal.close('x', CELL), { ...CELL, [part]: 'other' })).toThrow('was altered or moved')
    }
    // Additional data that were merely strung together would be the same here.
    const sealed = seal.close('x', { ...CELL, table: 'a', row: 'bc' })
    expect(() => seal.open(sealed, { ...CELL, table: 'ab', row: 'c' })).toThrow('was altered or moved')
  })

  it('opens nothing in which a character was changed, added or left out', () => {
    const sealed = seal.close('a secret', CELL)
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.string({ maxLength: 2 }), (at, insert) => {
        const altered = sealed.slice(0, at) + insert + sealed.slice(at + 1)
        fc.pre(altered !== sealed)
        expect(() => seal.open(altered, CELL)).toThrow(UnreadableValue)
      }),
      { numRuns: 500 },
    )
  })

  it('takes garbage for no sealed value', () => {
    for (const garbage of [
      '',
      '.',
      '..',
      'v1',
      `v1.${seal.keyId}.`,
      `v1.${seal.keyId}.AAAA`,
      `v2.${seal.keyId}.${'A'.repeat(40)}`,
    ]) {
      expect(() => seal.open(garbage, CELL)).toThrow('is not a sealed value')
    }
    fc.assert(
      fc.property(fc.string(), (garbage) => {
        expect(() => seal.open(garbage, CELL)).toThrow(UnreadableValue)
      }),
    )
  })

  it('opens nothing of another key, and says so', () => {
    const other = createCipher(new Uint8Array(32).fill(8), random)
    expect(other.keyId).not.toBe(seal.keyId)
    const sealed = seal.close('a secret', CELL)
    expect(() => other.open(sealed, CELL)).toThrow('accounts.key of the row 1 was sealed with another key')
    expect(() => other.open(sealed.replace(seal.keyId, other.keyId), CELL)).toThrow('was altered or moved')
  })

  it('never shows a secret or a key in an error', () => {
    const sealed = seal.close('hunter2', CELL)
    try {
      seal.open(sealed, { ...CELL, row: '2' })
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toContain('hunter2')
      expect(String(error)).not.toContain(sealed)
    }
  })
})
