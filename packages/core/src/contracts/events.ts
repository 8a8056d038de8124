import type { AuditLine, AuditQuery } from './audit.ts'

/** Which events are followed, from where on, and until when. */
export interface EventsOptions extends AuditQuery {
  /** `seq` of a line: those that follow it; 0: from the very first. Absent: from the last one on that the state has when the call comes to it. */
  after?: number
  /** How long nothing new is waited for before the state is asked again, in ms, at least 10 (default 1,000). */
  everyMs?: number
  /** Ends the loop, which is no failure. */
  signal?: AbortSignal
}

/** Following what happens. */
export interface EventVerbs {
  /**
   * What happens in the state, whichever process does it: the lines of the audit that fit, oldest first, each of them once, as they
   * come. None is ever missed: who keeps the `seq` of the last one that it has dealt with goes on behind it after a restart. Any
   * number of followers; nothing is changed, and a follower costs one small read of the state each `everyMs`. Leaving the loop ends
   * it, and so do the signal and `close`; a stream made of it (`Readable.from`) ends it when it is destroyed, also while nothing
   * happens.
   *
   * ```ts
   * for await (const { event, domain, seq } of domainctl.events({ events: ['certificate.stored'], signal })) reload(domain)
   * ```
   * @throws in the loop: `USAGE`, `NAME_INVALID`, `STATE_…`
   */
  events(o?: EventsOptions): AsyncIterable<AuditLine>
}
