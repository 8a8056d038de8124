import type { CertificateKeyType, KeyType } from '../domain/model.ts'
import type { RenewalInfo } from '../domain/renewal-advice.ts'
import type { CallOptions } from './dns-provider.ts'
import type { Random } from './runtime.ts'

/** A problem document (RFC 7807, RFC 8555 §6.7). */
export interface Problem {
  /** Such as `urn:ietf:params:acme:error:dns`. */
  type: string
  detail: string
  status: number
  /** Where the CA says what to do about it (RFC 8555 §7.3.3). */
  instance?: string
  /** New terms of service that have to be agreed to (RFC 8555 §7.3.3). */
  termsOfService?: string
  subproblems?: { type: string; detail: string; identifier?: string }[]
}

/** What the CA says of itself (RFC 8555 §7.1.1). */
export interface IssuerDescription {
  termsOfService?: string
  website?: string
  caaIdentities: string[]
  /** Name → description (draft-ietf-acme-profiles). Empty: the CA offers none. */
  profiles: Record<string, string>
  externalAccountRequired: boolean
  /** It advises when to renew, and takes orders that say what they replace (RFC 9773). */
  renewalInfo: boolean
  /** How far this machine's clock was ahead of the CA's (ms; negative: behind), to a second or two; absent: it did not say. */
  clockAheadMs?: number
}

export interface IssuerAccount {
  /** The `kid`. */
  url: string
  /** PKCS#8 PEM. */
  key: string
}

/** An account that the CA knows by its key. */
export interface FoundAccount {
  url: string
  /** `mailto:` URLs, as far as the CA shows them. */
  contact: string[]
}

/** An account as the CA shows it. */
export interface AccountStatus {
  /** `valid`, `deactivated` or `revoked` (RFC 8555 §7.1.6), or what the CA says. */
  status: string
  contact: string[]
}

/** An account at the CA's website, which its ACME accounts are bound to (RFC 8555 §7.3.4). */
export interface ExternalAccount {
  kid: string
  /** Base64url; a secret. */
  hmacKey: string
}

/** Why a certificate is revoked (RFC 5280 §5.3.1): those reasons that subscribers may give (Baseline Requirements §7.2.2). */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
] as const

/** Why a certificate is revoked (RFC 5280 §5.3.1). */
export type RevocationReason = (typeof REVOCATION_REASONS)[number]

/** An order resource (RFC 8555 §7.1.3). */
export interface IssuerOrder {
  url: string
  status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
  names: string[]
  expires?: Date
  authorizations: string[]
  finalizeUrl: string
  certificateUrl?: string
  error?: Problem
  /** What `Retry-After` asked for, in milliseconds from now. */
  retryAfterMs?: number
}

/** An authorization resource (RFC 8555 §7.1.4), reduced to what DNS-01 and HTTP-01 need. */
export interface IssuerAuthorization {
  url: string
  status: 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked'
  identifier: string
  wildcard: boolean
  expires?: Date
  /** Absent when the CA offers no DNS-01 for it. */
  dns01?: {
    url: string
    status: 'pending' | 'processing' | 'valid' | 'invalid'
    /** Base64url SHA-256 of the key authorization: the TXT value. */
    txtValue: string
    error?: Problem
  }
  /** Absent when the CA offers no HTTP-01 for it. */
  http01?: {
    url: string
    status: 'pending' | 'processing' | 'valid' | 'invalid'
    /** Base64url; the last part of the path that the CA asks for. */
    token: string
    /** `token.thumbprint`: the whole answer (RFC 8555 §8.3). */
    keyAuthorization: string
    error?: Problem
  }
  retryAfterMs?: number
}

/**
 * One ACME CA. Every method is one signed request (plus a nonce when none is at hand; a `badNonce` answer is repeated
 * by itself; `listOrders` is one for the account and one a page), ends by its own time-out or the signal, and never
 * sleeps for a `Retry-After`: it throws with `retryAt`. Where a CA is known to take so many requests a second and no more, they
 * wait for their turn before they are sent (`domain/ca-limits.ts`).
 *
 * **Errors**: `CA_UNREACHABLE`, `CA_UNTRUSTED`, `CA_NOT_ACME`, `CA_UNAVAILABLE`, `CA_RATE_LIMITED`, `CA_REFUSED`,
 * `CA_ACCOUNT_INVALID`, `TERMS_NOT_ACCEPTED` (new ones); the cause carries the {@link Problem} as `problem`, and as `concernsAll` whether the CA failed at what
 * every order begins with: its directory, or a nonce.
 * **Idempotence**: `createAccount` by key; `answerChallenge` and `finalize` may answer an error when repeated: look at
 * the order. `newOrder` may make a second order when its answer was lost.
 */
export interface Issuer {
  /** Directory URL. */
  readonly ca: string
  /** Certificates (PEM) that were configured as its roots. */
  readonly roots?: string
  describe(o: CallOptions): Promise<IssuerDescription>
  /** Creates the account of this key, or finds it. */
  createAccount(
    key: string,
    a: { contact?: string; termsAgreed: boolean; externalAccount?: ExternalAccount },
    o: CallOptions,
  ): Promise<IssuerAccount>
  /** The account that has this key, or null where the CA knows none (RFC 8555 §7.3.1). Makes none. */
  findAccount(key: string, o: CallOptions): Promise<FoundAccount | null>
  /** How the account is. */
  showAccount(account: IssuerAccount, o: CallOptions): Promise<AccountStatus>
  /** Tells another contact address, or that the terms of service of today are agreed to (RFC 8555 §7.3.2, §7.3.3). Idempotent. */
  updateAccount(account: IssuerAccount, a: { contact?: string; termsAgreed?: true }, o: CallOptions): Promise<AccountStatus>
  /** Ends the account for good, and with it its open orders (RFC 8555 §7.3.6). A second time it is `CA_ACCOUNT_INVALID`. */
  deactivateAccount(account: IssuerAccount, o: CallOptions): Promise<void>
  /**
   * Gives the account another key (RFC 8555 §7.3.5). Where the answer was lost, `findAccount` with both keys tells which one counts;
   * repeating it is refused when it was done.
   * @param next PKCS#8 PEM
   */
  changeKey(account: IssuerAccount, next: string, o: CallOptions): Promise<void>
  newOrder(
    account: IssuerAccount,
    order: { names: string[]; profile?: string; replaces?: string },
    o: CallOptions,
  ): Promise<IssuerOrder>
  getOrder(account: IssuerAccount, url: string, o: CallOptions): Promise<IssuerOrder>
  /** URLs of the account's orders (RFC 8555 §7.1.2.1), newest last, or null when the CA does not list them. */
  listOrders(account: IssuerAccount, o: CallOptions): Promise<string[] | null>
  getAuthorization(account: IssuerAccount, url: string, o: CallOptions): Promise<IssuerAuthorization>
  /** Tells the CA to look. `retryAfterMs` is what its answer asked for. */
  answerChallenge(account: IssuerAccount, url: string, o: CallOptions): Promise<{ retryAfterMs?: number }>
  /** `csr` is DER. */
  finalize(
    account: IssuerAccount,
    order: { url: string; finalizeUrl: string },
    csr: Uint8Array,
    o: CallOptions,
  ): Promise<IssuerOrder>
  /** A chain as PEM, leaf first, and the URLs of the other chains that the same leaf has (RFC 8555 §7.4.2). */
  getCertificate(account: IssuerAccount, url: string, o: CallOptions): Promise<{ chain: string; alternates: string[] }>
  /**
   * Revokes the leaf of a chain (PEM): as the account that got it, or by the certificate's own private key (PKCS#8 PEM). One that
   * is revoked already is refused with `alreadyRevoked`.
   */
  revoke(
    by: { account: IssuerAccount } | { certificateKey: string },
    chain: string,
    o: CallOptions & { reason?: RevocationReason },
  ): Promise<void>
  /**
   * When the CA wants a certificate renewed (RFC 9773); null when it gives no such advice, or not for this certificate. Not
   * signed.
   * @param chain PEM, leaf first
   */
  renewalInfo(chain: string, o: CallOptions): Promise<RenewalInfo | null>
  /** Frees connections. */
  close(): Promise<void>
}

/** What goes into a PKCS#12 file. */
export interface Pkcs12Content {
  /** What the key goes by in it (friendlyName, Java's alias). */
  name: string
  /** PKCS#8 PEM. */
  key: string
  /** PEM, leaf first. */
  chain: readonly string[]
  /** May be empty. */
  password: string
}

/** Keys and requests for certificates. */
export interface CertificateCrypto {
  /** A new private key, PKCS#8 PEM. */
  createKey(type: KeyType): Promise<string>
  /**
   * A private key of an account as people have it, PEM in any form (PKCS#8, PKCS#1, SEC 1) or a JWK (RFC 7517), as PKCS#8 PEM, and
   * what it is, such as `ec256`. Its text shows in no error. @throws `USAGE` when it is none that signs requests
   */
  readAccountKey(text: string): { key: string; type: string }
  /** A certificate signing request for these DNS names, DER; the first is the common name when it fits (64 characters). */
  createCsr(key: string, names: string[]): Promise<Uint8Array>
  /** By what an order says that it replaces the leaf of this chain (RFC 9773 §4.1); null when it says not who signed it. */
  certificateId(chain: string): string | null
  /** A key and its certificates in one file (RFC 7292), sealed by the password. Takes some tenths of a second, in slices. */
  createPkcs12(content: Pkcs12Content, random: Random): Promise<Uint8Array>
  /**
   * Parses a chain (leaf first) and checks that the leaf carries exactly `names`, belongs to `key` (a private key or a
   * certificate request, PEM), is valid at `now` (else `CLOCK_WRONG`), and that none of its issuers is missing below the root:
   * a leaf alone is whole only when it is self-issued, or one of `roots` (PEM) or of Node's own roots has issued it.
   * @throws `CA_BAD_CERTIFICATE`; its cause has `chainAtFault` true where the leaf itself was not found wrong
   */
  readCertificate(chain: string, expected: { key: string; names: string[]; now: Date; roots?: string }): CertificateFacts
  /**
   * Reads a certificate that another client got, with its key: whole, not self-signed, for DNS names alone, for this key, and valid at
   * `now`. No text of the key shows in an error. @throws `CERTIFICATE_INVALID`
   */
  readForeignCertificate(chain: string, given: { key: string; now: Date; roots?: string }): ForeignCertificate
  /** Reads a certificate request (RFC 2986) in PEM and checks what a CA would. @throws `CSR_INVALID` */
  readRequest(text: string): CertificateRequest
  /** DER of a request that `readRequest` has given as PEM. */
  requestDer(pem: string): Uint8Array
  /** SHA-256 of the public key (SPKI) that the leaf of a chain is for, hex, lower case. */
  publicKey(chain: string): string
  /** The common name of who issued the topmost certificate of a chain (the organization where it has none): the root's. */
  rootName(chain: string): string
}

/** A certificate that another client got. */
export interface ForeignCertificate {
  facts: CertificateFacts
  /** The certificates alone, PEM, leaf first. */
  chain: string
  /** PKCS#8 PEM. */
  privateKey: string
  keyType: CertificateKeyType
  /** In lower case; absent where its subject has none. */
  commonName?: string
}

/** A certificate request whose own signature holds. */
export interface CertificateRequest {
  /** The request alone, PEM. */
  pem: string
  /** DNS names, lower-case ASCII, the common name first. */
  names: string[]
  keyType: CertificateKeyType
  /** SHA-256 of its public key (SPKI), hex, lower case. */
  publicKey: string
}

export interface CertificateFacts {
  /** Hex, upper case. */
  serial: string
  /** SHA-256 of the leaf, hex, lower case. */
  fingerprint: string
  issuer: string
  names: string[]
  notBefore: Date
  notAfter: Date
}
