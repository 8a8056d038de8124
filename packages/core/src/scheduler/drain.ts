import type { Clock, Logger } from '../contracts/runtime.ts'

/** What was aborted takes its records away under a deadline of its own; so long that is waited for, in ms. */
const CLEAN_UP = 30_000

/** Waits for what is under way: `drainMs` for it to end, then for what it has to clean up, and no longer. */
export async function drain(
  running: readonly Promise<void>[],
  cut: AbortController,
  { clock, logger, drainMs, signal }: { clock: Clock; logger: Logger; drainMs: number; signal: AbortSignal },
): Promise<void> {
  if (running.length === 0) return
  const all = Promise.all(running)
  if (await within(clock, drainMs, all)) return
  cut.abort(signal.reason)
  if (await within(clock, CLEAN_UP, all)) return
  logger.log('error', 'work was left that did not end; its leases run out, and the next run goes on with it', {
    steps: running.length,
  })
}

/** Whether it ended in time. */
export async function within(clock: Clock, ms: number, all: Promise<unknown>): Promise<boolean> {
  const over = new AbortController()
  const late = clock.sleep(ms, over.signal).then(
    () => false,
    () => true,
  )
  const inTime = await Promise.race([all.then(() => true), late])
  over.abort()
  return inTime
}
