import { type Following, follow as followSignal } from '../domain/follow.ts'
import { sharePurse } from './purse.ts'

/** The result of `work`, or a rejection with the signal's reason as soon as it aborts; `work` itself goes on. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** {@link followSignal}; who asks with the new signal asks for the same call. */
export function follow(signal: AbortSignal): Following {
  const following = followSignal(signal)
  sharePurse(signal, following.signal)
  return following
}
