import { describe, expect, it } from 'vitest'
import { contentOf, plainValue } from './values.ts'

describe('TXT values', () => {
  it.each(['', 'plain', 'say "hi"', 'C:\\new\\065', 'grüße, 世界 🙂', ' \t;() ', 'x'.repeat(255), 'ü'.repeat(300)])(
    'are the same after a way through a zone file: %j',
    (value) => {
      const content = contentOf('TXT', value)
      expect(content).toMatch(/^"[ -~]*"( "[ -~]*")*$/)
      expect(plainValue('TXT', content)).toBe(value)
    },
  )

  it('are cut into strings of 255 octets', () => {
    const strings = contentOf('TXT', 'x'.repeat(600)).split(' ')
    expect(strings.map(({ length }) => length - 2)).toEqual([255, 255, 90])
  })

  it.each([
    ['bare', 'bare'],
    ['"a" "b"', 'ab'],
    ['"gr\\195\\188n"', 'grün'],
    ['"grün"', 'grün'],
  ])('are read as others have written them: %s', (content, value) => expect(plainValue('TXT', content)).toBe(value))
})

it('names have their final dot there, and no other case', () => {
  expect(contentOf('CNAME', 'target.example')).toBe('target.example.')
  expect(plainValue('CNAME', 'Target.Example.')).toBe('target.example')
})

it('one address has one form', () => {
  expect(plainValue('AAAA', '2001:DB8:0:0:0:0:0:1')).toBe(plainValue('AAAA', '2001:db8::1'))
  expect(plainValue('AAAA', 'no address')).toBe('no address')
  expect(plainValue('A', '192.0.2.1')).toBe('192.0.2.1')
})
