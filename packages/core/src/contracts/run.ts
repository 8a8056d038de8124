import type { DomainStatus } from '../domain/model.ts'
import type { DomainctlError } from '../errors.ts'

/** How `run` goes about it. */
export interface RunOptions {
  /** Ends it: nothing new is begun. */
  signal: AbortSignal
  /** Ends when everything that is due has been done once, for cron and CI. */
  once?: boolean
  /** Domains at a time (default 16); of one CA or one provider at most three quarters of them. */
  width?: number
  /**
   * How long what is under way gets to end once the signal has aborted, in ms (default 20,000); then it is aborted, and has 30 s more
   * to take its records away.
   */
  drainMs?: number
  /** After each look at what is due that went well, every 6 s at the least. */
  onTick?: (tick: RunTick) => void
  /** What is due could not be read, or no look at it has ended for two minutes; it goes on trying. Absent: the logger is told. Not with `once`, which throws. */
  onTrouble?: (error: DomainctlError) => void
  onOutcome?: (outcome: RunOutcome) => void
  /** The metrics as Prometheus reads them: once a minute, and at the end. What it throws is logged. */
  onMetrics?: (text: string) => Promise<void>
}

/** A look at what is due. */
export interface RunTick {
  at: Date
  /** Steps under way. */
  running: number
  /** What is due and has no place yet, as far as it was asked for. */
  waiting: number
}

/** What became of one piece of work. */
export interface RunOutcome {
  /** Of work: `domain`, `deploy`, or `health` for a check. */
  kind: string
  tenant: string
  /** The primary name. */
  name: string
  /** The status that it had before. */
  status?: DomainStatus
  /** How long it took, in ms. */
  tookMs: number
  /**
   * `verified`, `not ready`, `gave up`, `issued`, `renewed`, `erased`, `deployed` or `nothing`; of a check what is new about the domain (such as `outage` or `recovery`), or `checked`;
   * absent: it failed.
   */
  done?: string
  error?: DomainctlError
}
