import type { Clock, DnsProvider, RRset, Zone } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import type { ProviderRuntime } from '../../manifest.ts'
import { type GodaddySettings, godaddyProvider } from './adapter.ts'
import { KEY, type LoopbackApi, SECRET } from './loopback-api.test.fixture.ts'

export const START = new Date('2030-01-01T00:00:00Z')
export const ALWAYS = { signal: new AbortController().signal }
export const APEX = 'example.test'
export const ZONE: Zone = { id: APEX, name: APEX }

export function runtime(clock: Clock = manualClock(START)): ProviderRuntime {
  return { clock, random: { bytes: (length) => new Uint8Array(length).fill(128) } }
}

/** The adapter on an API that speaks GoDaddy's, with a clock that passes waits at once. */
export function providerAt(api: LoopbackApi, settings: Partial<GodaddySettings> = {}, clock?: Clock): DnsProvider {
  return godaddyProvider({ apiKey: KEY, apiSecret: SECRET, baseUrl: api.baseUrl, timeoutMs: 20_000, ...settings }, runtime(clock))
}

export function txt(name: string, ...values: string[]): RRset {
  return { name, type: 'TXT', ttl: 60, values }
}
