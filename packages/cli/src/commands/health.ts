import { DomainctlError, type HealthCheck, type HealthTarget } from '@domainctl/core'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { EXIT_CODES } from '../exit.ts'
import { integerFlag } from '../integer-flag.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { describeHealth, healthRow, healthTable } from '../output/health.ts'
import type { Outcome } from '../verb.ts'
import { knownHealth } from './known-health.ts'

export interface HealthFlags extends NameFlags {
  path?: string
  expectStatus?: string
  expectText?: string
  endpoint?: string
  endpointPort?: string
  endpointStatus?: string
  endpointText?: string
  history?: string
}

type HealthOutcome = Outcome & Pick<HealthCheck, 'observation' | 'measurement'>

const PORTS = { least: 1, most: 65_535, such: 8443 }

/** A check does little but wait for others. */
const WIDTH = 32
/** Of many that are unhealthy, so many are told in detail. */
const MOST_DETAILED = 10

/** `health NAME…`: measures names now, and says which layer is broken where; without names, or with `--history`, what is known. */
export async function health(context: Context, typed: string[], flags: HealthFlags): Promise<number> {
  const isNamed = typed.length > 0 || flags.all === true || flags.fromFile !== undefined
  if (!isNamed || flags.history !== undefined) {
    assertMeasuresNothing(flags)
    return knownHealth(context, isNamed ? await namesFor(context, typed, flags) : [], flags.history)
  }
  const target = targetOf(flags)
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
      table: healthTable,
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
function targetOf(flags: HealthFlags): Omit<HealthTarget, 'name'> {
  const { path = '/', expectText, endpoint, endpointText } = flags
  const port = flags.endpointPort === undefined ? undefined : integerFlag('--endpoint-port', flags.endpointPort, PORTS)
  const statuses = statusFlag('--expect-status', flags.expectStatus)
  const ofEndpoint = statusFlag('--endpoint-status', flags.endpointStatus)
  if (endpoint === undefined && (port ?? ofEndpoint ?? endpointText) !== undefined) {
    throw new DomainctlError('USAGE', 'What the endpoint has to answer was given, but no endpoint.', {
      hint: 'Give its path with --endpoint, such as --endpoint /healthz.',
    })
  }
  return {
    page: { path, ...(statuses && { status: statuses }), ...(expectText !== undefined && { text: expectText }) },
    ...(endpoint !== undefined && {
      endpoint: {
        path: endpoint,
        ...(port !== undefined && { port }),
        ...(ofEndpoint && { status: ofEndpoint }),
        ...(endpointText !== undefined && { text: endpointText }),
      },
    }),
  }
}

function statusFlag(flag: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part) => /^[1-5]\d\d$/.test(part))) return parts.map(Number)
  throw new DomainctlError('USAGE', `${flag}: expected statuses such as 200 or 200,204, found ${JSON.stringify(text)}.`, {
    hint: 'Correct the option; --help shows all of them.',
  })
}
