import type { AddressMeasurement, HealthFinding, HealthMeasurement, MeasuredLayer } from './measurement.ts'
import type { HealthObservation } from './observation.ts'
import { HEALTH_LAYERS, type HealthCode, type HealthLayer, healthProblem } from './problems.ts'

interface Broken {
  address?: string
  layer: HealthLayer
  fault: HealthFinding
}

/**
 * What a measurement means. The first broken layer is the one reported, whatever the number of addresses that it is broken
 * at: what is behind it could not be seen there. Of several reasons in that layer it is the one of most addresses.
 */
export function judgeHealth(measurement: HealthMeasurement): HealthObservation {
  const { at, ms, dns, addresses, inconclusive } = measurement
  const measured = addresses.filter(({ layers }) => layers.length > 0)
  const broken = [...(dns ? brokenIn({ layers: [dns] }) : []), ...measured.flatMap(brokenIn)]
  const told = {
    at,
    ms,
    layers: slowest([...(dns ? [dns] : []), ...measured.flatMap(({ layers }) => layers)]),
    warnings: codesOf([measurement, ...measured].flatMap(({ warnings }) => warnings)),
    ...(measured.length > 0 && {
      addresses: { broken: measured.filter((one) => brokenIn(one).length > 0).length, measured: measured.length },
    }),
    ...certificateOf(measured),
  }
  if (inconclusive !== undefined) return { ...told, outcome: 'inconclusive', why: inconclusive }
  const first = worst(broken)
  if (first) {
    const { layer, address, fault } = first
    const where = address === undefined ? {} : { address }
    return {
      ...told,
      outcome: 'broken',
      layer,
      code: fault.code,
      why: fault.why,
      actor: healthProblem(fault.code).actor,
      ...where,
    }
  }
  if (measured.length === 0) {
    return { ...told, outcome: 'inconclusive', why: 'this machine has no way to any of the addresses' }
  }
  return { ...told, outcome: 'ok' }
}

function brokenIn({ layers, address }: Pick<AddressMeasurement, 'layers'> & { address?: string }): Broken[] {
  return layers.flatMap(({ layer, fault }) => (fault ? [{ layer, fault, ...(address !== undefined && { address }) }] : []))
}

/**
 * In the first layer that is broken, what most addresses have, at the least of them: name servers give addresses in another order each
 * time, and names that share them are to be found broken at the same one.
 */
function worst(broken: readonly Broken[]): Broken | undefined {
  const layer = HEALTH_LAYERS.find((one) => broken.some((fault) => fault.layer === one))
  const there = broken.filter((fault) => fault.layer === layer).toSorted((a, b) => compare(a.address, b.address))
  const byCode = [...Map.groupBy(there, ({ fault }) => fault.code).values()]
  return byCode.toSorted((a, b) => b.length - a.length)[0]?.[0]
}

function compare(one = '', other = ''): number {
  return one < other ? -1 : Number(one > other)
}

function slowest(layers: readonly MeasuredLayer[]): Partial<Record<HealthLayer, number>> {
  const most: Partial<Record<HealthLayer, number>> = {}
  for (const { layer, ms } of layers) most[layer] = Math.max(most[layer] ?? 0, ms)
  return most
}

function codesOf(warnings: readonly HealthFinding[]): HealthCode[] {
  return [...new Set(warnings.map(({ code }) => code))].sort()
}

function certificateOf(measured: readonly AddressMeasurement[]): Pick<HealthObservation, 'certificate'> {
  const shown = measured.flatMap(({ certificate }) => (certificate ? [certificate] : []))
  const [first] = shown.toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime())
  return first ? { certificate: { fingerprint: first.fingerprint, notAfter: first.notAfter } } : {}
}
