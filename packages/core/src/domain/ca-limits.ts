import { KNOWN_CAS } from './known-cas.ts'

/**
 * What a CA counts (requirements C4): `accounts` made · `orders` of an account · `certificates` for names under one registrable
 * domain · `duplicates`: certificates for exactly the same set of names · `failures`: validations of one name that failed.
 */
export type LimitKind = 'accounts' | 'orders' | 'certificates' | 'duplicates' | 'failures'

/** A bucket of `count` tokens that fills up evenly: one comes back each `windowMs / count`. */
export interface CaLimit {
  count: number
  windowMs: number
}

/** Those that a CA has; of what is absent it makes no count, or nobody knows of one. */
export type CaLimits = Partial<Record<LimitKind, CaLimit>>

/** How fast requests may follow each other, of one kind of resource and from one address: a second, and at once. */
export interface CaPace {
  perSecond: number
  burst: number
}

export interface CaPaces {
  newNonce: CaPace
  newOrder: CaPace
  renewalInfo: CaPace
  /** Whatever else is asked for. */
  other: CaPace
}

const HOUR = 3_600_000
const WEEK = 7 * 24 * HOUR

// https://letsencrypt.org/docs/rate-limits/ (2026-08-05)
const LETS_ENCRYPT: CaLimits = {
  accounts: { count: 10, windowMs: 3 * HOUR },
  orders: { count: 300, windowMs: 3 * HOUR },
  certificates: { count: 50, windowMs: WEEK },
  duplicates: { count: 5, windowMs: WEEK },
  failures: { count: 5, windowMs: HOUR },
}

// https://letsencrypt.org/docs/staging-environment/
const LETS_ENCRYPT_STAGING: CaLimits = {
  accounts: { count: 50, windowMs: 3 * HOUR },
  orders: { count: 1_500, windowMs: 3 * HOUR },
  certificates: { count: 30_000, windowMs: WEEK },
  duplicates: { count: 30_000, windowMs: WEEK },
  failures: { count: 200, windowMs: HOUR },
}

/** A tenth less than Let's Encrypt allows from one address (overall limits of the page above); others say of none, or of more. */
const USUAL_PACES: CaPaces = {
  newNonce: { perSecond: 18, burst: 9 },
  newOrder: { perSecond: 270, burst: 180 },
  renewalInfo: { perSecond: 900, burst: 450 },
  other: { perSecond: 225, burst: 110 },
}

const STAGING_PACES: CaPaces = {
  ...USUAL_PACES,
  newOrder: { perSecond: 18, burst: 18 },
  other: { perSecond: 18, burst: 18 },
}

const BY_DIRECTORY: Readonly<Record<string, { limits: CaLimits; paces: CaPaces } | undefined>> = {
  [KNOWN_CAS.letsencrypt?.directory ?? '']: { limits: LETS_ENCRYPT, paces: USUAL_PACES },
  [KNOWN_CAS['letsencrypt-staging']?.directory ?? '']: { limits: LETS_ENCRYPT_STAGING, paces: STAGING_PACES },
}

/** The limits of the CA with this directory, as far as they are known; those that were agreed with it (`own`) go first. */
export function limitsOf(directory: string, own: CaLimits = {}): CaLimits {
  return { ...BY_DIRECTORY[directory]?.limits, ...own }
}

/** How fast the CA with this directory may be asked; null for one of which nothing is known, such as one of one's own. */
export function pacesOf(directory: string): CaPaces | null {
  return BY_DIRECTORY[directory]?.paces ?? null
}
