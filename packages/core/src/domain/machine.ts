import type { Domain, DomainStatus } from './model.ts'

/** What can happen to a domain. `renewed` is no event: a renewal is a new certificate, not a status (L1). */
export type DomainEvent =
  | 'proven'
  | 'verified'
  | 'issued'
  | 'gave_up'
  | 'revived'
  | 'reopened'
  | 'suspended'
  | 'resumed'
  | 'resumed_with_certificate'
  | 'removed'

/**
 * The state machine of requirements L1, literally: event → from → to. What is not here cannot happen.
 */
export const TRANSITIONS: Record<DomainEvent, Partial<Record<DomainStatus, DomainStatus>>> = {
  // All proofs that the domain needs were seen, and the HTTP probe that it wants has not gone well (L6).
  proven: { pending_dns: 'pending_probe', pending_probe: 'pending_probe', issuing: 'pending_probe', active: 'active' },
  // All proofs that the domain needs were seen, and the probe, where it wants one, has gone well.
  verified: { pending_dns: 'issuing', pending_probe: 'issuing', issuing: 'issuing', active: 'active' },
  // The first certificate, or a later one, is in the state.
  issued: { pending_dns: 'active', pending_probe: 'active', issuing: 'active', failed: 'active', active: 'active' },
  // L4 exhausted, a permanent refusal, or 10 CA errors.
  gave_up: { pending_dns: 'failed', pending_probe: 'failed', issuing: 'failed' },
  // `verify` by a person.
  revived: { failed: 'pending_dns' },
  // A proof that is needed for issuing is not there any more.
  reopened: { issuing: 'pending_dns', pending_probe: 'pending_dns' },
  // An operator has put it aside.
  suspended: {
    pending_dns: 'suspended',
    pending_probe: 'suspended',
    issuing: 'suspended',
    active: 'suspended',
    failed: 'suspended',
  },
  // All of its proofs are looked at anew, where it has no certificate that could be renewed.
  resumed: { suspended: 'pending_dns' },
  resumed_with_certificate: { suspended: 'active' },
  removed: {
    pending_dns: 'deleted',
    pending_probe: 'deleted',
    issuing: 'deleted',
    active: 'deleted',
    failed: 'deleted',
    suspended: 'deleted',
  },
}

/** The domain after `event` at `now`; as it was when the event changes nothing in its status. */
export function transition(domain: Domain, event: DomainEvent, now: Date): Domain {
  const status = TRANSITIONS[event][domain.status]
  return status && status !== domain.status ? { ...domain, status, statusSince: now } : domain
}
