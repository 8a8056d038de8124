// A function that a schedule calls, as serverless platforms have them: it does what is due, for as long as it may run, and ends.
// Call it every ten minutes. The state is in PostgreSQL, since nothing of the machine is there the next time.
import { createDomainctl, type DomainctlOptions, type RunOutcome } from '@domainctl/core'

/** Before the platform ends the function by force, in ms: what is under way gets to end, and its challenge records to go away. */
const DRAIN_MS = 5_000
/** As long as `run` gives it (`drainMs` of its options). */
const CLEAN_UP_MS = 30_000

export interface HandlerOptions extends DomainctlOptions {
  /** How long the function may run in all, in ms: more than the 35 s that its end may take. */
  mayRunMs: number
}

export interface Report {
  /** What was done: `issued`, `renewed`, … with the name. */
  done: { name: string; what: string }[]
  /** These are tried again by themselves when it is time; nobody has to call for it. */
  failed: { name: string; code: string; message: string; hint: string }[]
  /** False: the time was over before everything due was done; the next call goes on. */
  finished: boolean
}

/**
 * @param signal in the options: ends each call as its time does, for platforms that say so themselves
 * @throws RangeError when there is no time for anything
 */
export function createHandler({ mayRunMs, signal, ...options }: HandlerOptions) {
  const workMs = mayRunMs - DRAIN_MS - CLEAN_UP_MS
  if (!(workMs > 0)) throw new RangeError(`mayRunMs is ${mayRunMs}: give more than ${DRAIN_MS + CLEAN_UP_MS}`)
  return async function handler(): Promise<Report> {
    const timeout = AbortSignal.timeout(workMs)
    const deadline = signal ? AbortSignal.any([timeout, signal]) : timeout
    const domainctl = await createDomainctl({ ...options, signal: deadline })
    try {
      const outcomes: RunOutcome[] = []
      const onOutcome = (outcome: RunOutcome) => outcomes.push(outcome)
      await domainctl.run({ signal: deadline, once: true, drainMs: DRAIN_MS, onOutcome })
      return {
        done: outcomes.flatMap(({ name, done }) => (done === undefined || done === 'nothing' ? [] : [{ name, what: done }])),
        failed: outcomes.flatMap(({ name, error }) =>
          error ? [{ name, code: error.code, message: error.message, hint: error.hint }] : [],
        ),
        finished: !deadline.aborted,
      }
    } finally {
      await domainctl.close()
    }
  }
}
