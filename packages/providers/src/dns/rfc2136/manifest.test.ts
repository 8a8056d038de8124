import { DomainctlError } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRfc2136, manifest, type Rfc2136Options } from './index.ts'
import { parseServer } from './manifest.ts'
import { runtime } from './subject.test.fixture.ts'

const SECRET = 'c2VjcmV0LW9mLXRoZS1rZXktMzItb2N0ZXRzLWxvbmc='
const good: Rfc2136Options = { nameserver: 'ns1.example.com', tsigKey: 'domainctl', tsigSecret: SECRET }

function refusal(values: Record<string, unknown>): DomainctlError {
  try {
    manifest.create(values, runtime())
  } catch (error) {
    if (error instanceof DomainctlError) return error
    throw error
  }
  return expect.unreachable('it was accepted')
}

describe('the settings of rfc2136', () => {
  it('need a name server and a key', () => {
    const { code, message, hint } = refusal({})
    expect(code).toBe('CONFIG_INVALID')
    for (const variable of ['RFC2136_NAMESERVER', 'RFC2136_TSIG_KEY', 'RFC2136_TSIG_SECRET']) {
      expect(message).toContain(`(${variable}): is missing`)
    }
    expect(message).not.toContain('RFC2136_TSIG_ALGORITHM')
    expect(hint).toContain('docs/providers/rfc2136.md')
  })

  it('may be as the environment gives them', () => {
    const values = { ...good, tsigAlgorithm: 'HMAC-SHA512.', tsigKey: 'Domainctl.', zone: 'example.com.', timeoutMs: '500' }
    expect(manifest.create(values, runtime()).capabilities).toEqual({ minTtl: 0, atomicRRset: true, proxied: false })
    expect(createRfc2136({ ...good, tsigSecret: SECRET.replace('=', '') }, runtime())).toBeDefined()
  })

  it.each([
    ['nameserver', 'ns1.example.com:0', 'RFC2136_NAMESERVER'],
    ['nameserver', 'https://ns1.example.com', 'RFC2136_NAMESERVER'],
    ['tsigKey', 'two words', 'RFC2136_TSIG_KEY'],
    ['tsigAlgorithm', 'hmac-md5', 'hmac-sha224, hmac-sha256'],
    ['zone', '..', 'RFC2136_ZONE'],
    ['timeoutMs', 'soon', 'RFC2136_TIMEOUT_MS'],
    ['unknownKey', 'x', 'unknownKey'],
  ])('say what is wrong with %s = %s', (key, value, part) => {
    expect(refusal({ ...good, [key]: value }).message).toContain(part)
  })

  it.each(['not base64!', 'c2VjcmV0LQ=x', '', ' '])('refuse the secret %j without showing it', (tsigSecret) => {
    const error = refusal({ ...good, tsigSecret })
    expect(error.message).toContain('tsigSecret (RFC2136_TSIG_SECRET): has to be base64')
    if (tsigSecret.length > 1) expect(JSON.stringify([error, error.message, error.cause])).not.toContain(tsigSecret)
  })

  it.each([
    ['ns1.example.com', { host: 'ns1.example.com', port: 53 }],
    ['ns1.example.com:5353', { host: 'ns1.example.com', port: 5353 }],
    ['192.0.2.1:53', { host: '192.0.2.1', port: 53 }],
    ['2001:db8::1', { host: '2001:db8::1', port: 53 }],
    ['[2001:db8::1]', { host: '2001:db8::1', port: 53 }],
    ['[2001:db8::1]:5353', { host: '2001:db8::1', port: 5353 }],
    ['', null],
    [':53', null],
    ['ns1:', null],
    ['ns1:65536', null],
    ['[ns1]:53', null],
    ['ns1/x', null],
  ])('read the server %j', (text, address) => {
    expect(parseServer(text)).toEqual(address)
  })

  it('read any server text without failing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const address = parseServer(text)
        if (address !== null) expect(address.port).toBeGreaterThan(0)
      }),
    )
  })
})
