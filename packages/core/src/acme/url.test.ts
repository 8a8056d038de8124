import { describe, expect, it } from 'vitest'
import { isProtected } from './url.ts'

describe('isProtected', () => {
  const allowed = (url: string, directory: string) => isProtected(new URL(url), new URL(directory))

  it('holds for https anywhere', () => {
    expect(allowed('https://other.example/order', 'https://ca.example/dir')).toBe(true)
    expect(allowed('https://ca.example/order', 'http://127.0.0.1:1/dir')).toBe(true)
  })

  it('holds for http on this machine only when the directory is there by http too', () => {
    expect(allowed('http://127.0.0.1:1/order', 'http://localhost:1/dir')).toBe(true)
    expect(allowed('http://127.0.0.1:1/order', 'https://ca.example/dir')).toBe(false)
    expect(allowed('http://ca.example/order', 'http://127.0.0.1:1/dir')).toBe(false)
    expect(allowed('ftp://127.0.0.1:1/order', 'http://127.0.0.1:1/dir')).toBe(false)
  })
})
