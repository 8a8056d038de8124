import type { DomainStatus } from './model.ts'

/** What can happen to a domain. `renewed` is no event: a renewal is a new certificate, not a status (L1). */
export type DomainEvent = 'verified' | 'issued' | 'gave_up' | 'revived' | 'reopened' | 'removed' | 'added_again'

/**
 * The state machine of requirements L1, literally: event → from → to. What is not here cannot happen.
 */
export const TRANSITIONS: Record<DomainEvent, Partial<Record<DomainStatus, DomainStatus>>> = {
  // All proofs that the domain needs were seen.
  verified: { pending_dns: 'issuing', issuing: 'issuing', active: 'active' },
  // The first certificate, or a later one, is in the state.
  issued: { issuing: 'active', active: 'active' },
  // L4 exhausted, a permanent refusal, or 10 CA errors.
  gave_up: { pending_dns: 'failed', pending_probe: 'failed', issuing: 'failed' },
  // `verify` by a person.
  revived: { failed: 'pending_dns' },
  // A proof that is needed for issuing is not there any more.
  reopened: { issuing: 'pending_dns', pending_probe: 'pending_dns' },
  removed: {
    pending_dns: 'deleted',
    pending_probe: 'deleted',
    issuing: 'deleted',
    active: 'deleted',
    failed: 'deleted',
    suspended: 'deleted',
  },
  added_again: { deleted: 'pending_dns' },
}

/** The status after `event`, or null when it cannot happen in this status. */
export function nextStatus(status: DomainStatus, event: DomainEvent): DomainStatus | null {
  return TRANSITIONS[event][status] ?? null
}
