import { DomainctlError } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { type CloudflareOptions, createCloudflare, manifest } from './index.ts'
import { runtime } from './subject.test.fixture.ts'

const ID = '023e105f4ecef8ad9ca31a8372d0c353'
const good: CloudflareOptions = { apiToken: 'a-token' }

function refusal(values: Record<string, unknown>): DomainctlError {
  try {
    manifest.create(values, runtime())
  } catch (error) {
    if (error instanceof DomainctlError) return error
    throw error
  }
  return expect.unreachable('it was accepted')
}

describe('the settings of cloudflare', () => {
  it('need a token alone', () => {
    const { code, message, hint } = refusal({})
    expect(code).toBe('CONFIG_INVALID')
    expect(message).toContain('apiToken (CLOUDFLARE_API_TOKEN): is missing')
    expect(message).not.toContain('CLOUDFLARE_ZONE_ID')
    expect(hint).toContain('docs/providers/cloudflare.md')
    expect(createCloudflare(good).capabilities).toEqual({ minTtl: 60, atomicRRset: true, proxied: true })
  })

  it('may be as the environment gives them', () => {
    const values = {
      apiToken: 'a-token\n',
      zoneId: ` ${ID.toUpperCase()}`,
      accountId: ID,
      baseUrl: 'http://127.0.0.1:8080/client/v4/',
    }
    expect(manifest.create(values, runtime())).toBeDefined()
  })

  it.each([
    ['zoneId', 'example.com', 'CLOUDFLARE_ZONE_ID'],
    ['accountId', 'me@example.com', 'CLOUDFLARE_ACCOUNT_ID'],
    ['baseUrl', 'api.cloudflare.com', 'CLOUDFLARE_BASE_URL'],
    ['baseUrl', 'http://api.cloudflare.com/client/v4', 'http:// on loopback alone'],
    ['baseUrl', 'http://127.0.0.1.example.com/', 'CLOUDFLARE_BASE_URL'],
    ['baseUrl', 'https://user:word@api.cloudflare.com', 'CLOUDFLARE_BASE_URL'],
    ['unknownKey', 'x', 'unknownKey'],
  ])('say what is wrong with %s = %s', (key, value, part) => {
    expect(refusal({ ...good, [key]: value }).message).toContain(part)
  })

  it.each(['', ' ', 'two words', 'line\nbreak', 'tökén'])('refuse the token %j without showing it', (apiToken) => {
    const error = refusal({ ...good, apiToken })
    expect(error.message).toContain('apiToken (CLOUDFLARE_API_TOKEN): has to be')
    if (apiToken.trim() !== '') expect(JSON.stringify([error, error.message, error.cause])).not.toContain(apiToken)
  })
})
