import type { Clock, DnsProvider, RRset, Zone } from '@domainctl/core'
import type { ProviderRuntime } from '../../manifest.ts'
import { createRfc2136, type Rfc2136Options } from './index.ts'
import { KEY, type LoopbackPrimary } from './loopback-primary.test.fixture.ts'

export const START = new Date('2030-01-01T00:00:00Z')
export const ZONE: Zone = { id: 'example.test', name: 'example.test' }
export const ALWAYS = { signal: new AbortController().signal }

/** A clock that moves only by `advance`, and then ends the sleeps that are over. */
export interface SteppedClock extends Clock {
  advance(ms: number): void
}

export function steppedClock(): SteppedClock {
  let now = START.getTime()
  const sleepers = new Map<() => void, number>()
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        sleepers.set(resolve, now + ms)
        signal?.addEventListener('abort', () => {
          sleepers.delete(resolve)
          reject(signal.reason)
        })
      }),
    every: () => () => undefined,
    advance(ms) {
      now += ms
      for (const [wake, at] of sleepers) if (at <= now) wake()
    },
  }
}

export function runtime(clock: Clock = steppedClock()): ProviderRuntime {
  // Always the same: so each test shows that ids on the way do not meet.
  return { clock, random: { bytes: (length) => new Uint8Array(length).fill(7) } }
}

export function providerAt(primary: LoopbackPrimary, options: Partial<Rfc2136Options> = {}, clock?: Clock): DnsProvider {
  return createRfc2136(
    { nameserver: primary.address, tsigKey: KEY.name, tsigSecret: KEY.secret.toString('base64'), ...options },
    runtime(clock),
  )
}

export function txt(label: string, ...values: string[]): RRset {
  return { name: `${label}.${ZONE.name}`, type: 'TXT', ttl: 60, values }
}

/** Resolves when `condition` holds; for what another connection does in its own time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
