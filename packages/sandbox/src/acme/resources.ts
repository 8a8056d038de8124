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
  readonly authorizations: readonly Authorization[]
  error?: ProblemDocument
  /** From the issuance on; shown when the order is valid. */
  certificate?: Certificate
  /** How often it was looked at since its certificate is there, and said `processing`. */
  looks: number
}

/** RFC 8555 §7.1.4, with its one challenge. */
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
  readonly challenge: Challenge
  readonly orders: Set<Order>
}

/** RFC 8555 §8. */
export interface Challenge {
  readonly id: string
  readonly type: 'dns-01'
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
}
