import { describe, expect, it } from 'vitest'
import { DomainctlError, type ErrorCode } from '../errors.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import { afterFailedOrder, cleared } from './failures.ts'
import type { Domain } from './model.ts'
import { LONGEST_RETRY_AFTER, MOST_CA_FAILURES } from './policies.ts'

const now = new Date('2026-11-20T12:00:00Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const ca = 'https://ca.example/dir'
const o = { now, refusals: [], permanent: false }

const domain = sampleDomain({ status: 'issuing', attempts: 0, nextActionAt: now })
const failure = (code: ErrorCode, retryAt?: Date) =>
  new DomainctlError(code, 'it failed', { hint: 'repeat', ...(retryAt && { retryAt }) })

describe('afterFailedOrder', () => {
  it('counts what the CA says, and comes back after a minute, ten, a hundred', () => {
    const first = afterFailedOrder(domain, failure('CA_UNREACHABLE'), o)
    expect(first).toMatchObject({ attempts: 1, nextActionAt: later(60_000), lastError: { code: 'CA_UNREACHABLE', at: now } })
    expect(afterFailedOrder(first, failure('CA_REFUSED'), o)).toMatchObject({ attempts: 2, nextActionAt: later(600_000) })
  })

  it('keeps the time that the CA asked for, by the CA, and at most seven days of it', () => {
    const error = failure('CA_RATE_LIMITED', later(400 * 86_400_000))
    const limited = afterFailedOrder(domain, error, { ...o, refusals: [{ ca, error }] })
    expect(limited).toMatchObject({
      caNotBefore: [{ ca, at: later(LONGEST_RETRY_AFTER) }],
      nextActionAt: later(LONGEST_RETRY_AFTER),
    })
    expect(afterFailedOrder(domain, failure('CA_UNREACHABLE'), o).caNotBefore).toBeUndefined()
    expect(cleared(limited)).toMatchObject({ attempts: 0 })
    expect(cleared(limited)).not.toHaveProperty('caNotBefore')
  })

  it('remembers each CA that asked to be left alone, as long as it did', () => {
    const wait = (at: Date, of = ca) => ({ ca: of, error: failure('CA_RATE_LIMITED', at) })
    const both = [wait(later(60_000)), wait(later(5_000), 'https://other.example/dir')]
    const first = afterFailedOrder(domain, failure('CA_RATE_LIMITED'), { ...o, refusals: both })
    expect(first.caNotBefore).toEqual(both.map(({ ca, error }) => ({ ca, at: error.retryAt })))
    const again = { now: later(10_000), permanent: false, refusals: [wait(later(90_000))] }
    expect(afterFailedOrder(first, failure('CA_REFUSED'), again).caNotBefore).toEqual([{ ca, at: later(90_000) }])
  })

  it.each(['INTERRUPTED', 'LEASE_HELD'] as const)('takes no notice of %s', (code) => {
    expect(afterFailedOrder(domain, failure(code), o)).toEqual(domain)
  })

  it.each(['TERMS_NOT_ACCEPTED', 'CONFIG_INVALID', 'DNS_RECORDS_WANTED', 'CLOCK_WRONG'] as const)(
    'keeps %s in mind, and plans nothing by it',
    (code) => {
      expect(afterFailedOrder(domain, failure(code), o)).toMatchObject({ attempts: 0, nextActionAt: now, lastError: { code } })
    },
  )

  it('tries again in ten minutes after a failure of the provider, which is not counted', () => {
    expect(afterFailedOrder(domain, failure('PROVIDER_UNREACHABLE'), o)).toMatchObject({
      attempts: 0,
      nextActionAt: later(600_000),
    })
  })

  it('gives up after ten failures of the CA, or at once when it will never issue', () => {
    const tired = { ...domain, attempts: MOST_CA_FAILURES - 1 }
    const failed = afterFailedOrder(tired, failure('CA_REFUSED'), o)
    expect(failed).toMatchObject({ status: 'failed', reason: 'CA_REFUSED' })
    expect(failed.nextActionAt).toBeUndefined()
    expect(afterFailedOrder(tired, failure('PROVIDER_UNREACHABLE'), o).status).toBe('issuing')
    expect(afterFailedOrder(domain, failure('CA_REFUSED'), { ...o, permanent: true }).status).toBe('failed')
  })

  it('never gives a domain up that has a certificate', () => {
    const active: Domain = { ...domain, status: 'active', attempts: 40 }
    const failed = afterFailedOrder(active, failure('CA_UNREACHABLE'), o)
    expect(failed).toMatchObject({ status: 'active', attempts: 41, nextActionAt: later(86_400_000) })
    expect(failed.reason).toBeUndefined()
  })
})
