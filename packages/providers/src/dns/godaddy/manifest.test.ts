import { DomainctlError } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { createGodaddy, type GodaddyOptions, manifest } from './index.ts'
import { runtime } from './subject.test.fixture.ts'

const good: GodaddyOptions = { apiKey: 'a-key', apiSecret: 'a-secret' }

function refusal(values: Record<string, unknown>): DomainctlError {
  try {
    manifest.create(values, runtime())
  } catch (error) {
    if (error instanceof DomainctlError) return error
    throw error
  }
  return expect.unreachable('it was accepted')
}

describe('the settings of godaddy', () => {
  it('need a key and its secret alone', () => {
    const { code, message, hint } = refusal({})
    expect(code).toBe('CONFIG_INVALID')
    expect(message).toContain('apiKey (GODADDY_API_KEY): is missing')
    expect(message).toContain('apiSecret (GODADDY_API_SECRET): is missing')
    expect(message).not.toContain('GODADDY_ZONE')
    expect(hint).toContain('docs/providers/godaddy.md')
    expect(createGodaddy(good).capabilities).toEqual({ minTtl: 600, atomicRRset: false, proxied: false })
  })

  it('may be as the environment gives them', () => {
    const values = { apiKey: 'a-key\n', apiSecret: ' a-secret', zone: ' Example.COM.', baseUrl: 'http://127.0.0.1:8080/' }
    expect(manifest.create(values, runtime())).toBeDefined()
  })

  it.each([
    ['zone', 'example', 'GODADDY_ZONE'],
    ['zone', 'exa mple.com', 'GODADDY_ZONE'],
    ['zone', 'example.com/records', 'GODADDY_ZONE'],
    ['baseUrl', 'api.godaddy.com', 'GODADDY_BASE_URL'],
    ['baseUrl', 'http://api.godaddy.com', 'http:// on loopback alone'],
    ['baseUrl', 'http://127.0.0.1.example.com/', 'GODADDY_BASE_URL'],
    ['baseUrl', 'https://user:word@api.godaddy.com', 'GODADDY_BASE_URL'],
    ['unknownKey', 'x', 'unknownKey'],
  ])('say what is wrong with %s = %s', (key, value, part) => {
    expect(refusal({ ...good, [key]: value }).message).toContain(part)
  })

  it.each(['', ' ', 'two words', 'line\nbreak', 'sécret', 'key:secret'])(
    'refuse the secret %j without showing it',
    (apiSecret) => {
      const error = refusal({ ...good, apiSecret })
      expect(error.message).toContain('apiSecret (GODADDY_API_SECRET): has to be')
      if (apiSecret.trim() !== '') expect(JSON.stringify([error, error.message, error.cause])).not.toContain(apiSecret)
    },
  )
})
