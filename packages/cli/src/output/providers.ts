import type { DomainctlError, ProviderAccess, ProviderStatus, ProviderTest, ProviderTestStep } from '@domainctl/core'
import { type ErrorReport, reportError } from '../exit.ts'
import { when } from '../time.ts'
import { mark } from './marks.ts'
import type { Meaning, Paint } from './paint.ts'
import { within } from './prose.ts'
import { table } from './table.ts'
import { padTo, printable, widthOf } from './text.ts'

/** What a credential is worth, as far as it could be found out. */
export type Credential = 'works' | 'refused' | 'unreachable' | 'misconfigured' | 'failed' | 'unknown' | 'by-hand'

/** `Provider` of docs/guide/json.md. */
export interface ProviderReport {
  name: string
  type: string
  from: string[]
  isDefault: boolean
  configuredZones: string[]
  credential: Credential
  access?: Omit<ProviderAccess, 'expiresAt'> & { expiresAt?: string }
  error?: ErrorReport
}

/** A type of provider that is not configured, and the environment variables that set one up. */
export interface AvailableType {
  type: string
  title: string
  variables: string[]
}

const SHOWN: Record<Credential, readonly [Meaning, string]> = {
  works: ['good', 'works'],
  refused: ['bad', 'refused'],
  unreachable: ['waiting', 'not reached'],
  misconfigured: ['bad', 'misconfigured'],
  failed: ['bad', 'failed'],
  unknown: ['faint', 'cannot tell'],
  'by-hand': ['faint', 'by hand'],
}

/** As many zones, and variables, as a line of a table names. */
const MOST_ZONES = 3
const MOST_VARIABLES = 3

export function reportProvider(status: ProviderStatus, { type, from }: { type: string; from: string[] }): ProviderReport {
  const { name, isDefault, configuredZones, access, error } = status
  return {
    name,
    type,
    from,
    isDefault,
    configuredZones,
    credential: credentialOf(status, type),
    ...(access && { access: reportAccess(access) }),
    ...(error && { error: reportError(error) }),
  }
}

function reportAccess({ expiresAt, ...access }: ProviderAccess): NonNullable<ProviderReport['access']> {
  return { ...access, ...(expiresAt && { expiresAt: expiresAt.toISOString() }) }
}

function credentialOf({ access, error }: ProviderStatus, type: string): Credential {
  if (error?.code === 'PROVIDER_AUTH') return 'refused'
  if (error?.code === 'PROVIDER_UNREACHABLE') return 'unreachable'
  if (error?.kind === 'usage') return 'misconfigured'
  if (error) return 'failed'
  if (access) return 'works'
  return type === 'manual' ? 'by-hand' : 'unknown'
}

/**
 * Configured providers as a table, or some lines for each where the table is wider than the terminal, and below it what is to be
 * known of them.
 * @param o `columns` of the terminal; none when there is none
 */
export function providersTable(
  reports: readonly ProviderReport[],
  paint: Paint,
  { now, columns = Number.POSITIVE_INFINITY }: { now: Date; columns?: number | undefined },
): string[] {
  const rows = reports.map((report) => rowOf(report, paint, now))
  const leaveOut = ['EXPIRES', ...(reports.every(({ name, type }) => name === type) ? ['TYPE'] : [])]
  const lines = table(['NAME', 'TYPE', 'FROM', 'CREDENTIAL', 'ZONES', 'EXPIRES'], rows, { columns, leaveOut })
  const given = reports.flatMap(({ name, configuredZones }) =>
    configuredZones.map((zone) => `  ${printable(zone)} is written by ${name}`),
  )
  const warnings = reports.flatMap(({ name, access }) =>
    (access?.warnings ?? []).flatMap((text) => within(`${paint('waiting', 'note')}: ${name}: ${printable(text)}`, columns)),
  )
  return [
    ...(fit(lines, columns) ? lines : rows.flatMap((row) => folded(row, columns))),
    ...(given.length > 0 ? ['', 'Zones in the configuration:', ...given] : []),
    ...(warnings.length > 0 ? ['', ...warnings] : []),
  ]
}

type Row = readonly [name: string, type: string, from: string, credential: string, zones: string, expires: string]

function rowOf({ name, type, from, isDefault, credential, access }: ProviderReport, paint: Paint, now: Date): Row {
  return [
    isDefault ? `${name} (default)` : name,
    type,
    from.length === 0 ? 'always there' : someOf(from, 1),
    paint(...SHOWN[credential]),
    access ? zonesCell(access) : '',
    access?.expiresAt === undefined ? '' : when(new Date(access.expiresAt), now),
  ]
}

function fit(lines: readonly string[], columns: number): boolean {
  return lines.every((line) => widthOf(line) <= columns)
}

function folded([name, type, from, credential, zones, expires]: Row, columns: number): string[] {
  const more = [
    from === 'always there' ? `${type}, ${from}` : `${type}, from ${from}`,
    ...(zones === ''
      ? []
      : [zones.includes(': ') ? zones.replace(': ', zones.startsWith('1: ') ? ' zone: ' : ' zones: ') : `zones: ${zones}`]),
    ...(expires === '' ? [] : [`expires ${expires}`]),
  ]
  return [`${name}: ${credential}`, ...more.flatMap((text) => indented(text, columns))]
}

function indented(text: string, columns: number): string[] {
  return within(text, columns - INDENT.length).map((line) => INDENT + line)
}

const INDENT = '  '

function someOf(texts: readonly string[], most: number): string {
  return `${texts.slice(0, most).join(', ')}${texts.length > most ? ', …' : ''}`
}

function zonesCell({ zones, complete }: NonNullable<ProviderReport['access']>): string {
  if (zones.length === 0) return complete ? 'none' : 'not told'
  const named = zones.map(({ name, mayWrite }) => `${printable(name)}${mayWrite === false ? ' (read only)' : ''}`)
  return `${complete ? '' : 'at least '}${zones.length}: ${someOf(named, MOST_ZONES)}`
}

/** @param columns of the terminal; none when there is none */
export function availableTypes(types: readonly AvailableType[], columns = Number.POSITIVE_INFINITY): string[] {
  if (types.length === 0) return []
  const rows = types.map(({ type, title, variables }) => [`  ${type}`, title, someOf(variables, MOST_VARIABLES)])
  const lines = table(['  TYPE', 'WHAT', 'VARIABLES'], rows)
  const inLines = types.flatMap(({ type, title, variables }) => [
    `  ${type}: ${title}`,
    ...indented(someOf(variables, MOST_VARIABLES), columns - INDENT.length).map((line) => INDENT + line),
  ])
  const heading = 'Not configured; these variables set them up, or an entry of the configuration (providers):'
  return ['', ...within(heading, columns), ...(fit(lines, columns) ? lines : inLines)]
}

/** A test as `--json` prints it. */
export function reportTest({ steps, error, ...rest }: ProviderTest) {
  return { ...rest, steps: steps.map(withReport), ...withReport({ ...(error && { error }) }) }
}

function withReport<T extends { error?: DomainctlError }>({ error, ...rest }: T) {
  return { ...rest, ...(error && { error: reportError(error) }) }
}

/** What a test has tried, a line each, with what is to be known beside it. */
export function testLines({ steps, warnings }: ProviderTest, paint: Paint): string[] {
  return [
    ...steps.map((step) => stepLine(step, paint)),
    ...warnings.map((text) => `  ${paint('waiting', 'note')}: ${printable(text)}`),
  ]
}

function stepLine({ step, ok, tookMs, explanation }: ProviderTestStep, paint: Paint): string {
  const sign = mark(paint, ok ? 'ok' : 'fail')
  const took = `${(tookMs / 1000).toFixed(1)} s`
  return `${sign} ${padTo(step, 'access'.length)}  ${took.padStart(7)}  ${printable(explanation)}`
}
