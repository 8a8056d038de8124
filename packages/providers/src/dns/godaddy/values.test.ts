import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalValue, plainValue, relativeName } from './values.ts'

describe('names', () => {
  it.each([
    ['example.test', '@'],
    ['www.example.test', 'www'],
    ['*.example.test', '*'],
    ['_acme-challenge.a.b.example.test', '_acme-challenge.a.b'],
  ])('%s is %s in the domain', (name, relative) => {
    expect(relativeName(name, 'example.test')).toBe(relative)
  })
})

describe('values', () => {
  it.each([
    ['CNAME', '@', 'example.test'],
    ['CNAME', 'Target.Test.', 'target.test'],
    ['TXT', '@', '@'],
    ['TXT', '"Quoted."', '"Quoted."'],
    ['AAAA', '2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['AAAA', 'fe80::1%eth0', 'fe80::1%eth0'],
    ['A', 'Parked', 'Parked'],
  ])('%s %s is compared as %s', (type, data, plain) => {
    expect(plainValue(type, data, 'example.test')).toBe(plain)
  })

  it('are the same after a second reading, whatever they are', () => {
    fc.assert(
      fc.property(fc.constantFrom('A', 'AAAA', 'CNAME', 'TXT'), fc.oneof(fc.string(), fc.ipV6()), (type, value) => {
        fc.pre(!(type === 'CNAME' && value.endsWith('..')))
        const once = canonicalValue(type, value)
        expect(canonicalValue(type, once)).toBe(once)
      }),
    )
  })
})
