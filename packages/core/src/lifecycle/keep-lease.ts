import type { Runtime } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'

export interface KeptLease {
  /** What is held, with its end as the state last confirmed it. */
  lease: { readonly until: Date }
  /** For the log. */
  what: Record<string, unknown>
  /** Time between heartbeats, in ms. */
  everyMs: number
  /** At the first heartbeat with no more than this left, in ms, the work has to end. */
  endsBeforeMs: number
  /** Prolongs it. */
  beat(): Promise<void>
  /** It is lost, or may soon be: whoever works under it has to stop. May be called more than once. */
  onEnd(cause?: unknown): void
}

/**
 * Keeps a lease alive by heartbeats until the function that it returns is called. A state that fails or does not answer is
 * borne for a while: what is done under the lease ends before the lease could (requirements E2).
 */
export function keepLease({ clock, logger }: Pick<Runtime, 'clock' | 'logger'>, o: KeptLease): () => void {
  return clock.every(o.everyMs, () => void beatOnce())

  async function beatOnce(): Promise<void> {
    if (o.lease.until.getTime() - clock.now().getTime() <= o.endsBeforeMs) o.onEnd()
    try {
      await o.beat()
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
