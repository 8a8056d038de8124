import type { CallOptions } from '../contracts/dns-provider.ts'
import type { Clock } from '../contracts/runtime.ts'
import { follow } from '../domain/follow.ts'

/** Says that something was not done in time. */
export const LATE = Symbol('late')

/** Why what is under way is ended: the same for all, since an error of its own each time costs its stack. */
const [TOO_LATE, OVER] = [new Error('it takes too long'), new Error('it is over')]

/** Does `work` within `ms`; its signal aborts then, and whatever becomes of it is {@link LATE}. */
export async function within<T>(
  ms: number,
  { clock, signal }: CallOptions & { clock: Clock },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | typeof LATE> {
  const both = follow(signal)
  const patience = clock.sleep(ms, both.signal).then(
    () => both.end(TOO_LATE),
    () => undefined,
  )
  const isLate = () => both.signal.reason === TOO_LATE
  try {
    const result = await work(both.signal)
    return isLate() ? LATE : result
  } catch (thrown) {
    if (isLate()) return LATE
    throw thrown
  } finally {
    both.end(OVER)
    await patience
  }
}
