import { describe, expect, it } from 'vitest'
import { DomainctlError, type ErrorCode } from '../errors.ts'
import { type CaRefusal, comingBackAt, inOne, isEarly } from './ca-refusals.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000)
const refusal = (code: ErrorCode, more: { retryAt?: Date; asked?: boolean; keptUntil?: Date } = {}): CaRefusal => {
  const { retryAt, asked = true, keptUntil } = more
  const hint = retryAt ? `Repeat after ${retryAt.toISOString()}.` : 'Repeat.'
  const error = new DomainctlError(code, `${code}!`, { hint, ...(retryAt && { retryAt }) })
  return { ca: `https://${code}.test/`, error, asked, permanent: false, ...(keptUntil && { keptUntil }) }
}
const resting = (retryAt: Date) => refusal('CA_RATE_LIMITED', { retryAt, asked: false })
const forbidden = refusal('DNS_CAA_FORBIDS', { asked: false })

describe('isEarly', () => {
  it.each([
    ['all want to be left alone', [resting(later(1)), resting(later(2))], true],
    ['CAA lets only one that wants to be left alone', [forbidden, resting(later(2))], true],
    ['CAA forbids all', [forbidden, forbidden], false],
    ['one was asked', [resting(later(1)), refusal('CA_UNAVAILABLE')], false],
    ['DNS is not right', [resting(later(1)), refusal('DNS_CAA_FAILED')], false],
  ])('%s', (_, refusals, early) => expect(isEarly(refusals)).toBe(early))
})

describe('inOne', () => {
  it('is the error of a single CA as it is', () => {
    const one = refusal('CA_VALIDATION_FAILED')
    expect(inOne([one])).toBe(one.error)
  })

  it('says what each CA said, and when the first of them may do better', () => {
    const error = inOne([resting(later(60)), resting(later(5))])
    expect(error).toMatchObject({ code: 'CA_RATE_LIMITED', retryAt: later(5) })
    expect(error.message).toBe('CA_RATE_LIMITED! CA_RATE_LIMITED!')
    expect(error.hint).toBe(`Repeat after ${later(5).toISOString()}.`)
  })

  it('says no time where one of them gave none: the schedule does', () => {
    expect(inOne([resting(later(7 * 1440)), refusal('CA_UNAVAILABLE')]).retryAt).toBeUndefined()
  })

  it('comes back when an order is not kept for its CA any longer', () => {
    const kept = refusal('CA_STALLED', { retryAt: later(1440), keptUntil: later(20) })
    expect(inOne([kept])).toMatchObject({ code: 'CA_STALLED', retryAt: later(20) })
  })

  it.each([
    ['CA_VALIDATION_FAILED', [refusal('CA_UNAVAILABLE'), refusal('CA_VALIDATION_FAILED')]],
    ['CA_UNAVAILABLE', [refusal('CA_UNAVAILABLE'), forbidden]],
    ['CA_RATE_LIMITED', [forbidden, resting(later(1))]],
    ['DNS_CAA_FORBIDS', [forbidden, forbidden]],
  ] as const)('has the code of what has to be mended first: %s', (code, refusals) => expect(inOne([...refusals]).code).toBe(code))
})

it('another time to come back stands in the hint, too', () => {
  const { error } = resting(later(60))
  expect(comingBackAt(error, later(60))).toBe(error)
  expect(comingBackAt(error, later(1))).toMatchObject({ retryAt: later(1), hint: `Repeat after ${later(1).toISOString()}.` })
})
