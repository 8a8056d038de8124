import type { HealthCode, HealthLayer } from './problems.ts'

/** What is wrong, in a sentence for people: `the certificate expired on 2026-01-02`. Safe to print. */
export interface HealthFinding {
  code: HealthCode
  why: string
}

/** One layer of one address. */
export interface MeasuredLayer {
  layer: HealthLayer
  ms: number
  /** Absent: it is right. */
  fault?: HealthFinding
}

/** A certificate that a server showed. */
export interface ServedCertificate {
  /** SHA-256 of its DER, lower-case hex. */
  fingerprint: string
  /** Printable common name or organization. */
  issuer: string
  notBefore: Date
  notAfter: Date
}

/** What was measured at one address. */
export interface AddressMeasurement {
  address: string
  /** In their order, up to the first that is broken. Empty: this machine has no way there, so nothing is known. */
  layers: MeasuredLayer[]
  /** What is not broken and not right either. */
  warnings: HealthFinding[]
  certificate?: ServedCertificate
  /** `TLSv1.3` */
  protocol?: string
  /**
   * What the stapled OCSP answer proves (RFC 6960 §2.2): `foreign` is about another certificate, `expired` not of now, `unverified`
   * not signed by the CA; absent: none was stapled.
   */
  stapled?: 'good' | 'revoked' | 'unknown' | 'unreadable' | 'foreign' | 'expired' | 'unverified'
  /** Of the last answer over HTTP. */
  status?: number
  /** Where each redirect led. */
  redirects: string[]
}

/** All that one check of one name has seen. */
export interface HealthMeasurement {
  name: string
  /** When it began. */
  at: Date
  /** From beginning to end. */
  ms: number
  /** Why nothing can be said: this machine reaches nothing, or not in time. */
  inconclusive?: string
  dns?: MeasuredLayer
  /** Of the DNS. */
  warnings: HealthFinding[]
  addresses: AddressMeasurement[]
}
