import type { NoticeMessage, NoticeReceipt, Notifier } from '../contracts/notifier.ts'
import { follow } from '../domain/follow.ts'
import { DomainctlError } from '../errors.ts'

/** Longest time for one message, in ms: well before a claim on it ends. */
const SENT_WITHIN_MS = 30_000

const OVER = new Error('it is over')

/**
 * Sends a message within its time, also by a notifier that does not end when it is told to.
 * @throws `CHANNEL_UNREACHABLE` when the time is over, the reason of `callers`, and what the notifier throws
 */
export async function sendNotice(notifier: Notifier, message: NoticeMessage, callers: AbortSignal): Promise<NoticeReceipt> {
  const { signal, end } = follow(callers)
  const limit = AbortSignal.timeout(SENT_WITHIN_MS)
  limit.addEventListener('abort', () => end(limit.reason), { once: true })
  const over = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => over.reject(signal.reason), { once: true })
  // It is rejected in any case, at the latest when nobody waits for it any more.
  over.promise.catch(() => undefined)
  try {
    signal.throwIfAborted()
    return await Promise.race([over.promise, notifier.send(message, { signal })])
  } catch (thrown) {
    if (thrown !== limit.reason || callers.aborted) throw thrown
    throw new DomainctlError('CHANNEL_UNREACHABLE', `The channel did not take the notice within ${SENT_WITHIN_MS / 1000} s.`, {
      hint: 'It is tried again by itself; domainctl notify test shows whether that lasts.',
      cause: thrown,
    })
  } finally {
    end(OVER)
  }
}
