import { describe, expect, it } from 'vitest'
import { DomainctlError, type ErrorCode } from '../errors.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import type { CaRefusal } from './ca-refusals.ts'
import { afterFailedOrder, cleared } from './failures.ts'
import type { Domain } from './model.ts'
import { MOST_CA_FAILURES } from './policies.ts'
import { LONGEST_RETRY_AFTER } from './retry-schedule.ts'

const now = new Date('2026-11-20T12:00:00Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const ca = 'https://ca.example/dir'
const o = { now, refusals: [] }

const domain = sampleDomain({ status: 'issuing', attempts: 0, nextActionAt: now })
const refused = (error: DomainctlError, more: Partial<CaRefusal> = {}): CaRefusal => ({
  ca,
  error,
  asked: true,
  permanent: false,
  ...more,
})
const failure = (code: ErrorCode, retryAt?: Date) =>
  new DomainctlError(code, 'it failed', { hint: 'repeat', ...(retryAt && { retryAt }) })

describe('afterFailedOrder', () => {
  it('counts what the CA says, and comes back after a minute, ten, a hundred', () => {
    const first = afterFailedOrder(domain, failure('CA_UNREACHABLE'), o)
    expect(first).toMatchObject({ attempts: 1, nextActionAt: later(60_000), lastError: { code: 'CA_UNREACHABLE', at: now } })
    expect(afterFailedOrder(first, failure('CA_REFUSED'), o)).toMatchObject({ attempts: 2, nextActionAt: later(600_000) })
  })

  it('comes back up to a tenth later by its own schedule, and when the CA said where it did', () => {
    const late = { ...o, share: () => 0.5 }
    expect(afterFailedOrder(domain, failure('CA_UNREACHABLE'), late).nextActionAt).toEqual(later(63_000))
    expect(afterFailedOrder(domain, failure('PROVIDER_UNREACHABLE'), late).nextActionAt).toEqual(later(630_000))
    expect(afterFailedOrder(domain, failure('CA_RATE_LIMITED', later(60_000)), late).nextActionAt).toEqual(later(60_000))
  })

  it('waits for no provider until the certificate has ended', () => {
    const certificate = { notBefore: later(-57 * 60_000), notAfter: later(3 * 60_000) }
    const { nextActionAt } = afterFailedOrder(domain, failure('PROVIDER_UNREACHABLE'), { ...o, certificate })
    expect(nextActionAt).toEqual(later(18_000))
  })

  it('keeps the time that the CA asked for, by the CA, and at most seven days of it', () => {
    const error = failure('CA_RATE_LIMITED', later(400 * 86_400_000))
    const limited = afterFailedOrder(domain, error, { ...o, refusals: [refused(error)] })
    expect(limited).toMatchObject({
      caNotBefore: [{ ca, since: now, at: later(LONGEST_RETRY_AFTER), code: 'CA_RATE_LIMITED', reason: 'it failed' }],
      nextActionAt: later(LONGEST_RETRY_AFTER),
    })
    expect(afterFailedOrder(domain, failure('CA_UNREACHABLE'), o).caNotBefore).toBeUndefined()
    expect(cleared(limited)).toMatchObject({ attempts: 0 })
    expect(cleared(limited)).not.toHaveProperty('caNotBefore')
  })

  it('remembers each CA that asked to be left alone, as long as it did, whatever came after it', () => {
    const wait = (at: Date, of = ca) => refused(failure('CA_RATE_LIMITED', at), { ca: of })
    const both = [wait(later(60_000)), wait(later(5_000), 'https://other.example/dir')]
    const first = afterFailedOrder(domain, failure('CA_RATE_LIMITED'), { now, refusals: both })
    expect(first.caNotBefore).toMatchObject(both.map(({ ca, error }) => ({ ca, at: error.retryAt })))
    for (const code of ['CA_REFUSED', 'CONFIG_INVALID', 'INTERRUPTED', 'PROVIDER_UNREACHABLE'] as const) {
      const again = afterFailedOrder(first, failure(code), { now: later(10_000), refusals: [wait(later(90_000))] })
      expect(again.caNotBefore).toMatchObject([{ ca, since: later(10_000), at: later(90_000) }])
    }
    // One that was not asked has said nothing new.
    const resting = afterFailedOrder(first, failure('CA_REFUSED'), { now, refusals: [{ ...wait(later(90_000)), asked: false }] })
    expect(resting.caNotBefore).toEqual(first.caNotBefore)
  })

  it('comes back when the first of the CAs may do better', () => {
    const limited = refused(failure('CA_RATE_LIMITED', later(7 * 86_400_000)))
    const down = refused(failure('CA_UNAVAILABLE'), { ca: 'https://other.example/dir' })
    const both = afterFailedOrder(domain, failure('CA_RATE_LIMITED'), { now, refusals: [limited, down] })
    expect(both).toMatchObject({ attempts: 1, nextActionAt: later(60_000), lastError: { retryAt: later(60_000) } })
    const kept = { ...limited, keptUntil: later(20 * 60_000) }
    expect(afterFailedOrder(domain, limited.error, { now, refusals: [kept] }).nextActionAt).toEqual(later(20 * 60_000))
    const never = refused(failure('CA_REFUSED'), { permanent: true })
    expect(afterFailedOrder(domain, never.error, { now, refusals: [limited, never] }).nextActionAt).toEqual(later(7 * 86_400_000))
  })

  it('counts what a CA said before another one could not be used', () => {
    const error = failure('CONFIG_INVALID')
    const refusals = [refused(failure('CA_RATE_LIMITED', later(3_600_000))), refused(error)]
    expect(afterFailedOrder(domain, error, { now, refusals })).toMatchObject({
      attempts: 1,
      nextActionAt: later(3_600_000),
      lastError: { code: 'CONFIG_INVALID' },
    })
  })

  it('waits for nobody until the live certificate has run out', () => {
    const DAY = 86_400_000
    const week = { now, refusals: [refused(failure('CA_RATE_LIMITED', later(7 * DAY)))] }
    const next = (days: number) => {
      const certificate = { notBefore: later((days - 90) * DAY), notAfter: later(days * DAY) }
      const { nextActionAt } = afterFailedOrder(domain, failure('CA_RATE_LIMITED', later(7 * DAY)), { ...week, certificate })
      return ((nextActionAt?.getTime() ?? 0) - now.getTime()) / DAY
    }
    expect(next(30)).toBe(7)
    // The emergency begins four and a half days before the end.
    expect(next(6)).toBe(1.5)
    expect(next(4)).toBeCloseTo(0.4)
    expect(next(1 / 24)).toBeCloseTo(10 / 1440)
    expect(next(-3)).toBe(1)
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
    const never = refused(failure('CA_REFUSED'), { permanent: true })
    expect(afterFailedOrder(domain, never.error, { now, refusals: [never] }).status).toBe('failed')
    // Another CA was only down when it was asked.
    const down = refused(failure('CA_UNAVAILABLE'))
    expect(afterFailedOrder(domain, never.error, { now, refusals: [down, never] }).status).toBe('issuing')
    // Or was not asked, because it rests.
    const resting = refused(failure('CA_RATE_LIMITED', later(3_600_000)), { asked: false })
    const waiting = afterFailedOrder(domain, never.error, { now, refusals: [resting, never] })
    expect(waiting).toMatchObject({ status: 'issuing', nextActionAt: later(3_600_000) })
  })

  it('never gives a domain up that has a certificate', () => {
    const active: Domain = { ...domain, status: 'active', attempts: 40 }
    const failed = afterFailedOrder(active, failure('CA_UNREACHABLE'), o)
    expect(failed).toMatchObject({ status: 'active', attempts: 41, nextActionAt: later(86_400_000) })
    expect(failed.reason).toBeUndefined()
  })
})
