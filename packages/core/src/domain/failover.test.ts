import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainctlError, ERRORS, type ErrorCode } from '../errors.ts'
import { type CaCircuit, circuitAfter, failover, type OrderStanding, STALL_PATIENCE } from './failover.ts'

const CODES = Object.keys(ERRORS) as ErrorCode[]
const ELSEWHERE: ErrorCode[] = ['CA_UNREACHABLE', 'CA_UNAVAILABLE', 'CA_RATE_LIMITED', 'CA_BUDGET_SPENT', 'CA_STALLED']
const NOW = new Date('2026-11-21T12:00:00Z')
const MINUTE = 60_000
const CA = 'https://ca.test/directory'

const order = (patch: Partial<OrderStanding> = {}): OrderStanding => ({
  state: 'ordered',
  ageMs: 0,
  told: false,
  byHand: false,
  ...patch,
})
const failed = (code: ErrorCode, retryAt?: Date) =>
  new DomainctlError(code, `${code}!`, { hint: '', ...(retryAt && { retryAt }) })

describe('failover', () => {
  test.each(CODES.filter((code) => !ELSEWHERE.includes(code)))('%s: never', (code) => {
    for (const standing of [null, order(), order({ state: 'finalizing', ageMs: STALL_PATIENCE * 10, told: true })])
      expect(failover({ code }, standing).next).toBe(false)
  })

  test.each(ELSEWHERE.filter((code) => code !== 'CA_STALLED'))('%s: at once while the CA has nothing to look at', (code) => {
    for (const standing of [
      null,
      order({ state: 'new' }),
      order(),
      order({ state: 'published' }),
      order({ state: 'challenged' }),
    ])
      expect(failover({ code }, standing)).toMatchObject({ next: true })
  })

  test.each(ELSEWHERE)('%s: of a CA that may be at work, after half an hour', (code) => {
    for (const standing of [
      order({ state: 'challenged', told: true }),
      order({ state: 'finalizing' }),
      order({ state: 'published', byHand: true }),
    ]) {
      expect(failover({ code }, { ...standing, ageMs: 60_000 })).toEqual({
        next: false,
        reason: expect.stringContaining('the order, which is kept'),
        keptForMs: STALL_PATIENCE - 60_000,
      })
      expect(failover({ code }, { ...standing, ageMs: STALL_PATIENCE - 1 }).next).toBe(false)
      expect(failover({ code }, { ...standing, ageMs: STALL_PATIENCE }).next).toBe(true)
    }
  })

  test('a stall is never hurried, wherever the order is', () => {
    expect(failover({ code: 'CA_STALLED' }, order()).next).toBe(false)
  })
})

describe('circuitAfter', () => {
  const opened = (code: ErrorCode, concernsAll: boolean) => {
    let circuit: CaCircuit | undefined
    let now = NOW
    return Array.from({ length: 5 }, () => {
      circuit = circuitAfter(circuit, CA, failed(code), now, concernsAll)
      const ms = (circuit?.openUntil.getTime() ?? 0) - now.getTime()
      now = new Date(now.getTime() + ms)
      return ms / MINUTE
    })
  }

  test('the third failure of single orders in a row opens it, for 1 minute, 10, then an hour', () => {
    expect(opened('CA_UNAVAILABLE', false)).toEqual([0, 0, 1, 10, 60])
  })

  test('what concerns every order opens it at once', () => {
    expect(opened('CA_UNAVAILABLE', true)).toEqual([1, 10, 60, 60, 60])
    expect(opened('CA_UNREACHABLE', false)).toEqual([1, 10, 60, 60, 60])
  })

  test('takes many failures at once for one, and heeds what the CA asks for', () => {
    const asked = new Date(NOW.getTime() + 7 * MINUTE)
    const first = circuitAfter(undefined, CA, failed('CA_UNREACHABLE', asked), NOW, false)
    expect(first).toEqual({ ca: CA, failures: 1, openUntil: asked, reason: 'CA_UNREACHABLE!' })
    expect(circuitAfter(first, CA, failed('CA_UNREACHABLE'), NOW, false)).toBe(first)
  })

  test('whatever comes, it never opens for more than an hour, and only for the fault of the CA', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            code: fc.constantFrom(...CODES),
            asked: fc.option(fc.integer({ min: -1e10, max: 1e10 })),
            after: fc.nat(1e9),
            concernsAll: fc.boolean(),
          }),
        ),
        (failures) => {
          let now = NOW.getTime()
          let circuit: CaCircuit | undefined
          for (const { code, asked, after, concernsAll } of failures) {
            now += after
            const error = failed(code, asked === null ? undefined : new Date(now + asked))
            const next = circuitAfter(circuit, CA, error, new Date(now), concernsAll)
            if (code !== 'CA_UNREACHABLE' && code !== 'CA_UNAVAILABLE') expect(next).toBe(circuit)
            else expect((next?.openUntil.getTime() ?? Number.POSITIVE_INFINITY) - now).toBeLessThanOrEqual(60 * MINUTE)
            circuit = next
          }
        },
      ),
    )
  })
})
