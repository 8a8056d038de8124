import { type Clock, DomainctlError } from '@domainctl/core'
import { singleFlight } from '../../calls/single-flight.ts'
import type { Route53Api } from './client.ts'

/** The SDK's own waiter begins with 30 seconds, and goes on when credentials have expired. */
const FIRST_DELAY_MS = 2_000
const LONGEST_DELAY_MS = 10_000
const LONGEST_WAIT_MS = 120_000

/** Waits for changes to be on all name servers. */
export interface SyncWaiter {
  /** @throws `PROVIDER_UNREACHABLE` after two minutes; what {@link Route53Api} throws */
  until(changeId: string, signal: AbortSignal): Promise<void>
}

/** Callers whose edits went in one change wait for it together. */
export function syncWaiter(api: Route53Api, clock: Clock): SyncWaiter {
  const flights = singleFlight<void>()

  async function poll(id: string, signal: AbortSignal): Promise<void> {
    const since = clock.now().getTime()
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(LONGEST_DELAY_MS, delay * 1.5)) {
      if (await api.isInSync(id, signal)) return
      const left = since + LONGEST_WAIT_MS - clock.now().getTime()
      if (left <= 0) throw tooLong(id)
      await clock.sleep(Math.min(delay, left), signal)
    }
  }

  return { until: (id, signal) => flights(id, signal, (own) => poll(id, own)) }
}

function tooLong(id: string): DomainctlError {
  const seconds = LONGEST_WAIT_MS / 1000
  return new DomainctlError('PROVIDER_UNREACHABLE', `Route 53 has the change ${id} still as PENDING after ${seconds} seconds.`, {
    hint: 'It mostly takes less than a minute: see health.aws.amazon.com, and repeat.',
  })
}
