import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeEndpoint, judgePage } from './answer.ts'
import { expiryOf } from './expiry.ts'
import { judgeHealth } from './judge.ts'
import type { AddressMeasurement, HealthMeasurement, MeasuredLayer } from './measurement.ts'
import { HEALTH_LAYERS, HEALTH_PROBLEMS, type HealthCode, type HealthLayer } from './problems.ts'
import { judgeResolvers } from './resolvers.ts'

const CODES = Object.keys(HEALTH_PROBLEMS) as HealthCode[]
const codesOf = (layer: HealthLayer) =>
  CODES.filter((code) => HEALTH_PROBLEMS[code].layer === layer && HEALTH_PROBLEMS[code].severity === 'broken')
const AT_ADDRESS = ['tcp', 'tls', 'http', 'endpoint'] as const
const ms = fc.integer({ min: 0, max: 30_000 })

/** Layers up to the first that is broken, where one is. */
const layers: fc.Arbitrary<MeasuredLayer[]> = fc.option(fc.constantFrom(...AT_ADDRESS), { nil: undefined }).chain((broken) =>
  fc.tuple(
    ...AT_ADDRESS.slice(0, broken ? AT_ADDRESS.indexOf(broken) + 1 : undefined).map(
      (layer): fc.Arbitrary<MeasuredLayer> =>
        layer === broken
          ? fc.record({
              layer: fc.constant(layer),
              ms,
              fault: fc.record({ code: fc.constantFrom(...codesOf(layer)), why: fc.string({ maxLength: 100 }) }),
            })
          : fc.record({ layer: fc.constant(layer), ms }),
    ),
  ),
)

const address: fc.Arbitrary<AddressMeasurement> = fc.record({
  address: fc.ipV4(),
  layers: fc.oneof({ weight: 5, arbitrary: layers }, { weight: 1, arbitrary: fc.constant<MeasuredLayer[]>([]) }),
  warnings: fc.array(fc.record({ code: fc.constantFrom(...CODES), why: fc.string() }), { maxLength: 3 }),
  redirects: fc.constant([]),
  certificate: fc.constant({ fingerprint: 'f'.repeat(64), issuer: 'R3', notBefore: new Date(0), notAfter: new Date(1e12) }),
})

const measurement: fc.Arbitrary<HealthMeasurement> = fc.record({
  name: fc.constant('a.test'),
  at: fc.constant(new Date(0)),
  ms,
  dns: fc.record({ layer: fc.constant('dns' as const), ms }),
  warnings: fc.constant([]),
  addresses: fc.uniqueArray(address, { maxLength: 8, selector: (one) => one.address }),
})

const faultsOf = ({ addresses }: HealthMeasurement) =>
  addresses.flatMap((one) => one.layers.flatMap((layer) => (layer.fault ? [layer] : [])))

describe('judgeHealth', () => {
  it('is broken where anything is, and the first broken layer is the one reported', () => {
    fc.assert(
      fc.property(measurement, (seen) => {
        const { outcome, layer, code, address } = judgeHealth(seen)
        const faults = faultsOf(seen)
        const measured = seen.addresses.filter((one) => one.layers.length > 0)
        expect(outcome).toBe(faults.length > 0 ? 'broken' : measured.length > 0 ? 'ok' : 'inconclusive')
        const first = HEALTH_LAYERS.find((one) => faults.some((fault) => fault.layer === one))
        expect(layer).toBe(first)
        if (code === undefined) return
        expect(HEALTH_PROBLEMS[code].layer).toBe(first)
        expect(faultsOf({ ...seen, addresses: seen.addresses.filter((one) => one.address === address) })).toEqual(
          expect.arrayContaining([expect.objectContaining({ layer: first, fault: expect.objectContaining({ code }) })]),
        )
      }),
    )
  })

  it('does not depend on the order of the addresses', () => {
    fc.assert(
      fc.property(measurement, (seen) => {
        const [there, back] = [seen, { ...seen, addresses: seen.addresses.toReversed() }].map(judgeHealth)
        for (const key of ['outcome', 'layer', 'code', 'why', 'address', 'layers', 'warnings', 'addresses'] as const)
          expect(back?.[key]).toEqual(there?.[key])
      }),
    )
  })

  it('is small, and JSON without loss', () => {
    fc.assert(
      fc.property(measurement, (seen) => {
        const { at, certificate, ...rest } = judgeHealth(seen)
        expect(JSON.parse(JSON.stringify(rest))).toEqual(rest)
        expect(JSON.stringify({ at, certificate, ...rest }).length).toBeLessThan(1_500)
      }),
    )
  })

  it('says nothing where nothing could be measured, whatever looks broken', () => {
    fc.assert(
      fc.property(measurement, (seen) => {
        const { outcome, code } = judgeHealth({ ...seen, inconclusive: 'this machine reaches nothing' })
        expect([outcome, code]).toEqual(['inconclusive', undefined])
      }),
    )
  })
})

describe('judgeResolvers', () => {
  const said = fc.record({
    resolver: fc.string(),
    outcome: fc.constantFrom('addresses', 'fails', 'silent'),
    addresses: fc.subarray(['192.0.2.1', '192.0.2.2']),
  })
  it('never fails for one resolver of several, nor while another has addresses', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 5 }), (all) => {
        const { verdict, agreed } = judgeResolvers(all)
        const failing = all.filter(({ outcome }) => outcome === 'fails').length
        const having = all.filter(({ outcome }) => outcome === 'addresses')
        if (verdict === 'fail') expect(failing >= Math.min(2, all.length) && having.length === 0).toBe(true)
        for (const one of agreed) {
          expect(having.filter(({ addresses }) => addresses.includes(one)).length).toBeGreaterThanOrEqual(Math.min(2, all.length))
        }
      }),
    )
  })
})

it('expiryOf: a quarter, then an eighth or seven days; never backwards', () => {
  const DAY = 24 * 60 * 60 * 1000
  const notBefore = new Date('2026-01-01')
  const of = (days: number, left: number) => {
    const notAfter = new Date(notBefore.getTime() + days * DAY)
    return expiryOf({ notBefore, notAfter }, new Date(notAfter.getTime() - left * DAY))
  }
  expect([of(90, 23), of(90, 22), of(90, 8), of(90, 7), of(90, -0.1)]).toEqual([
    'fine',
    'warning',
    'warning',
    'critical',
    'expired',
  ])
  expect([of(6, 1.6), of(6, 1.5), of(6, 0.8), of(6, 0.75)]).toEqual(['fine', 'warning', 'warning', 'critical'])
  const grades = ['fine', 'warning', 'critical', 'expired']
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.double({ min: -10, max: 400, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
      (days, left, later) => {
        expect(grades.indexOf(of(days, left - later))).toBeGreaterThanOrEqual(grades.indexOf(of(days, left)))
      },
    ),
  )
})

it('what is expected is right, whatever it is, and nothing else is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.array(fc.integer({ min: 100, max: 599 }), { minLength: 1 }),
      (status, expected) => {
        const isRight = expected.includes(status)
        expect(judgePage({ status }, { status: expected }) === undefined).toBe(isRight)
        expect(judgeEndpoint({ status }, { status: expected }) === undefined).toBe(isRight)
        expect(judgePage({ status, hasText: false }, { status: expected, text: 'x' })).toBeDefined()
      },
    ),
  )
})
