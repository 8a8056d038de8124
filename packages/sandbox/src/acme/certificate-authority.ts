import type { ActiveFault, CaSettings, Fault, Resource } from './settings.ts'

/**
 * The CA of a sandbox (RFC 8555), at an HTTPS URL on loopback. Safe to use from many clients at once. All that it knows is
 * in memory: accounts for as long as it runs; of the orders that are done, with their certificates and the proofs that no
 * other order has, the latest 1,000 alone.
 */
export interface CertificateAuthority {
  readonly directoryUrl: string
  /** What it answers to in CAA records (RFC 8659 §4.2). */
  readonly caaIdentity: string
  /** PEM: what the TLS of its API is checked with. */
  readonly tlsRoot: string
  /** PEM: the root under which it issues; another one than `tlsRoot`. */
  readonly issuerRoot: string
  /** May be changed at any time; the next request sees it. */
  readonly settings: CaSettings
  /**
   * Adds a fault, which stays until it has struck its one request or is removed.
   * @throws DomainctlError `USAGE` when it could strike no request, or give no answer
   */
  addFault(fault: Fault): ActiveFault
  /** How often each resource was asked so far, refused requests among them. */
  readonly requests: Readonly<Record<Resource, number>>
}
