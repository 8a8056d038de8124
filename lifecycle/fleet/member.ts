import { DomainctlError } from '../../packages/core/src/errors.ts'
import type { Outcome } from './simulated-ca.ts'
import type { Waiting } from './wheel.ts'

/** A domain of the fleet, with what the policies want to know of it. Times in ms from the beginning. */
export interface Member extends Waiting {
  set: number
  registrable: number
  notBefore: number
  notAfter: number
  createdAt: number
  renewAt: number
  windowStart: number
  windowEnd: number
  nextCheck: number
  /** NaN: nothing but the plan. */
  nextAction: number
  attempts: number
  failedAt: number
  failedWith: Exclude<Outcome, 'issued'> | null
  /** When its CA wanted it replaced, or NaN. */
  recalledAt: number
  brokenUntil: number
  /** It waits for the catching up of an incident. */
  isStruck: boolean
  hasCertificate: boolean
  waitsForOrder: boolean
}

/** One that was never issued. */
export function newMember(set: number, registrable: number): Member {
  return {
    set,
    registrable,
    due: 0,
    following: null,
    notBefore: 0,
    notAfter: 0,
    createdAt: 0,
    renewAt: Number.NEGATIVE_INFINITY,
    windowStart: Number.NaN,
    windowEnd: Number.NaN,
    nextCheck: Number.POSITIVE_INFINITY,
    nextAction: Number.NaN,
    attempts: 0,
    failedAt: 0,
    failedWith: null,
    recalledAt: Number.NaN,
    brokenUntil: Number.NEGATIVE_INFINITY,
    isStruck: false,
    hasCertificate: false,
    waitsForOrder: false,
  }
}

const CODES = { unreachable: 'CA_UNREACHABLE', limited: 'CA_RATE_LIMITED', 'not validated': 'CA_VALIDATION_FAILED' } as const
const FAILURES = Object.fromEntries(
  Object.entries(CODES).map(([outcome, code]) => [outcome, new DomainctlError(code, outcome, { hint: '' })]),
)

/** The product's error for it. */
export function failureOf(outcome: keyof typeof CODES): DomainctlError {
  return FAILURES[outcome] ?? new DomainctlError(CODES[outcome], outcome, { hint: '' })
}
