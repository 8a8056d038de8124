import type { HealthMeasurement } from '../domain/health/measurement.ts'
import type { HealthTarget } from '../domain/health/target.ts'
import type { CallOptions } from './dns-provider.ts'

export type { ExpectedAnswer, HealthTarget } from '../domain/health/target.ts'

/**
 * Measures a name as its visitors meet it (requirements H1), in layers that each need the one before: DNS, TCP, TLS, HTTP, and
 * the endpoint of the application. Every address is measured on its own, 8 at most, all at once; a layer that is broken ends
 * what is done at that address. Changes nothing anywhere: one `GET` for the page, one for the endpoint.
 *
 * **Where it goes**: only to public addresses, unless private ones are allowed; also with redirects, of which it follows 10.
 * **How long**: 5 s for a connection, 10 s for all that is done at an address, 30 s for everything; no more than 256 KB of an
 * answer are read. **Errors**: none but the signal's reason: whatever a server does is a finding. Ends soon after the signal
 * aborts. Any number of calls at once; what is known of this machine's own connectivity they share for 10 s.
 */
export interface HealthProbe {
  /** To be judged by `judgeHealth` (domain/health/judge.ts). */
  measure(target: HealthTarget, o: CallOptions): Promise<HealthMeasurement>
}
