import type { IssuedCertificate } from './authority.ts'
import type { SigningKey } from './jwk.ts'
import type { AuthorizationStatus, ChallengeStatus, OrderStatus } from './order-machine.ts'
import type { ProblemDocument } from './problem.ts'

/** RFC 8555 §7.1.2. */
export interface Account {
  readonly id: string
  readonly url: string
  key: SigningKey
  status: 'valid' | 'deactivated'
  contact: readonly string[]
  /** Those that the CA still knows, oldest first. */
  readonly orders: Set<Order>
  /** Its latest valid authorization of each name, `*.` among them. */
  readonly proofs: Map<string, Authorization>
}

/** RFC 8555 §7.1.3. */
export interface Order {
  readonly id: string
  /** Grows with each order: where a page of an account's orders begins. */
  readonly number: number
  readonly account: Account
  status: OrderStatus
  readonly expires: Date
  /** In lower case, `*.` among them. */
  readonly names: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** The name of its profile (draft-ietf-acme-profiles §4). */
  readonly profile?: string
  /** The {@link Certificate.renewalId} of the certificate that it replaces (RFC 9773 §5). */
  readonly replaces?: string
  readonly authorizations: readonly Authorization[]
  error?: ProblemDocument
  /** From the issuance on; shown when the order is valid. */
  certificate?: Certificate
  /** How often it was looked at since its certificate is there, and said `processing`. */
  looks: number
}

/** RFC 8555 §7.1.4: one of its challenges has to be met. */
export interface Authorization {
  readonly id: string
  readonly account: Account
  /** As in the order, `*.` among them. */
  readonly orderedName: string
  /** Without `*.`. */
  readonly name: string
  readonly wildcard: boolean
  status: AuthorizationStatus
  expires: Date
  readonly challenges: readonly Challenge[]
  readonly orders: Set<Order>
}

/** The proofs of RFC 8555 §8 that this CA takes. */
export type ChallengeType = 'dns-01' | 'http-01'

/** RFC 8555 §8. */
export interface Challenge {
  readonly id: string
  readonly type: ChallengeType
  readonly token: string
  status: ChallengeStatus
  /** When it was proven, CAA having been looked at just before. */
  validated?: Date
  error?: ProblemDocument
}

/** What was issued, and to whom (RFC 8555 §7.4.2). */
export interface Certificate {
  readonly id: string
  readonly issued: IssuedCertificate
  readonly account: Account
  /** SHA-256 of the DER: what a revocation finds it by. */
  readonly fingerprint: string
  revoked: boolean
  /** What it goes by in renewal information (RFC 9773 §4.1). */
  readonly renewalId: string
  /** Where its window has been moved to. */
  window?: RenewalWindow
  /** The latest order that says to replace it (RFC 9773 §5). */
  replacedBy?: Order
}

/** When a certificate is to be renewed, and why just then (RFC 9773 §4.2). */
export interface RenewalWindow {
  readonly start: Date
  readonly end: Date
  /** A page for people. */
  readonly explanationURL?: string
}
