import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ResourceRecord } from './message.ts'
import { negativeTtlOf, readSoa } from './soa.ts'

const record = (name: string, ttl: number, minimum: number): ResourceRecord => ({
  name,
  type: 'SOA',
  ttl,
  value: `ns.test hostmaster.test 7 1 2 3 ${minimum}`,
})

test('reads the fields that are looked at, whatever is in the names', () => {
  expect(readSoa('ns.example.test hostmaster.example.test 2026010101 1 2 3 60')).toEqual({
    primary: 'ns.example.test',
    serial: 2026010101,
    minimum: 60,
  })
  expect(readSoa('ns test host master 5 1 2 3 60')).toMatchObject({ serial: 5, minimum: 60 })
  expect(readSoa(' . 5 1 2 3 60')).toMatchObject({ primary: '', serial: 5 })
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { primary, serial, minimum } = readSoa(text)
      expect(typeof primary).toBe('string')
      expect(Number.isNaN(serial) || Number.isNaN(minimum)).toBe(false)
    }),
  )
})

test('nothing is kept for the lesser of TTL and MINIMUM; the SOA of another zone does not count', () => {
  expect(negativeTtlOf('a.example.test', { authorities: [record('example.test', 300, 60)] })).toBe(60)
  expect(negativeTtlOf('a.example.test', { authorities: [record('example.test', 30, 60)] })).toBe(30)
  expect(negativeTtlOf('a.example.test', { authorities: [record('other.test', 30, 60)] })).toBeUndefined()
  expect(negativeTtlOf('a.example.test', { authorities: [] })).toBeUndefined()
})
