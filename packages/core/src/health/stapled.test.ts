import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readStapled } from './stapled.ts'

// Made with `openssl ocsp` for one certificate, before and after it was revoked.
const GOOD =
  'MIH6CgEAoIH0MIHxBgkrBgEFBQcwAQEEgeMwgeAwgYehDjAMMQowCAYDVQQDDAFJGA8yMDI2MTEyMjAxMDg0MlowZDBiME0wCQYFKw4DAhoFAAQUzDXHd6oC' +
  'M+0F3h5J0ip30YngCDYEFG/TimEdzkGCKCf+VIRuxcJqLGcxAhQqsX83ANXsBsDRxuIGlWC0g4LMToAAGA8yMDI2MTEyMjAxMDg0MlowCgYIKoZIzj0EAwID' +
  'SAAwRQIhAJV/kNfLdlh0c7qxsJjJglskWZGIBDBMy2YSzA/rlJX2AiAdwXRu2IO9bsPdpRrV+QZOcgEC5B7qNHAqjbsFrp4ttQ=='
const REVOKED =
  'MIIBDQoBAKCCAQYwggECBgkrBgEFBQcwAQEEgfQwgfEwgZihDjAMMQowCAYDVQQDDAFJGA8yMDI2MTEyMjAxMDg0MlowdTBzME0wCQYFKw4DAhoFAAQUzDXH' +
  'd6oCM+0F3h5J0ip30YngCDYEFG/TimEdzkGCKCf+VIRuxcJqLGcxAhQqsX83ANXsBsDRxuIGlWC0g4LMTqERGA8yMDI1MTEyMjAwMDAwMFoYDzIwMjYxMTIy' +
  'MDEwODQyWjAKBggqhkjOPQQDAgNIADBFAiEA+O6enP2kQpwn4LQa8RjoK+SR9vuFZoOuHYWX5ubnroMCIGHFE7PMbPqA8KQFmDEoZJsBT32ATwqlZb3NYVF8' +
  'D+jT'

it('reads the status of what OpenSSL answers', () => {
  expect(readStapled(Buffer.from(GOOD, 'base64'))).toBe('good')
  expect(readStapled(Buffer.from(REVOKED, 'base64'))).toBe('revoked')
})

it('an answer that is an error says nothing: try later (RFC 6960 §4.2.1)', () => {
  expect(readStapled(Buffer.from('30030a0103', 'hex'))).toBe('unreadable')
})

it('nothing that is sent makes it fail', () => {
  const good = Buffer.from(GOOD, 'base64')
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readStapled(Buffer.from(bytes))))
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(good)
      changed[at] = byte
      readStapled(changed)
      expect(readStapled(good.subarray(0, at))).toBe('unreadable')
    }),
  )
})
