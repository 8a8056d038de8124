import { describe, expect, it } from 'vitest'
import { providersFromEnvironment } from './providers.ts'

describe('providers of the environment', () => {
  const names = (env: Record<string, string>): string[] => [...providersFromEnvironment({ env, cwd: '/' }).keys()].sort()

  it('are there when one of their variables is', () => {
    expect(names({})).toEqual(['manual'])
    expect(names({ RFC2136_ZONE: 'example.test' })).toEqual(['manual', 'rfc2136'])
    expect(names({ CLOUDFLARE_API_TOKEN_FILE: '/run/token' })).toEqual(['cloudflare', 'manual'])
  })

  it('are there by variables that only their SDK reads, and not by those that say nothing', () => {
    for (const variable of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_ROLE_ARN', 'AWS_HOSTED_ZONE_ID']) {
      expect(names({ [variable]: 'x' }), variable).toEqual(['manual', 'route53'])
    }
    expect(names({ AWS_REGION: 'eu-west-1' })).toEqual(['manual'])
  })
})
