import type { HealthNews } from '../domain/health/damping.ts'
import type { IncidentStep, Member } from '../domain/health/incidents.ts'
import type { HealthSpan, SpanState } from '../domain/health/uptime.ts'
import type { Notice } from '../domain/notice.ts'
import type { DomainView } from './domain-view.ts'
import type { HealthRecord } from './health-record.ts'

export type { HealthRecord } from './health-record.ts'

/** The right to check one domain once. */
export interface ClaimedCheck extends DomainView {
  /** Tells this claim from all others. */
  claim: string
  health: HealthRecord
}

/** What a check has found, and what is to be written of it. */
export interface CheckedHealth {
  claim: string
  domainId: string
  /** As it is now, but for the incident, which the store finds out. */
  health: Omit<HealthRecord, 'domainId' | 'incident' | 'seen' | 'checkedAt' | 'nextCheckAt'> & {
    checkedAt: Date
    nextCheckAt: Date
  }
  span: { state: SpanState; ms?: number }
  /** It is an outage since then: what was `failing` from then on was the beginning of it. */
  brokenSince?: Date
  news?: { news: HealthNews; member: Member }
  /** Of something else than an incident. */
  notices: Notice[]
  /** The notices are written into the outbox as well, as by `addNotices`: there is somebody to tell. */
  toOutbox?: boolean
}

/**
 * Health in the state: a row of its own for each domain that is watched (it has a certificate, and is neither suspended nor removed).
 * It has nothing to do with the domain's lease: an issuance that takes hours stops no check.
 */
export interface HealthStore {
  /**
   * Domains whose check is due at `now`, longest due first, and by turns with these those of which a failure is being made sure of,
   * whatever has been due for longer; claims nothing.
   */
  dueChecks(now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]>
  /**
   * Claims checks for `forMs`, each for one caller: those that are due, as `dueChecks` orders them, or with `domainIds` those of them that
   * nobody is checking, and with `onlyDue` of these those that are due. One that is not saved in that time is due again.
   */
  claimChecks(
    now: Date,
    limit: number,
    o: { claim: string; forMs: number; domainIds?: readonly string[]; onlyDue?: boolean },
  ): Promise<ClaimedCheck[]>
  /**
   * Writes what a check has found, its place in the history, its incident and (`toOutbox`) the notices in one transaction, and
   * gives the claim back. `tell` makes notices of what an incident's step is for people; it may be called again when the transaction is.
   * @returns what people are told; null when the claim was not ours any more, and nothing was written
   */
  saveCheck(checked: CheckedHealth, tell: (step: IncidentStep) => Notice[]): Promise<Notice[] | null>
  /** What is known of these domains' health; of those that were never watched, nothing. */
  healthOf(domainIds: readonly string[]): Promise<HealthRecord[]>
  /** The history of a domain that reaches beyond `from`, oldest first. */
  healthSpans(domainId: string, from: Date): Promise<HealthSpan[]>
  /** Deletes history that began before this time, at most `limit` spans of it: small pieces keep nobody waiting. @returns how many */
  forgetHealth(before: Date, limit: number): Promise<number>
}
