import type { HealthNews } from '../domain/health/damping.ts'
import type { HealthOutcome } from '../domain/health/observation.ts'
import type { SpanState } from '../domain/health/uptime.ts'
import type { Notice } from '../domain/notice.ts'

/** What one check came to. */
export interface DomainCheck {
  tenant: string
  /** The primary name. */
  name: string
  outcome: HealthOutcome
  /** What is known after it: `failing` is being made sure of. */
  is: 'ok' | 'failing' | 'broken'
  layer?: string
  code?: string
  message?: string
  /** What is new about the domain; what people are told of it is in `notices`. */
  news?: HealthNews
  notices: Notice[]
}

/** The health of a domain, as programs see it. Times are ISO 8601 UTC. */
export interface HealthReport {
  name: string
  /**
   * `unknown`: the last check has learnt nothing of it, and nothing was wrong before · `unchecked`: not yet · `unwatched`: it has no
   * certificate, is suspended, or nothing of it is measured.
   */
  state: 'ok' | 'failing' | 'broken' | 'unknown' | 'unchecked' | 'unwatched'
  /** Of `failing` and `broken`: the first failure. */
  since?: string
  /** It comes and goes: no more is said of it until it is steady. */
  flapping?: true
  checkedAt?: string
  nextCheckAt?: string
  /** What the last check that failed has found, until one succeeds; of `unknown` why nothing is learnt (`message` alone). */
  problem?: { layer?: string; code?: string; address?: string; message?: string }
  history: {
    from: string
    to: string
    /** In % of the time that was measured, with three digits; null: none was. An outage counts from its first failure. */
    uptime: number | null
    upSeconds: number
    downSeconds: number
    /** Nobody looked, or nothing could be told. */
    unknownSeconds: number
    /** Oldest first; checks in a row of one day that found the same are one span. The command leaves them out unless asked. */
    spans?: HealthSpanReport[]
  }
}

/** A time in which the health was one and the same. */
export interface HealthSpanReport {
  /** `failing`: a failure that was refuted; counts as up. `unknown`: nothing was learnt. */
  state: SpanState
  from: string
  /** Of the last check in it. */
  to: string
  checks: number
  layer?: string
  code?: string
  address?: string
  /** How long checks took that succeeded. */
  ms?: { mean: number; most: number }
}

/** The verbs about how names serve their visitors. */
export interface HealthVerbs {
  /**
   * Checks domains of all tenants whose time has come (requirements H2), or with `names` those of this tenant now; at most `limit`
   * (default 1,000), `width` at a time (default 32). Any number of processes share the work: each check is done by one. Killed, what
   * was not written is due again three minutes later. A domain that cannot be checked keeps no other from it. History that is older
   * than 30 days is forgotten on the way.
   * @throws `DOMAIN_NOT_FOUND`, `INTERRUPTED`, `STATE_…`
   */
  checkHealth(o?: { signal?: AbortSignal; names?: readonly string[]; limit?: number; width?: number }): Promise<DomainCheck[]>
  /**
   * What is known of the health of a domain, and its history of the last `historyMs` (default and most: 30 days). Asks nobody.
   * @throws `DOMAIN_NOT_FOUND`
   */
  health(name: string, o?: { historyMs?: number }): Promise<HealthReport>
}
