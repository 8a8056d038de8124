import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseUpstream } from './upstream.ts'

it('is an origin, however it was written', () => {
  expect(parseUpstream(' HTTP://App.Internal:80/ ')).toBe('http://app.internal')
  expect(parseUpstream('https://[2001:DB8::0:5]:8443')).toBe('https://[2001:db8::5]:8443')
})

it('is nothing that a proxy could take for more than a server, and no password is told', () => {
  const part = fc.string({ unit: fc.constantFrom(...'ab.:/@?#{}`"[]\\ %\n-_$') })
  fc.assert(
    fc.property(part, fc.constantFrom('http://', 'https://', 'http:', ''), (text, scheme) => {
      let origin: string
      try {
        origin = parseUpstream(scheme + text)
      } catch (error) {
        expect(error).toMatchObject({ code: 'USAGE' })
        return
      }
      expect(origin).toMatch(/^https?:\/\/[\w.:[\]-]+$/)
      expect(parseUpstream(origin)).toBe(origin)
    }),
  )
  expect(() => parseUpstream('http://user:secret@a')).toThrow(/^(?!.*secret)/)
})
