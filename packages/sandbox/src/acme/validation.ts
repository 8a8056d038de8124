import type { ChallengeType } from './resources.ts'

/** A name that an account wants a certificate for. */
export interface CaaClaim {
  /** The identifier: a name without `*.`, in lower case. */
  readonly name: string
  readonly wildcard: boolean
  /** For `accounturi` in CAA records (RFC 8657). */
  readonly accountUrl: string
  /** For `validationmethods` in CAA records (RFC 8657). */
  readonly method: ChallengeType
}

/** What an account has to show in the DNS before a name may be in its certificate. */
export interface Dns01Claim extends CaaClaim {
  /** What the TXT record has to hold: base64url of SHA-256 of the key authorization (RFC 8555 §8.4). */
  readonly digest: string
}

/** As {@link Dns01Claim}, on the web. */
export interface Http01Claim extends CaaClaim {
  readonly token: string
  /** What the server has to answer with (RFC 8555 §8.1). */
  readonly keyAuthorization: string
  /** What stands for ports 80 and 443 on this machine. */
  readonly ports: { readonly http: number; readonly https: number }
}

/**
 * What has to hold before a name is issued for. Every authoritative server has to show it: a real CA asks one that
 * chance picks, and from several places. All may be called any number of times at once.
 */
export interface Validation {
  /**
   * That CAA records allow the issuance (RFC 8659). It is asked for before each proof, and again when that is old.
   * @throws AcmeProblem `caa`, `dns`, `serverInternal`; the signal's reason when it aborts
   */
  caa(claim: CaaClaim, signal: AbortSignal): Promise<void>
  /**
   * That the TXT record is there (RFC 8555 §8.4).
   * @throws AcmeProblem `unauthorized`, `dns`, `serverInternal`; the signal's reason when it aborts
   */
  dns01(claim: Dns01Claim, signal: AbortSignal): Promise<void>
  /**
   * That the web server of the name answers with the key authorization (RFC 8555 §8.3).
   * @throws AcmeProblem `unauthorized`, `connection`, `tls`, `dns`, `serverInternal`; the signal's reason when it aborts
   */
  http01(claim: Http01Claim, signal: AbortSignal): Promise<void>
}
