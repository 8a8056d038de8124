import { DomainctlError } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { createRoute53, manifest } from './index.ts'
import { runtime } from './subject.test.fixture.ts'

function refusal(values: Record<string, unknown>): DomainctlError {
  try {
    manifest.create(values, runtime())
  } catch (error) {
    if (error instanceof DomainctlError) return error
    throw error
  }
  return expect.unreachable('it was accepted')
}

describe('the settings of route53', () => {
  it('need nothing', () => {
    expect(createRoute53().capabilities).toEqual({ minTtl: 0, atomicRRset: false, proxied: false })
  })

  it('may be as the environment gives them', () => {
    const values = {
      hostedZoneId: '/hostedzone/Z1D633PJN98FT9\n',
      region: 'us-gov-west-1',
      endpoint: 'http://127.0.0.1:5000',
      profile: 'dns',
    }
    expect(manifest.create(values, runtime())).toBeDefined()
  })

  it.each([
    ['hostedZoneId', 'example.com', 'hostedZoneId (AWS_HOSTED_ZONE_ID): has to be the id of a hosted zone'],
    ['region', 'Ireland', 'region (AWS_REGION): has to be a region'],
    ['region', 'us-east-1.evil.test/', 'AWS_REGION'],
    ['endpoint', 'http://route53.example.com', 'http:// on loopback alone'],
    ['endpoint', 'https://user:word@route53.amazonaws.com', 'AWS_ENDPOINT_URL_ROUTE_53'],
    ['profile', ' ', 'AWS_PROFILE'],
    ['secretAccessKey', 'x', 'secretAccessKey'],
  ])('say what is wrong with %s = %s', (key, value, part) => {
    const { code, message, hint } = refusal({ [key]: value })
    expect(code).toBe('CONFIG_INVALID')
    expect(message).toContain(part)
    expect(hint).toContain('docs/providers/route53.md')
  })

  it('are there when a variable of AWS names credentials, and not for a region alone', () => {
    expect(manifest.setUpBy).toEqual(expect.arrayContaining(['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_ROLE_ARN']))
    expect(manifest.setUpBy).not.toContain('AWS_REGION')
  })
})
