import type { HealthMeasurement } from '../domain/health/measurement.ts'
import type { CallOptions } from './dns-provider.ts'

/** What the answer to a request has to be. */
export interface ExpectedAnswer {
  /** Begins with `/`; with its query, where it has one. */
  path: string
  /** One of these statuses; absent: any below 500 but 421, after redirects. */
  status?: readonly number[]
  /** Is somewhere in the first 256 KB of the answer. */
  text?: string
}

/** What is measured. */
export interface HealthTarget {
  /** ASCII, no final dot, no wildcard. */
  name: string
  /** What the name serves over HTTPS (default: `/` with any status below 500 but 421). */
  page?: ExpectedAnswer
  /** The application behind it: asked over HTTPS at each address, at a port of its own where it has one; no redirect is followed. */
  endpoint?: ExpectedAnswer & { port?: number }
}

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
