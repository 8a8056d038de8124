import type { Random } from '@domainctl/core'
import type { SandboxRuntime } from '../runtime.ts'
import type { Authority, CertificateRequest } from './authority.ts'
import type { Ledger } from './ledger.ts'
import type { Nonces } from './nonces.ts'
import type { CaSettings } from './settings.ts'
import type { TokenBuckets } from './token-buckets.ts'
import type { Urls } from './urls.ts'
import type { Validation } from './validation.ts'

/** All that the CA works with: what its answers to requests are made from. */
export interface CaContext {
  readonly authority: Authority
  /** @throws AcmeProblem `badCSR` */
  readonly readRequest: (der: Uint8Array) => Promise<CertificateRequest>
  readonly validation: Validation
  readonly settings: CaSettings
  readonly ledger: Ledger
  readonly nonces: Nonces
  readonly buckets: TokenBuckets
  /** Digests of the sets of names that have had a certificate. */
  readonly issuedSets: Set<string>
  /** Of external account keys that have bound an account. */
  readonly boundKids: Set<string>
  readonly urls: Urls
  readonly runtime: SandboxRuntime
  /** Aborts when the CA stops. */
  readonly stopping: AbortSignal
  /** Work that goes on after the answer; it must not reject. Stopping waits for it. */
  inBackground(work: Promise<void>): void
}

/** The id of a new resource, which nobody can guess. */
export function newId(random: Random): string {
  return Buffer.from(random.bytes(12)).toString('base64url')
}

/** https://letsencrypt.org/docs/integration-guide/: as often as this renewal information is to be asked for. */
const RENEWAL_INFO_SECONDS = 6 * 3600

/** `Retry-After` as it is set (RFC 9110 §10.2.3); that of renewal information is never absent (RFC 9773 §4.3). */
export function retryAfter({ settings }: CaContext, of: keyof CaSettings['retryAfter']): Record<string, string> {
  const when = settings.retryAfter[of] ?? (of === 'renewalInfo' ? RENEWAL_INFO_SECONDS : undefined)
  if (when === undefined) return {}
  return { 'retry-after': when instanceof Date ? when.toUTCString() : String(Math.max(0, Math.ceil(when))) }
}
