import type { Clock, DnsProvider, RRset, Zone } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import type { ProviderRuntime } from '../../manifest.ts'
import { type Route53Settings, route53Provider } from './adapter.ts'

export const START = new Date('2030-01-01T00:00:00Z')
export const ALWAYS = { signal: new AbortController().signal }
export const APEX = 'example.test'

export function runtime(clock: Clock = manualClock(START)): ProviderRuntime {
  return { clock, random: { bytes: (length) => new Uint8Array(length).fill(128) } }
}

/** The adapter on a Route 53, with a clock that passes waits at once. */
export function providerAt(
  { endpoint, region, credentials }: Pick<Route53Settings, 'endpoint' | 'region' | 'credentials'>,
  settings: Partial<Route53Settings> = {},
  clock?: Clock,
): DnsProvider {
  return route53Provider(
    {
      region,
      timeoutMs: 20_000,
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials !== undefined && { credentials }),
      ...settings,
    },
    runtime(clock),
  )
}

/** A sandbox with the zone {@link APEX}, and its Route 53. */
export async function startSubject(zones: readonly string[] = [APEX]): Promise<{ sandbox: Sandbox; zone: Zone }> {
  const sandbox = await startSandbox({ zones })
  return { sandbox, zone: { id: sandbox.apis.route53.zoneId(APEX) ?? '', name: APEX } }
}

export function txt(name: string, ...values: string[]): RRset {
  return { name, type: 'TXT', ttl: 60, values }
}
