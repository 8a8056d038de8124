import {
  type AddressMeasurement,
  HEALTH_LAYERS,
  type HealthCheck,
  type HealthFinding,
  type HealthLayer,
  healthProblem,
} from '@domainctl/core'
import type { Context } from '../context.ts'
import { when } from '../time.ts'
import type { NameResult, Outcome } from '../verb.ts'
import { type Mark, mark } from './marks.ts'
import { columnsOf } from './output.ts'
import type { Paint } from './paint.ts'
import { within } from './prose.ts'
import { table } from './table.ts'
import { printable, shortened } from './text.ts'

type Measured = Pick<HealthCheck, 'observation' | 'measurement'>

const MARKS = { ok: 'ok', broken: 'fail', inconclusive: 'warn' } as const satisfies Record<string, Mark>

/** One name: how long each layer took at each address, what is broken there, and what else was seen. */
export function describeHealth(result: { name: string } & Measured, { io, output: { paint } }: Context): string[] {
  const { observation, measurement } = result
  const { outcome, ms } = observation
  const columns = columnsOf(io) ?? Number.POSITIVE_INFINITY
  const name = printable(shortened(result.name))
  const warnings = [measurement, ...measurement.addresses].flatMap((one) => one.warnings)
  return [
    `${mark(paint, MARKS[outcome])} ${paint('strong', name)}: ${WORDS[outcome]} (${ms} ms)`,
    ...layersTable(measurement, paint, columns),
    ...certificateLines(measurement.addresses, io.now()).flatMap((line) => within(line, columns)),
    ...onceEach(warnings).flatMap((warning) => warningLines(warning, paint, columns)),
  ]
}

const WORDS = { ok: 'healthy', broken: 'unhealthy', inconclusive: 'not measured' } as const

function layersTable({ dns, addresses }: HealthCheck['measurement'], paint: Paint, columns: number): string[] {
  if (!dns && addresses.length === 0) return []
  const shown = HEALTH_LAYERS.filter((layer) => layer !== 'endpoint' || addresses.some((one) => layerOf(one, layer)))
  // Where it is measured at given addresses, the DNS is not asked.
  const ofDns = cell(dns, paint)
  const rows = addresses.map((one) => [
    one.address,
    ...shown.map((layer) => (layer === 'dns' ? ofDns : cell(layerOf(one, layer), paint))),
    resultOf(one, paint),
  ])
  if (rows.length === 0)
    rows.push(['-', ...shown.map((layer) => (layer === 'dns' ? ofDns : '-')), dns?.fault ? paint('bad', dns.fault.code) : '-'])
  return table(['ADDRESS', ...shown.map((layer) => layer.toUpperCase()), 'RESULT'], rows, {
    columns,
    leaveOut: ['DNS', 'TCP', 'TLS', 'HTTP'],
    shorten: { ADDRESS: 'middle' },
  })
}

function layerOf({ layers }: AddressMeasurement, layer: HealthLayer) {
  return layers.find((one) => one.layer === layer)
}

function cell(layer: ReturnType<typeof layerOf>, paint: Paint): string {
  if (!layer) return '-'
  const ms = `${layer.ms} ms`
  return layer.fault ? paint('bad', `✖ ${ms}`) : ms
}

function resultOf({ layers, status }: AddressMeasurement, paint: Paint): string {
  const fault = layers.find((layer) => layer.fault)?.fault
  if (fault) return paint('bad', fault.code)
  if (layers.length === 0) return 'no way there'
  return status === undefined ? 'ok' : String(status)
}

/** A line for each certificate that is shown, mostly one. */
function certificateLines(addresses: readonly AddressMeasurement[], now: Date): string[] {
  const shown = addresses.flatMap(({ certificate, protocol = '' }) => (certificate ? [{ ...certificate, protocol }] : []))
  const each = [...new Map(shown.map((one) => [one.fingerprint, one])).values()]
  return each.map(({ issuer, notAfter, protocol }) => {
    const ends = notAfter < now ? 'expired' : 'expires'
    return `${protocol}, certificate of ${printable(issuer)}, ${ends} ${when(notAfter, now)}`
  })
}

function onceEach(findings: readonly HealthFinding[]): HealthFinding[] {
  return [...new Map(findings.map((one) => [`${one.code} ${one.why}`, one])).values()]
}

function warningLines({ code, why }: HealthFinding, paint: Paint, columns: number): string[] {
  const { severity, hint } = healthProblem(code)
  const sign = severity === 'warning' ? mark(paint, 'warn') : mark(paint, 'info')
  const [first = '', ...rest] = within(`${code}: ${printable(why)}. ${hint}`, columns - 2)
  return [`${sign} ${first}`, ...rest.map((line) => `  ${line}`)]
}

/** A row of a table of many names. */
export function healthRow(result: NameResult<Outcome & Measured>, paint: Paint): string[] {
  const name = printable(shortened(result.name))
  if (!('observation' in result)) return [mark(paint, 'fail'), name, '-', '-', result.error?.code ?? '']
  const { outcome, layer, code, ms, warnings } = result.observation
  const worth = warnings.filter((warning) => healthProblem(warning).severity === 'warning')
  return [mark(paint, MARKS[outcome]), name, layer ?? '-', `${ms} ms`, [code ?? [], worth].flat().join(', ')]
}

export function healthTable(rows: readonly string[][], columns?: number): string[] {
  return table([' ', 'NAME', 'LAYER', 'TOOK', 'FOUND'], rows, {
    columns,
    leaveOut: ['TOOK', 'LAYER'],
    shorten: { NAME: 'middle', FOUND: 'end' },
  })
}
