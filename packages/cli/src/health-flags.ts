import { DomainctlError, type HealthCheckOptions } from '@domainctl/core'
import { integerFlag } from './integer-flag.ts'

/** What a health check measures, as the command line gives it. */
export interface MeasuredFlags {
  address?: string[]
  port?: string
  path?: string
  status?: string
  text?: string
  endpoint?: string
  endpointPort?: string
  endpointStatus?: string
  endpointText?: string
}

/** The same as options of `add` and `issue`, which keep it with the domain. */
export interface HealthCheckFlags {
  /** False with `--no-health`, true with `--health`: as usual again. */
  health?: boolean
  healthName?: string[]
  healthAddress?: string[]
  healthPort?: string
  healthPath?: string
  healthStatus?: string
  healthText?: string
  healthEndpoint?: string
  healthEndpointPort?: string
  healthEndpointStatus?: string
  healthEndpointText?: string
}

/** How each of them is called where it is given. */
export type FlagNames = { readonly [K in keyof MeasuredFlags]-?: string }

const OF_A_DOMAIN: FlagNames = {
  address: '--health-address',
  port: '--health-port',
  path: '--health-path',
  status: '--health-status',
  text: '--health-text',
  endpoint: '--health-endpoint',
  endpointPort: '--health-endpoint-port',
  endpointStatus: '--health-endpoint-status',
  endpointText: '--health-endpoint-text',
}

const PORTS = { least: 1, most: 65_535, such: 8443 }

/** @throws DomainctlError `USAGE` */
export function healthCheckOf(flags: HealthCheckFlags): { healthCheck?: boolean | HealthCheckOptions } {
  const { health, healthName } = flags
  const measured: MeasuredFlags = {
    ...(flags.healthAddress !== undefined && { address: flags.healthAddress }),
    ...(flags.healthPort !== undefined && { port: flags.healthPort }),
    ...(flags.healthPath !== undefined && { path: flags.healthPath }),
    ...(flags.healthStatus !== undefined && { status: flags.healthStatus }),
    ...(flags.healthText !== undefined && { text: flags.healthText }),
    ...(flags.healthEndpoint !== undefined && { endpoint: flags.healthEndpoint }),
    ...(flags.healthEndpointPort !== undefined && { endpointPort: flags.healthEndpointPort }),
    ...(flags.healthEndpointStatus !== undefined && { endpointStatus: flags.healthEndpointStatus }),
    ...(flags.healthEndpointText !== undefined && { endpointText: flags.healthEndpointText }),
  }
  if (healthName === undefined && Object.keys(measured).length === 0) return health === undefined ? {} : { healthCheck: health }
  if (health !== undefined) {
    const flag = health ? '--health' : '--no-health'
    throw new DomainctlError('USAGE', `${flag} was given together with what health checks are to measure.`, {
      hint: 'Leave one of them out.',
    })
  }
  return { healthCheck: { ...(healthName !== undefined && { names: healthName }), ...measuredOf(measured, OF_A_DOMAIN) } }
}

/**
 * What is measured, as far as the flags say.
 * @throws DomainctlError `USAGE` that names the flag
 */
export function measuredOf(flags: MeasuredFlags, called: FlagNames): Omit<HealthCheckOptions, 'names'> {
  const { address, path, text, endpoint, endpointText } = flags
  const portOf = (key: 'port' | 'endpointPort') =>
    flags[key] === undefined ? undefined : integerFlag(called[key], flags[key], PORTS)
  const [port, endpointPort] = [portOf('port'), portOf('endpointPort')]
  const status = statusFlag(called.status, flags.status)
  const endpointStatus = statusFlag(called.endpointStatus, flags.endpointStatus)
  if (endpoint === undefined && (endpointPort ?? endpointStatus ?? endpointText) !== undefined) {
    throw new DomainctlError('USAGE', 'What the endpoint has to answer was given, but no endpoint.', {
      hint: `Give its path with ${called.endpoint}, such as ${called.endpoint} /healthz.`,
    })
  }
  const page = { ...(path !== undefined && { path }), ...(status && { status }), ...(text !== undefined && { text }) }
  return {
    ...(address !== undefined && { addresses: address }),
    ...(port !== undefined && { port }),
    ...(Object.keys(page).length > 0 && { page }),
    ...(endpoint !== undefined && {
      endpoint: {
        path: endpoint,
        ...(endpointPort !== undefined && { port: endpointPort }),
        ...(endpointStatus && { status: endpointStatus }),
        ...(endpointText !== undefined && { text: endpointText }),
      },
    }),
  }
}

function statusFlag(flag: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part) => /^[2-5]\d\d$/.test(part))) return parts.map(Number)
  throw new DomainctlError('USAGE', `${flag}: expected statuses such as 200 or 200,204, found ${JSON.stringify(text)}.`, {
    hint: 'Correct the option; --help shows all of them.',
  })
}
