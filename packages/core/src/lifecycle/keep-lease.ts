import type { Runtime } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'

export interface KeptLease {
  /** When it was asked for, by the clock of this process: the state's own may be another one, and minutes off (requirements E2). */
  since: Date
  /** How long it lasts from then on, and from each heartbeat on, in ms. */
  ttlMs: number
  /** For the log. */
  what: Record<string, unknown>
  /** Time between heartbeats, in ms. */
  everyMs: number
  /** With no more than this left, in ms, the work has to end. */
  endsBeforeMs: number
  /** Prolongs it. */
  beat(): Promise<void>
  /** It is lost, or may soon be: whoever works under it has to stop. May be called more than once. */
  onEnd(cause?: unknown): void
}

/** The heart of a lease. */
export interface Heartbeat {
  /** Ends the work when the time is over. A process that was stopped has no timers, and learns of it by this before it goes on. */
  check(): void
  stop(): void
}

/**
 * Keeps a lease alive by heartbeats until it is stopped. A state that fails or does not answer is borne for a while: what is done
 * under the lease ends before the lease could (requirements E2).
 */
export function keepLease({ clock, logger }: Pick<Runtime, 'clock' | 'logger'>, o: KeptLease): Heartbeat {
  const lastsMs = o.ttlMs - o.endsBeforeMs
  let since = o.since.getTime()
  /** Heartbeats since: what has passed at least, should the clock have been set back. */
  let unanswered = 0
  const check = () => {
    if (Math.max(clock.now().getTime() - since, unanswered * o.everyMs) >= lastsMs) o.onEnd()
  }
  return { check, stop: clock.every(o.everyMs, () => void beatOnce()) }

  async function beatOnce(): Promise<void> {
    unanswered += 1
    check()
    const asked = clock.now().getTime()
    try {
      await o.beat()
      since = asked
      unanswered = 0
    } catch (error) {
      if (isLost(error)) o.onEnd(error)
      else logger.log('warn', 'heartbeat failed', { ...o.what, error: String(error) })
    }
  }
}

/** Whether somebody else has the lease now. */
export function isLost(error: unknown): boolean {
  return error instanceof DomainctlError && error.code === 'LEASE_LOST'
}

/** Why a signal that followed another one ends with the work that it was for. */
export const DONE = new Error('the work is over')
