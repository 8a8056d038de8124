import fc from 'fast-check'
import { expect, it } from 'vitest'
import { withoutSecrets } from './without-secrets.ts'

it.each([
  ['the key is k3y-of-acme', ['k3y-of-acme'], 'the key is …'],
  ['?key=a%2Fb%20c%3D', ['a/b c='], '?key=…'],
  ['a trailing line end is no part of it: abcdef!', ['abcdef\n'], 'a trailing line end is no part of it: …!'],
  ['token-and-more, token', ['token', 'token-and-more'], '…, …'],
  ['token-and-more, token', ['token-and-more', 'token'], '…, …'],
  ['a secret of three: abc', ['abc', ''], 'a secret of three: abc'],
])('%j without %j is %j', (text, secrets, shown) => {
  expect(withoutSecrets(secrets)(text)).toBe(shown)
})

it.each(['base64', 'base64url'] as const)('finds a secret in %s, whatever stands around it', (encoding) => {
  const secret = fc.string({ minLength: 8, maxLength: 40, unit: fc.constantFrom(...'abcXYZ019 ~?>ü/+') })
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (secret, before, after) => {
      const text = Buffer.from(`${before}${secret}${after}`).toString(encoding)
      const shown = withoutSecrets([secret])(`Basic ${text}`)
      expect(shown).toContain('…')
      // No more of it than the bits that share a digit with what stands beside it.
      const octets = Buffer.byteLength(secret)
      expect(text.length - shown.replace(/^Basic |…/g, '').length).toBeGreaterThanOrEqual(Math.floor((octets * 8) / 6) - 2)
    }),
  )
})
