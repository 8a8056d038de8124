import type { BudgetUnit } from './ca-budget.ts'
import type { HealthCheckSettings } from './health/target.ts'

/** Statuses of a domain (requirements L1). `deleted` is the quarantine of L8. */
export type DomainStatus = 'pending_dns' | 'pending_probe' | 'issuing' | 'active' | 'failed' | 'suspended' | 'deleted'

/** How a proof stood when it was last looked at. `unknown`: never looked, or the DNS did not answer. */
export type ProofState = 'ok' | 'missing' | 'wrong' | 'unknown'

/** Types of certificate keys: NIST P-256 and P-384, RSA with a modulus of 2048 or 4096 bits. */
export const KEY_TYPES = ['ec256', 'ec384', 'rsa2048', 'rsa4096'] as const
/** A type of key that is made here; see {@link KEY_TYPES}. */
export type KeyType = (typeof KEY_TYPES)[number]

/** Of a certificate: a type that keys are made of here, or an RSA key of another size in somebody's own request. */
export type CertificateKeyType = KeyType | `rsa${number}`
/** How a CA is shown that a name is ours (RFC 8555 §8); one certificate uses one of them for all of its names. */
export const CHALLENGE_TYPES = ['dns-01', 'http-01'] as const
/** How a name is proven to a CA (RFC 8555 §8). */
export type ChallengeType = (typeof CHALLENGE_TYPES)[number]
/** Whether a TXT record has to show that the name is theirs who ask for it (requirements L3). */
export type OwnershipMode = 'auto' | 'txt' | 'none'

/** One of the three independent proofs of a name (requirements L2); absent when the domain does not need it. */
export interface Proof {
  state: ProofState
  checkedAt?: Date
}

/** A name of the certificate with its proofs. A wildcard shares the records of the name below its `*.`. */
export interface DomainName {
  /** ASCII, lower case, no final dot; may start with `*.`. */
  name: string
  /** TXT `_domainctl.<base>` = `domainctl=<token>`; 128 random bits in hex, one per tenant and base name (L5). */
  ownership?: Proof & {
    token: string
    /** When it was first seen; the name stays this tenant's from then on until it is removed, whatever later looks find (L9). */
    provenAt?: Date
    /** Since when every authoritative server says that it is not there; absent while it is seen, or nobody answers (L1). */
    missingSince?: Date
  }
  /** CNAME to `target`, or A/AAAA to `addresses`. */
  routing?: Proof & { target?: string; addresses?: string[] }
  /** CNAME `_acme-challenge.<base>` to `target`, a name in the validation zone that no other owner ever gets. */
  delegation?: Proof & { target: string }
}

/** The last thing that went wrong, as it is kept in the state. Shape of `Error` in cli.md. */
export interface Failure {
  code: string
  message: string
  hint: string
  actor: string
  at: Date
  retryAt?: Date
}

/** That a CA asked to be left alone. */
export interface CaWait {
  ca: string
  /** When it did. */
  since: Date
  /** Until when. */
  at: Date
  /** What it answered: the code of the error, and its message. */
  code: string
  reason: string
}

/** One certificate to be had and kept: a primary name, all its names, and what was chosen for them. */
export interface Domain {
  id: string
  tenant: string
  /** The primary name, ASCII. Unique within the tenant. */
  name: string
  /** All names of the certificate, the primary one first. */
  names: DomainName[]
  status: DomainStatus
  /** When it came into this status. */
  statusSince: Date
  /** Why it is `failed` or `suspended`: a code of errors.md or the operator's words. */
  reason?: string
  /** Name of the configured DNS provider that writes this domain's records. */
  provider: string
  challenge: ChallengeType
  /** Directory URLs of the CAs, in the order in which they are wanted; absent: those of the configuration. */
  cas?: string[]
  keyType: KeyType
  /**
   * A certificate request that somebody else has made, whose private key domainctl never sees: `pem`, the type of its key, and the
   * SHA-256 of its public key (SPKI) in hex. It goes before `keyType` and `reuseKey`.
   */
  csr?: { pem: string; keyType: CertificateKeyType; publicKey: string }
  /** A renewal takes the key of the live certificate, where that was not revoked and has the type `keyType`. */
  reuseKey?: boolean
  /** Of the chains that a CA offers, the one whose topmost certificate was issued by this common name. */
  preferredChain?: string
  profile?: string
  contact?: string
  labels: Record<string, string>
  /** Targets where its certificate is to serve; absent: it is only kept. */
  deploy?: string[]
  /**
   * What its health checks measure, once it has a certificate; false: nothing, the end of its certificate alone is watched;
   * absent: `/` at each of its names.
   */
  healthCheck?: HealthCheckSettings | false
  /** Where its traffic goes (L12), for the targets that route it: an origin. */
  upstream?: string
  /** The validation zone that challenges are delegated into; each name has its own target in it. */
  delegateZone?: string
  /**
   * Each name has to answer over HTTP before a certificate is ordered (L6): the path that is asked for, and the text that
   * the answer has to be. The token is no secret: whoever asks a server of the domain for the path gets it.
   */
  probe?: { path: string; token?: string }
  /** Failed attempts in a row of what the status asks for (verification, issuance or renewal). */
  attempts: number
  lastError?: Failure
  /** What the last look at the DNS found wrong, in the words of the history; absent: nothing. In any status. */
  lastFinding?: string
  /** CAs that asked to be left alone with this domain, and until when; cleared by a certificate. */
  caNotBefore?: CaWait[]
  /** When a scheduler looks at it next; absent: never by itself. */
  nextActionAt?: Date
  certificateId?: string
  createdAt: Date
  updatedAt: Date
}

/**
 * How far an order has come (requirements C6). Each state is journaled before the request that leaves it:
 * `new` newOrder may or may not have reached the CA · `ordered` its URL is known, records may be planned ·
 * `published` the challenge records are written · `challenged` every authoritative server shows them and the CA may have
 * been told to look · `finalizing` all authorizations are valid and the CSR may have been sent · `stored` the certificate
 * is in the state · `invalid` it ended without one.
 */
export type OrderState = 'new' | 'ordered' | 'published' | 'challenged' | 'finalizing' | 'stored' | 'invalid'

/** What an order has to prove for one identifier. */
export interface OrderAuthorization {
  url: string
  /** The identifier without `*.`. */
  identifier: string
  wildcard: boolean
  status: string
  /** Absent: `dns-01`. */
  type?: ChallengeType
  challengeUrl: string
  /** Where the CA looks over DNS: `_acme-challenge.<identifier>`. */
  challengeName: string
  /** Base64url SHA-256 of the key authorization (RFC 8555 §8.4). */
  txtValue: string
  /** Of HTTP-01: what the CA asks for, and what has to be answered (RFC 8555 §8.3). */
  token?: string
  keyAuthorization?: string
}

/** An order at a CA (RFC 8555 §7.1.3), as the state keeps it from before the CA hears of it. */
export interface Order {
  id: string
  tenant: string
  domainId: string
  /** Directory URL. */
  ca: string
  accountId: string
  names: string[]
  profile?: string
  state: OrderState
  url?: string
  finalizeUrl?: string
  certificateUrl?: string
  expires?: Date
  authorizations: OrderAuthorization[]
  /** PKCS#8 PEM; made before the order is sent and used until it ends. Sealed at rest. */
  certificateKey?: string
  /** PEM; in place of the key, where the domain has a request of its own. */
  csr?: string
  keyType: CertificateKeyType
  /**
   * What it holds under the limits of its CA, until that has counted it or the order ends; absent: nothing was asked for yet, as
   * of an order that is exempt.
   */
  reserved?: BudgetUnit[]
  createdAt: Date
  updatedAt: Date
}

/** What a record is for: `challenge` for as long as a CA looks, the others to stay. */
export type RecordPurpose = 'ownership' | 'routing' | 'delegation' | 'challenge'

/** An RRset that stood where domainctl made its own record, kept so that it can be put back. */
export interface ReplacedRRset {
  type: 'CNAME' | 'A' | 'AAAA'
  values: string[]
  /** Seconds. */
  ttl: number
  /** Behind the provider's proxy. */
  proxied?: boolean
}

/**
 * A record that domainctl writes, journaled before it is written (requirements L7): `planned` it may or may not be
 * there · `asked` a person was asked to make it · `present` the provider has confirmed it · `removing` about to be taken
 * away: counts for nobody any more · `late` not wanted any more and not seen, but the write that was planned may still arrive:
 * counts for nobody either.
 * Removing it deletes the row; the audit keeps the story.
 */
export interface WrittenRecord {
  id: string
  tenant: string
  domainId: string
  orderId?: string
  purpose: RecordPurpose
  /** Name of the configured provider. */
  provider: string
  zone: { id: string; name: string }
  name: string
  type: string
  value: string
  /** Seconds. */
  ttl: number
  state: 'planned' | 'asked' | 'present' | 'removing' | 'late'
  /** What stood at this name before and was replaced by force; `remove` puts it back. The first record of the name has it. */
  previous?: ReplacedRRset[]
  createdAt: Date
}

/** A generation of a domain's certificate. */
export interface Certificate {
  id: string
  tenant: string
  domainId: string
  /** Absent: another client got it, and it was imported. */
  orderId?: string
  ca: string
  /** The account that issued it: ARI `replaces` is only for this one. Absent: it was imported without its account. */
  accountId?: string
  /** Leaf first, PEM. */
  chain: string
  /** PKCS#8 PEM. Sealed at rest. Absent: it was issued for somebody's own request, and the key is with them. */
  privateKey?: string
  keyType: CertificateKeyType
  /** Hex, upper case, as X.509 prints it. */
  serial: string
  /** SHA-256 of the leaf, hex, lower case. */
  fingerprint: string
  issuer: string
  names: string[]
  notBefore: Date
  notAfter: Date
  renewAt: Date
  renewReason: string
  /** What the CA advises about its renewal (RFC 9773); absent: it was never asked. */
  advice?: RenewalAdvice
  /** It was revoked by us, and is due for renewal since then. */
  revokedAt?: Date
  /** The reason that was given for a revocation, noted before it is asked for. */
  revocationReason?: string
  createdAt: Date
}

/** A CA's advice on when to renew a certificate. */
export interface RenewalAdvice {
  /** When it was asked last, whether or not it answered. */
  askedAt: Date
  /** When the CA wants it renewed; absent: it does not say. */
  window?: { start: Date; end: Date }
  /** Where the CA explains itself. */
  explanationUrl?: string
  /** When it is asked again. */
  nextCheckAt: Date
}

/** An account at a CA. */
export interface Account {
  id: string
  tenant: string
  ca: string
  /** Of the operator's choice; one of those that have not ended has it at its CA. */
  name: string
  contact?: string
  /** The `kid`; absent until the CA has confirmed it. */
  url?: string
  /** PKCS#8 PEM. Sealed at rest. */
  key: string
  /** Such as `ec256` or `rsa3072`: an imported key may be of any type that signs requests. */
  keyType: string
  /** What the key is being changed to, PKCS#8 PEM; which of both the CA knows, only asking tells. Sealed at rest. */
  nextKey?: string
  createdAt: Date
  /** It was deactivated, and is never used again. */
  endedAt?: Date
}

/** A line of the append-only audit (requirements E4). */
export interface AuditEvent {
  /** Increases with time; given by the store. */
  seq: number
  at: Date
  tenant: string
  domainId?: string
  /** Who: the process and, where known, the person. */
  who: string
  /** What, such as `domain.added`, `order.created`, `record.written`. */
  event: string
  /** For people. */
  message: string
  details?: Record<string, unknown>
}

/** A line of the audit before it has its number. */
export type NewAuditEvent = Omit<AuditEvent, 'seq'>
