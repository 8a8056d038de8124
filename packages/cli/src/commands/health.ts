import { DomainctlError, type HealthCheck } from '@domainctl/core'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { EXIT_CODES } from '../exit.ts'
import { type MeasuredFlags, measuredOf } from '../health-flags.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { describeHealth, healthRow, healthTable } from '../output/health.ts'
import { columnsOf } from '../output/output.ts'
import type { Outcome } from '../verb.ts'
import { knownHealth } from './known-health.ts'
import { type WatchFlags, watchHealth } from './watch-health.ts'

export interface HealthFlags extends NameFlags, Omit<MeasuredFlags, 'status' | 'text'>, WatchFlags {
  expectStatus?: string
  expectText?: string
  history?: string
}

type HealthOutcome = Outcome & Pick<HealthCheck, 'observation' | 'measurement'>

/** A check does little but wait for others. */
const WIDTH = 32
/** Of many that are unhealthy, so many are told in detail. */
const MOST_DETAILED = 10

/** `health NAME…`: measures names now, and says which layer is broken where; without names, or with `--history`, what is known. */
export async function health(context: Context, typed: string[], flags: HealthFlags): Promise<number> {
  refuseMixed(flags)
  const isNamed = typed.length > 0 || flags.all === true || flags.fromFile !== undefined
  if (!isNamed || flags.history !== undefined) {
    assertMeasuresNothing(flags)
    if (flags.watch) return watchHealth(context, null, flags)
    return knownHealth(context, isNamed ? await namesFor(context, typed, flags) : [], flags.history)
  }
  const { expectStatus: status, expectText: text } = flags
  const measured = { ...flags, ...(status !== undefined && { status }), ...(text !== undefined && { text }) }
  const target = measuredOf(measured, { ...MEASURED, status: MEASURED.expectStatus, text: MEASURED.expectText })
  if (flags.watch) return watchHealth(context, { names: await namesFor(context, typed, flags), target }, flags)
  let isBroken = false
  const code = await overNames(context, await namesFor(context, typed, flags), {
    work: async (domainctl, name, o): Promise<HealthOutcome> => {
      const { domain, observation, measurement, error } = await domainctl.measureHealth(name, { ...o, ...target })
      isBroken ||= observation.outcome === 'broken'
      return { domain, observation, measurement, next: [], ...(error && { error }) }
    },
    describe: (result) => ('measurement' in result ? describeHealth(result, context) : []),
    overview: {
      row: (result) => healthRow(result, context.output.paint),
      table: (rows) => healthTable(rows, columnsOf(context.io)),
      mostDetailed: MOST_DETAILED,
      andMore: (others) => [`and ${others} more that are not healthy`],
    },
    width: WIDTH,
  })
  // Some of many is what is asked for here: that it is not all of them matters less.
  return isBroken && code !== EXIT_CODES.interrupted ? EXIT_CODES.unhealthy : code
}

/** What is measured with them; they mean nothing where nothing is. */
const MEASURED = {
  address: '--address',
  port: '--port',
  path: '--path',
  expectStatus: '--expect-status',
  expectText: '--expect-text',
  endpoint: '--endpoint',
  endpointPort: '--endpoint-port',
  endpointStatus: '--endpoint-status',
  endpointText: '--endpoint-text',
} as const satisfies Partial<Record<keyof HealthFlags, string>>

/** @throws DomainctlError `USAGE` */
function assertMeasuresNothing(flags: HealthFlags): void {
  for (const [key, flag] of Object.entries(MEASURED)) {
    if (flags[key as keyof typeof MEASURED] === undefined) continue
    throw new DomainctlError('USAGE', `${flag} says what is measured, and nothing is measured here.`, {
      hint: flags.history === undefined ? 'Give the names to measure, or --all.' : 'Leave out --history to measure.',
    })
  }
}

/** @throws DomainctlError `USAGE` */
function refuseMixed({ watch, interval, history }: HealthFlags): void {
  if (watch && history !== undefined) {
    throw new DomainctlError('USAGE', '--watch and --history were given together.', { hint: 'Leave one of them out.' })
  }
  if (watch || interval === undefined) return
  throw new DomainctlError('USAGE', '--interval was given without --watch.', { hint: 'Add --watch, or leave it out.' })
}
