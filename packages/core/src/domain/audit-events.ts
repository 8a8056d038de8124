/** What the audit tells of an event. */
export interface AuditEventMeaning {
  about: string
  /** Keys that its details may have. */
  details: readonly string[]
}

const RECORD = ['type', 'name', 'value', 'provider', 'zone'] as const
const REPLACED = [...RECORD, 'previous'] as const

/**
 * Every event that a line of the audit may have (requirements E4); names are stable. A line of anything else does not compile.
 * The table of the guide is made from this.
 */
export const AUDIT_EVENTS = {
  'domain.added': { about: 'A domain came into the state.', details: ['names', 'provider', 'challenge'] },
  'domain.changed': { about: 'Other settings were asked for, and are used from now on.', details: [] },
  'domain.verified': { about: 'All its checks are right.', details: [] },
  'domain.not_ready': { about: 'A check found something new that is not right.', details: [] },
  'domain.gave_up': { about: 'The time in which its records were awaited is over; `verify` begins anew.', details: [] },
  'domain.suspended': { about: 'An operator has put it aside, for the reason that the message has.', details: [] },
  'domain.resumed': { about: 'An operator has taken it up again.', details: [] },
  'domain.removed': { about: 'It was removed; its name stays reserved for a while.', details: [] },
  'domain.released': {
    about: 'An operator has ended its quarantine, for the reason that the message has; nothing of it is left but these lines.',
    details: [],
  },
  'domain.erased': { about: 'Its quarantine is over: nothing of it is left but these lines.', details: [] },
  'domain.kept': { about: 'Its quarantine is over, and it was not erased.', details: [] },

  'notice.gave_up': {
    about: 'A message to a channel was not delivered in its time, and is tried no more.',
    details: ['channel', 'delivery', 'event', 'notices', 'attempts'],
  },

  'order.planned': { about: 'In the journal before the CA hears of it.', details: ['names', 'ca', 'profile'] },
  'caa.allows': { about: 'CAA records were looked at before an order: they allow the CA.', details: ['identities'] },
  'order.created': { about: 'The CA answered newOrder with a new order.', details: ['url', 'names', 'ca'] },
  'order.adopted': {
    about: 'An order that an earlier run had asked for was found at the CA, and is gone on with.',
    details: ['url', 'names', 'ca'],
  },
  'order.replaces_refused': {
    about: 'The CA did not take the order as the replacement of the certificate; it was placed without saying so.',
    details: ['replaces'],
  },
  'order.possible_duplicate': { about: 'An answer to newOrder may have been lost, and it was asked again.', details: ['listed'] },
  'order.challenged': { about: 'The CA is told to look at the challenges.', details: [] },
  'order.ready': { about: 'All authorizations are valid; finalize is what comes next.', details: [] },
  'order.key_changed': { about: 'The account has another key since: its challenges are answered anew.', details: [] },
  'order.finalized': { about: 'The CA took the certificate request.', details: ['url', 'ca'] },
  'order.ended': { about: 'An order came to its end without a certificate.', details: ['url'] },
  'order.failed': { about: 'An attempt failed; the next one is planned.', details: [] },
  'order.interrupted': { about: 'An attempt was stopped from outside; the next run goes on.', details: [] },
  'order.postponed': { about: 'A limit of the CA leaves no room now; it has its turn later.', details: [] },
  'ca.failover': { about: 'A CA could not serve, and the next one is asked.', details: ['ca', 'next', 'code'] },
  'ca.no_failover': { about: 'A CA failed with something that another one would not mend.', details: ['ca', 'next', 'code'] },

  'certificate.imported': {
    about: 'A certificate that another client got is in the state.',
    details: ['serial', 'fingerprint', 'ca', 'names', 'notAfter', 'from'],
  },
  'certificate.stored': {
    about: 'A certificate came from the CA and is in the state.',
    details: ['serial', 'fingerprint', 'ca', 'names', 'notAfter'],
  },
  'revocation.planned': { about: 'In the journal before the CA is asked to revoke.', details: ['serial', 'ca'] },
  'certificate.revoked': { about: 'The CA has revoked a certificate, or had before.', details: ['serial', 'ca'] },
  'renewal.planned': { about: 'When a certificate is to be renewed has changed.', details: [] },

  'record.planned': { about: 'In the journal before the provider hears of it.', details: REPLACED },
  'record.written': {
    about: 'The provider has it; with the state `asked`: a person was asked to make it.',
    details: [...REPLACED, 'state'],
  },
  'record.replaced': { about: 'The provider has it in place of what is in `previous`.', details: REPLACED },
  'record.kept': { about: 'It stood there already, made by domainctl for another domain.', details: REPLACED },
  'record.failed': {
    about: 'A call at the provider failed; `previous` is what may have been taken away.',
    details: [...REPLACED, 'code', 'doing'],
  },
  'record.removed': { about: 'The provider has it no more.', details: REPLACED },
  'record.restored': {
    about: 'What it had replaced stands there again.',
    details: ['type', 'name', 'values', 'ttl', 'proxied', 'provider', 'zone'],
  },
  'record.late': { about: 'It was not there, but may still come; it is looked for again.', details: REPLACED },
  'record.released': {
    about: 'It is out of the journal and was not touched: others need it, or a person made it.',
    details: [...REPLACED, 'why'],
  },
  'record.left': { about: 'Others have changed what stands there, and it was left to them.', details: [] },
  'record.abandoned': { about: 'It could not be taken away, and was given up on request.', details: [...REPLACED, 'code'] },

  'answer.planned': { about: 'An HTTP-01 answer is about to be given.', details: ['token', 'file'] },
  'answer.removed': { about: 'An HTTP-01 answer is given no more.', details: ['token'] },

  'state.key_change_began': { about: 'Either encryption key opens the state from now on.', details: ['from', 'to'] },
  'state.key_change_ended': { about: 'One encryption key alone opens the state.', details: ['key'] },
  'state.migrated': { about: 'Its tables were brought to the version of a newer domainctl.', details: ['from', 'to'] },

  'deployment.began': { about: 'In the journal before the target is called.', details: ['target'] },
  'deployment.done': {
    about: 'A certificate is at its target; `proven`: a handshake has shown that it is served there.',
    details: ['target', 'fingerprint', 'proven'],
  },
  'deployment.failed': {
    about: 'A target could not be given the certificate, or does not serve it.',
    details: ['target', 'code'],
  },
  'deployment.interrupted': { about: 'A deployment was stopped from outside; the next run goes on.', details: ['target'] },

  'account.planned': { about: 'A key was made for a new account.', details: [] },
  'account.confirmed': { about: 'The CA has the account (newAccount).', details: [] },
  'account.contact_planned': { about: 'In the journal before the CA hears of another contact.', details: [] },
  'account.contact_changed': { about: 'The CA has the contact.', details: [] },
  'account.terms_planned': { about: 'In the journal before newer terms of service are agreed to.', details: [] },
  'account.key_planned': { about: 'Another key is in the journal, before the CA hears of it.', details: [] },
  'account.key_changed': { about: 'The CA knows the account by its new key (keyChange).', details: [] },
  'account.key_refused': { about: 'The CA did not take the new key; the old one counts.', details: [] },
  'account.imported': { about: 'An account came with its key from elsewhere.', details: [] },
  'account.key_imported': { about: 'An account that was there was given this key, which its CA knows it by.', details: [] },
  'account.key_exported': { about: 'The key of an account was given out.', details: [] },
  'account.end_planned': { about: 'In the journal before the CA hears of it.', details: [] },
  'account.ended': { about: 'The account counts no more.', details: [] },
} as const satisfies Record<string, AuditEventMeaning>

/** The name of an event; names are stable, and new ones may come. */
export type AuditEventName = keyof typeof AUDIT_EVENTS

/** The details that a line of this event may have. */
export type AuditDetails<E extends AuditEventName> = Partial<Record<(typeof AUDIT_EVENTS)[E]['details'][number], unknown>>
