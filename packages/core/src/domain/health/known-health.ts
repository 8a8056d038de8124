import type { Domain } from '../model.ts'
import type { Damping } from './damping.ts'
import { healthTargets } from './health-check.ts'
import type { SpanState } from './uptime.ts'

/** Of what is kept of a domain's health, what people are shown with the domain. */
interface Known {
  damping: Pick<Damping, 'is'>
  checkedAt?: Date
  seen?: SpanState
  layer?: string
  code?: string
  nextCheckAt?: Date
}

/** The health of a domain in short. */
export interface DomainHealth {
  /**
   * `failing` is being made sure of; `broken`: it is an outage; `unknown`: the last check has learnt nothing, and nothing was wrong
   * before.
   */
  status: 'ok' | 'failing' | 'broken' | 'unknown'
  /** What the last check that failed has found, until one succeeds; of `unknown`, why nothing is learnt. */
  layer?: string
  code?: string
  /** When it was measured last, ISO 8601 UTC. */
  checkedAt: string
}

/** `unwatched`: it has no certificate, is suspended, or nothing of it is measured. */
export function healthState(
  domain: Pick<Domain, 'names' | 'healthCheck'>,
  known: Known | undefined,
): DomainHealth['status'] | 'unchecked' | 'unwatched' {
  if (!known?.nextCheckAt || healthTargets(domain).length === 0) return 'unwatched'
  if (!known.checkedAt) return 'unchecked'
  // That it was well when something was learnt last is not said of now.
  return known.damping.is === 'ok' && known.seen === 'unknown' ? 'unknown' : known.damping.is
}

/** Undefined while nothing is known, or nothing is watched. */
export function reportHealth(domain: Pick<Domain, 'names' | 'healthCheck'>, known: Known | undefined): DomainHealth | undefined {
  const status = healthState(domain, known)
  if (!known?.checkedAt || status === 'unwatched' || status === 'unchecked') return undefined
  const { layer, code, checkedAt } = known
  return {
    status,
    ...(layer !== undefined && { layer }),
    ...(code !== undefined && { code }),
    checkedAt: checkedAt.toISOString(),
  }
}
