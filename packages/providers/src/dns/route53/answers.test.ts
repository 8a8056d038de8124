import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeId, delegationSet, hostedZonePage, isInSync, recordSetPage } from './answers.ts'
import { ApiFault, readFault } from './fault.ts'

const set = { Name: '\\052.example.test.', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] }
const page = (...sets: unknown[]) => ({ ResourceRecordSets: sets, IsTruncated: false })

describe('an answer', () => {
  it('has record sets, each simple or told why not', () => {
    expect(recordSetPage(page(set))?.items).toEqual([{ name: '*.example.test', type: 'A', ttl: 60, values: ['192.0.2.1'] }])
    const special = (more: object) => recordSetPage(page({ ...set, ...more }))?.items[0]?.special
    expect(special({ AliasTarget: { DNSName: 'Target.test.' } })).toBe('an alias to target.test')
    expect(special({ SetIdentifier: 'blue\u001b[31m' })).toBe('one of several sets, with the identifier blue [31m')
    expect(special({ TrafficPolicyInstanceId: 'x' })).toContain('traffic policy')
    expect(special({ HealthCheckId: 'x' })).toContain('health check')
  })

  it('says where the next page begins', () => {
    const next = { IsTruncated: true, NextRecordName: 'b.', NextRecordType: 'A', NextRecordIdentifier: 'x' }
    expect(recordSetPage({ ...page(set), ...next })?.next).toEqual({ name: 'b.', type: 'A', identifier: 'x' })
    expect(hostedZonePage({ HostedZones: [], IsTruncated: true, NextMarker: 'Z1' })).toEqual({ items: [], next: 'Z1' })
  })

  it.each([
    {},
    { ResourceRecordSets: [set] },
    page(null),
    page({ ...set, TTL: undefined }),
    page({ ...set, ResourceRecords: [] }),
  ])('is none: %j', (answer) => expect(recordSetPage(answer)).toBeNull())

  it('may be anything, and is read or is none', () => {
    const keys = fc.constantFrom(
      'HostedZones',
      'HostedZone',
      'DelegationSet',
      'NameServers',
      'ResourceRecordSets',
      'IsTruncated',
      'ChangeInfo',
      'Id',
      'Name',
      'Type',
      'TTL',
    )
    const value = fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(keys, fc.jsonValue())), fc.boolean())
    fc.assert(
      fc.property(fc.dictionary(keys, value), (answer) => {
        for (const read of [delegationSet, hostedZonePage, recordSetPage, changeId, isInSync])
          expect(() => read(answer)).not.toThrow()
      }),
    )
  })
})

describe('a fault', () => {
  it('is read of what the SDK throws, on one line, without the token', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 300, max: 599 }),
        (name, message, httpStatusCode) => {
          const signed = `${message}x-amz-security-token:the-secret\nx-amz-security-token:the-secret`
          const thrown = Object.assign(new Error(signed), { name, $metadata: { httpStatusCode } })
          const fault = readFault(thrown)
          expect(fault?.details.status).toBe(httpStatusCode)
          const text = `${fault?.details.code}${fault?.details.message}`
          expect(text).not.toMatch(/[\p{C}\n]/u)
          expect(text).not.toContain('the-secret')
        },
      ),
    )
  })

  it('is nothing that is not of the SDK', () => {
    expect(readFault(new TypeError('a mistake of ours'))).toBeNull()
    const cut = Object.assign(new Error('aborted'), { code: 'ECONNRESET', $metadata: {}, $response: { statusCode: 400 } })
    expect(readFault(cut)).toMatchObject({ isPassing: true, details: { code: 'ECONNRESET' } })
    expect(readFault(cut)?.details).not.toHaveProperty('status')
    expect(readFault('text')).toBeNull()
    const fault = new ApiFault({ code: 'x', message: '' })
    expect(readFault(fault)).toBe(fault)
  })
})
