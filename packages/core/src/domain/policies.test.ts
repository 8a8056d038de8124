import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleDomain } from '../testing/model-samples.ts'
import type { Domain } from './model.ts'
import { goodUntil, mustWaitForCa, renewalDecision, renewalTime, retryAt, waitForRecords } from './policies.ts'
import { LONGEST_RETRY_AFTER } from './retry-schedule.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const now = new Date('2026-11-20T12:00:00Z')
const later = (ms: number) => new Date(now.getTime() + ms)

const domain = sampleDomain({ status: 'active', attempts: 0 })

describe('retryAt', () => {
  it('waits 1, 10, 100 minutes, then a day', () => {
    expect([1, 2, 3, 4, 9].map((attempts) => (retryAt(now, attempts).getTime() - now.getTime()) / MINUTE)).toEqual([
      1, 10, 100, 1440, 1440,
    ])
  })

  it('does what the CA asks for, at most seven days ahead and never in the past', () => {
    expect(retryAt(now, 1, later(DAY))).toEqual(later(DAY))
    fc.assert(
      fc.property(fc.integer({ min: -400 * DAY, max: 400 * DAY }), fc.integer({ min: 1, max: 100 }), (ask, attempts) => {
        const ms = retryAt(now, attempts, later(ask)).getTime() - now.getTime()
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(LONGEST_RETRY_AFTER)
      }),
    )
  })
})

describe('waitForRecords', () => {
  it('looks often for 20 minutes, then every five, and gives up after ten diagnoses', () => {
    expect(waitForRecords(now, later(19 * MINUTE))).toEqual({
      phase: 'fast',
      nextLookAt: later(19 * MINUTE + 45_000),
      nextDiagnosisAt: later(25 * MINUTE),
      givesUpAt: later((20 + 5115) * MINUTE),
    })
    expect(waitForRecords(now, later(20 * MINUTE))).toMatchObject({ phase: 'slow', nextLookAt: later(25 * MINUTE) })
    expect(waitForRecords(now, later(5134 * MINUTE))).not.toBeNull()
    expect(waitForRecords(now, later(5135 * MINUTE))).toBeNull()
  })

  it('spaces the diagnoses by 5 min × 2ⁿ, about 85 h in all', () => {
    const due: number[] = []
    for (let at = 0; ; ) {
      const wait = waitForRecords(now, later(at))
      if (!wait) break
      at = wait.nextDiagnosisAt.getTime() - now.getTime()
      due.push(at / MINUTE - 20)
    }
    expect(due).toEqual([5, 15, 35, 75, 155, 315, 635, 1275, 2555, 5115])
  })

  it('takes a clock that went back as the beginning', () => {
    expect(waitForRecords(now, new Date(now.getTime() - 5 * MINUTE))).toMatchObject({ phase: 'fast' })
  })
})

describe('renewalTime', () => {
  it.each([
    [90, 60, 'a third'],
    [45, 30, 'a third'],
    [10, 10 * (2 / 3), 'a third'],
    [6, 3, 'half'],
  ])('of a certificate for %d days is after %d', (days, after, words) => {
    const { at, reason } = renewalTime({ notBefore: now, notAfter: later(days * DAY) })
    expect(at).toEqual(later(after * DAY))
    expect(reason).toContain(words)
  })
})

describe('renewalDecision', () => {
  const certificate = {
    notBefore: later(-60 * DAY),
    notAfter: later(30 * DAY),
    renewAt: later(-MINUTE),
    renewReason: 'a third of its lifetime is left',
    createdAt: later(-60 * DAY),
  }

  it('keeps the turn of one that found no room under a limit of its CA, though that counted as no attempt', () => {
    const lastError = { code: 'CA_BUDGET_SPENT', message: '', hint: '', actor: 'operator', at: now }
    const postponed = { ...domain, attempts: 0, lastError, nextActionAt: later(MINUTE) }
    expect(renewalDecision(postponed, certificate, now)).toMatchObject({ act: false, at: later(MINUTE) })
    expect(renewalDecision(postponed, certificate, later(MINUTE))).toMatchObject({ act: true })
  })

  it('acts when it is time, and says why', () => {
    expect(renewalDecision(domain, certificate, now)).toEqual({ act: true, reason: certificate.renewReason })
    expect(renewalDecision(domain, { ...certificate, notAfter: now }, now)).toEqual({ act: true, reason: 'it has expired' })
  })

  it('does not act before, and says when', () => {
    const at = later(DAY)
    expect(renewalDecision(domain, { ...certificate, renewAt: at }, now)).toEqual({
      act: false,
      reason: `it is not time yet: ${certificate.renewReason}`,
      at,
    })
    expect(renewalDecision(domain, undefined, now).act).toBe(false)
  })

  it('acts a twentieth of the lifetime before the end, whatever was planned', () => {
    const planned = { ...certificate, renewAt: later(20 * DAY), createdAt: later(-MINUTE) }
    expect(renewalDecision(domain, { ...planned, notAfter: later(4 * DAY) }, now)).toMatchObject({ act: false })
    const reason = `it expires at ${later(3 * DAY).toISOString()}`
    expect(renewalDecision(domain, { ...planned, notAfter: later(3 * DAY) }, now)).toEqual({ act: true, reason })
  })

  it('leaves half a day between two renewals, or a tenth of a short lifetime', () => {
    const fresh = { ...certificate, createdAt: later(-DAY / 4) }
    expect(renewalDecision(domain, fresh, now)).toEqual({
      act: false,
      reason: 'it was renewed a short time ago',
      at: later(DAY / 4),
    })
    expect(renewalDecision(domain, fresh, later(DAY / 4))).toMatchObject({ act: true })
    const short = { ...certificate, notBefore: later(-3 * HOUR), notAfter: later(2 * HOUR), createdAt: later(-HOUR / 4) }
    expect(renewalDecision(domain, short, now)).toMatchObject({ act: false, at: later(HOUR / 4) })
  })

  it('keeps to the plan after a failure', () => {
    const failed: Domain = { ...domain, attempts: 2, nextActionAt: later(10 * MINUTE) }
    expect(renewalDecision(failed, certificate, now)).toMatchObject({ act: false, at: later(10 * MINUTE) })
    expect(renewalDecision(failed, certificate, later(10 * MINUTE))).toMatchObject({ act: true })
  })

  it('keeps to no plan that the certificate does not live to see', () => {
    const lastError = { code: 'CA_RATE_LIMITED', message: '', hint: '', actor: 'ca', at: now }
    const failed: Domain = { ...domain, attempts: 1, nextActionAt: later(7 * DAY), lastError }
    const ending = { ...certificate, notBefore: later(-86 * DAY), notAfter: later(4 * DAY) }
    expect(renewalDecision(failed, ending, now)).toMatchObject({ act: false, at: later(0.4 * DAY) })
    expect(renewalDecision(failed, ending, later(0.4 * DAY))).toMatchObject({ act: true })
  })
})

describe('goodUntil', () => {
  const certificate = { notBefore: later(-DAY), notAfter: later(44 * DAY), renewAt: later(-1), createdAt: later(-HOUR) }

  it('is the time of the renewal, or the end of the least gap, whichever is later', () => {
    expect(goodUntil({ ...certificate, renewAt: later(DAY) }, now)).toEqual(later(DAY))
    expect(goodUntil(certificate, now)).toEqual(later(11 * HOUR))
    expect(goodUntil(certificate, later(11 * HOUR))).toBeNull()
  })

  it('is nothing for one that was revoked, or is about to end', () => {
    expect(goodUntil({ ...certificate, revokedAt: now }, now)).toBeNull()
    expect(goodUntil({ ...certificate, renewAt: later(44 * DAY) }, later(42 * DAY))).toBeNull()
  })
})

describe('mustWaitForCa', () => {
  const said = { since: now, code: 'CA_RATE_LIMITED', reason: 'Too many orders.' }
  const wait = { ca: 'https://ca.example/dir', at: later(1), ...said }
  const caNotBefore = [{ ca: 'https://third.example/dir', at: later(9), ...said }, wait]
  const waiting = { ...domain, caNotBefore }

  it('holds for the CA that asked for it, until the time that it gave', () => {
    expect(mustWaitForCa(domain, wait.ca, now, undefined)).toBeNull()
    expect(mustWaitForCa(waiting, wait.ca, now, undefined)).toEqual(wait)
    expect(mustWaitForCa(waiting, wait.ca, later(1), undefined)).toBeNull()
    expect(mustWaitForCa(waiting, 'https://other.example/dir', now, undefined)).toBeNull()
  })

  it('does not outlast the certificate', () => {
    const week = { ...domain, caNotBefore: [{ ...wait, at: later(7 * DAY) }] }
    const certificate = { notBefore: later(-84 * DAY), notAfter: later(6 * DAY) }
    expect(mustWaitForCa(week, wait.ca, now, certificate)).toMatchObject({ at: later(1.5 * DAY) })
    expect(mustWaitForCa(week, wait.ca, later(1.5 * DAY), certificate)).toBeNull()
  })
})
