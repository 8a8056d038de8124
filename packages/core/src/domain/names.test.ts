import { describe, expect, it } from 'vitest'
import { baseOf, isWithin, parentOf, unicodeOf } from './names.ts'

describe('names and zones', () => {
  it('goes by whole labels', () => {
    expect(isWithin('a.example.com', 'example.com')).toBe(true)
    expect(isWithin('example.com', 'example.com')).toBe(true)
    expect(isWithin('evil-example.com', 'example.com')).toBe(false)
    expect(isWithin('example.com', '')).toBe(true)
  })

  it('takes names apart', () => {
    expect(parentOf('a.b.c')).toBe('b.c')
    expect(parentOf('com')).toBe('')
    expect(baseOf('*.a.test')).toBe('a.test')
    expect(unicodeOf('*.xn--bcher-kva.example')).toBe('*.bücher.example')
  })
})
