import type { X509Certificate } from 'node:crypto'
import type { RenewalWindow } from './resources.ts'
import type { ActiveFault, CaSettings, ExternalAccountKey, Fault, Resource } from './settings.ts'

/**
 * The CA of a sandbox (RFC 8555), at an HTTPS URL on loopback. Safe to use from many clients at once.
 *
 * All that it knows is in memory, and a heap of 512 MB has room for the most that it keeps:
 * - accounts for as long as it runs, 20,000;
 * - of the orders that are done, with their certificates and the proofs that no other order has, the latest 1,000 alone, and
 *   fewer when they have more than 50,000 names;
 * - of unfinished orders, which end after a week, 300 with 3,000 names of each account, and 20,000 with 100,000 names in all;
 * - of the keys that are known to be compromised the latest 10,000.
 *
 * Accounts and orders that would be too many are refused with rateLimited (429) and `Retry-After`.
 */
export interface CertificateAuthority {
  readonly directoryUrl: string
  /** What it answers to in CAA records (RFC 8659 §4.2). */
  readonly caaIdentity: string
  /** PEM: what the TLS of its API is checked with. */
  readonly tlsRoot: string
  /** PEM: the root under which it issues; another one than `tlsRoot`. */
  readonly issuerRoot: string
  /** PEM: the root of the n-th of the chains that `settings.alternateChains` offers, from 1 on. */
  alternateRoot(n: number): Promise<string>
  /**
   * May be changed at any time; the next request sees it. To assign what is no value for a setting throws a DomainctlError
   * `USAGE`.
   */
  readonly settings: CaSettings
  /**
   * Adds a fault, which stays until it has struck its one request or is removed.
   * @throws DomainctlError `USAGE` when it could strike no request, or give no answer
   */
  addFault(fault: Fault): ActiveFault
  /**
   * Adds a key to `settings.externalAccount`, with a kid and a secret of its own where none are given.
   * @throws DomainctlError `USAGE` when it is none, or its kid is there
   */
  addExternalAccountKey(key?: Partial<ExternalAccountKey>): ExternalAccountKey
  /**
   * Moves the window in which a certificate is to be renewed (RFC 9773 §4.2); undefined: back to what its lifetime says. What has
   * been revoked has its window in the past all the same.
   * @param certificate PEM (the first of a chain), or what renewal information names it by
   * @throws DomainctlError `USAGE` for a certificate that this CA does not know, and for a window that is none
   */
  setRenewalWindow(certificate: string | X509Certificate, window: RenewalWindow | undefined): void
  /** How often each resource was asked so far, refused requests among them. */
  readonly requests: Readonly<Record<Resource, number>>
}
