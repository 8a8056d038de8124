import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DomainctlError, type ErrorCode } from '../errors.ts'
import { sampleCertificate, sampleDomain } from '../testing/model-samples.ts'
import type { CaRefusal } from './ca-refusals.ts'
import { afterFailedOrder } from './failures.ts'
import { mustWaitForCa, renewalDecision } from './policies.ts'
import { planByAdvice } from './renewal-advice.ts'
import { planByLifetime } from './renewal-spread.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.parse('2026-11-20T12:00:00Z')
const ca = 'https://ca.example/directory'

interface Fault {
  code: ErrorCode
  askedMs?: number | undefined
}

/** One failure after the other, each with what the CA asks for; after them it cannot be reached. */
const failures = fc.array(
  fc.record({
    code: fc.constantFrom<ErrorCode>(
      'CA_UNREACHABLE',
      'CA_RATE_LIMITED',
      'CA_VALIDATION_FAILED',
      'CA_REFUSED',
      'PROVIDER_UNREACHABLE',
    ),
    askedMs: fc.option(fc.integer({ min: 5 * MINUTE, max: 30 * DAY }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 12 },
)
const shares = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

/** The life of a certificate whose renewals fail until `wellAt`: when it is tried for the first time from then on. */
function firstTryFrom(
  wellAt: number,
  o: { lifetime: number; advised: boolean; share: number; pattern: readonly Fault[] },
): { at: number; tries: number } {
  const facts = { notBefore: new Date(START), notAfter: new Date(START + o.lifetime), createdAt: new Date(START) }
  const share = () => o.share
  const ideal = START + o.lifetime * (o.lifetime < 10 * DAY ? 1 / 2 : 2 / 3)
  const window = { start: new Date(ideal - o.lifetime / 100), end: new Date(ideal + o.lifetime / 100) }
  const unplanned = sampleCertificate(sampleDomain(), { ...facts, ca })
  const plan = o.advised ? planByAdvice(unplanned, window, facts.createdAt, share) : planByLifetime(unplanned, share)
  const certificate = { ...unplanned, ...plan }
  let domain = sampleDomain({ status: 'active', nextActionAt: certificate.renewAt })
  let now = START
  for (let tries = 0, looks = 0; ; looks++) {
    if (looks > 5000) throw new Error('it never comes to an end')
    const decision = renewalDecision(domain, certificate, new Date(now))
    const rests = mustWaitForCa(domain, ca, new Date(now), certificate)
    if (!decision.act || rests) {
      const next = decision.act ? rests?.at : decision.at
      if (!next || next.getTime() <= now) throw new Error('it waits, and not for any time to come')
      now = next.getTime()
      continue
    }
    tries += 1
    if (now >= wellAt) return { at: now, tries }
    const { code, askedMs }: Fault = o.pattern[tries - 1] ?? { code: 'CA_UNREACHABLE' }
    const error = new DomainctlError(code, 'No.', {
      hint: '',
      ...(askedMs !== undefined && { retryAt: new Date(now + askedMs) }),
    })
    const refusals: CaRefusal[] = error.kind === 'provider' ? [] : [{ ca, error, asked: true, permanent: false }]
    domain = afterFailedOrder(domain, error, { now: new Date(now), refusals, certificate, share })
    // What is no failure of the CA is not counted, and a scheduler waits for it all the same.
    now = domain.attempts > 0 ? now : (domain.nextActionAt?.getTime() ?? now)
  }
}

it('is tried in time, for any lifetime and whatever failed, where the CA is well before the last hundredth of the lifetime', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: HOUR, max: 398 * DAY }),
      fc.boolean(),
      shares,
      failures,
      fc.double({ min: 0.3, max: 0.95, noNaN: true }),
      (lifetime, advised, share, pattern, when) => {
        const wellAt = START + Math.floor(lifetime * when)
        const { at } = firstTryFrom(wellAt, { lifetime, advised, share, pattern })
        expect(at).toBeLessThan(START + lifetime)
        // In the emergency no pause is longer than a tenth of what is left.
        const end = START + lifetime
        const emergency = end - lifetime / 20
        expect(at).toBeLessThanOrEqual(Math.max(emergency + (end - emergency) / 10 + 10, wellAt + (end - wellAt) / 10 + 10))
      },
    ),
    { numRuns: 500 },
  )
})

it('is tried within ten minutes, or a two-hundredth of the lifetime, also when the CA is well late in the emergency', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: HOUR, max: 398 * DAY }),
      shares,
      failures,
      fc.double({ min: 0.95, max: 0.98, noNaN: true }),
      (lifetime, share, pattern, when) => {
        const wellAt = START + Math.floor(lifetime * when)
        const left = START + lifetime - wellAt
        const least = Math.min(10 * MINUTE, lifetime / 200)
        const { at } = firstTryFrom(wellAt, { lifetime, advised: true, share, pattern })
        // The pause in which it became well began with at most a tenth more left.
        expect(at - wellAt).toBeLessThanOrEqual(Math.max(left / 9, least) + 10)
        expect(at).toBeLessThan(START + lifetime)
      },
    ),
    { numRuns: 500 },
  )
})
