import type { Progress, VerbOptions } from '../contracts/verb-options.ts'
import { DomainctlError } from '../errors.ts'
import { type Services, signalOf } from './services.ts'

/** Between two looks, in ms: authoritative servers are asked, so nothing is cached by looking. */
export const LOOK_AGAIN = 5_000

/** What a look came to. */
export interface Looked<T> {
  /** What it is when there is no other look; may throw. */
  result(): T
  /** Why another one may find more. */
  waiting?: { reason: string; checks?: Progress['checks'] }
}

/** Looks until there is nothing to wait for, or `waitMs` is over. That somebody else is at work on the domain is waited for, too. */
export async function lookAgain<T>(
  { runtime: { clock } }: Pick<Services, 'runtime'>,
  name: string,
  o: VerbOptions & { waitMs?: number },
  look: () => Promise<Looked<T>>,
): Promise<T> {
  const until = clock.now().getTime() + (o.waitMs ?? 0)
  for (;;) {
    const { result, waiting } = await look().catch(heldByAnother)
    const left = until - clock.now().getTime()
    if (!waiting || left <= 0) return result()
    const { reason, checks } = waiting
    o.onProgress?.({ name, message: `waiting for DNS: ${reason}`, ...(checks && { checks }) })
    await clock.sleep(Math.min(LOOK_AGAIN, left), signalOf(o))
  }
}

function heldByAnother(error: unknown): Looked<never> {
  if (!(error instanceof DomainctlError) || error.code !== 'LEASE_HELD') throw error
  return {
    result: () => {
      throw error
    },
    waiting: { reason: error.message, checks: [] },
  }
}
