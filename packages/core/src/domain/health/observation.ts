import type { Actor } from '../../errors.ts'
import type { HealthCode, HealthLayer } from './problems.ts'

/**
 * What one check of a domain came to. `inconclusive`: nothing was learnt of the domain, since our own connectivity was away or the
 * resolvers disagreed (requirements H2).
 */
export type HealthOutcome = 'ok' | 'broken' | 'inconclusive'

/**
 * What one check of one name came to. Small, since it is kept for each of 96 checks a day, and JSON without loss but for `at`
 * and `notAfter`, which are ISO 8601 there.
 */
export interface HealthObservation {
  /** When it was measured. */
  at: Date
  /**
   * `ok`: every address that was measured serves the name · `broken`: one at least does not · `inconclusive`: nothing can be
   * said, since this machine reaches nothing itself, or has no way to any of the addresses.
   */
  outcome: HealthOutcome
  /** Of all of it. */
  ms: number
  /** Of `broken`: the first layer that is, of all addresses. */
  layer?: HealthLayer
  /** Of `broken`: why. */
  code?: HealthCode
  /** Of what is not `ok`: one sentence for people, safe to print. */
  why?: string
  /** Who has to act; with `code`. */
  actor?: Actor
  /** The address at which it is broken; of several the least, as text. */
  address?: string
  /** How many of how many measured addresses are broken; absent where none was measured. */
  addresses?: { broken: number; measured: number }
  /** How long each layer took, in ms: at the slowest address. */
  layers: Partial<Record<HealthLayer, number>>
  /** Codes of what should be seen to, though visitors get through. Sorted, each once. */
  warnings: HealthCode[]
  /** The certificate that ends first of those shown. */
  certificate?: { fingerprint: string; notAfter: Date }
}

/** One check, as far as damping, incidents and the history need it; whoever measures may tell more. */
export interface Observation {
  /** When it was begun. */
  at: Date
  outcome: HealthOutcome
  /** The first broken one: `dns`, `tcp`, `tls`, `http`, `endpoint`. */
  layer?: string
  /** What is wrong, stable. */
  code?: string
  /** Where it is wrong: the address that was connected to. */
  address?: string
  /** For people, safe to print. */
  message?: string
  /** Who must act. */
  actor?: Actor
  /** How long it took, in ms. */
  ms?: number
}
