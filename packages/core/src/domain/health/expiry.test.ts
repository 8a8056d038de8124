import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ExpiryTold, expiryLevel, expiryNews } from './expiry.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BEGIN = Date.UTC(2026, 0, 1)
const certificate = (lifetime: number) => ({ id: 'one', notBefore: new Date(BEGIN), notAfter: new Date(BEGIN + lifetime) })

it.each([
  [90 * DAY, 22.5 * DAY, 7 * DAY],
  [40 * DAY, 10 * DAY, 5 * DAY],
  [160 * HOUR, 40 * HOUR, 20 * HOUR],
])('of a certificate for %d ms warns at a quarter, and is critical at an eighth or a week', (lifetime, warning, critical) => {
  const left = (ms: number) => expiryLevel(certificate(lifetime), new Date(BEGIN + lifetime - ms))
  expect([left(warning + 1), left(warning), left(critical + 1), left(critical), left(-DAY)]).toEqual([
    null,
    'warning',
    'warning',
    'critical',
    'critical',
  ])
})

it('tells each level once, also to one who looks seldom, and begins anew with another certificate', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 }), (pauses) => {
      const of = certificate(90 * DAY)
      let told: ExpiryTold | undefined
      let at = BEGIN
      const levels: string[] = []
      for (const days of pauses) {
        at += days * DAY
        const news = expiryNews(of, told, new Date(at))
        if (news) levels.push(news.level)
        told = news ?? told
      }
      expect([[], ['warning'], ['critical'], ['warning', 'critical']]).toContainEqual(levels)
      if (told)
        expect(expiryNews({ ...of, id: 'two' }, told, new Date(BEGIN + 89 * DAY))).toEqual({
          certificateId: 'two',
          level: 'critical',
        })
    }),
  )
})
