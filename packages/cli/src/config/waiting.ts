import type { Clock } from '@domainctl/core'

/** Does the work once for all who ask; anew for who asks after it has failed. */
export function onceDone<T>(work: () => Promise<T>): () => Promise<T> {
  let doing: Promise<T> | undefined
  return () => {
    doing ??= work().catch((failure) => {
      doing = undefined
      throw failure
    })
    return doing
  }
}

/** Who waits for others goes when the signal aborts. Not every adapter has async functions: what is no promise is an answer. */
export function orAborted<T>(call: T | PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return Promise.resolve(call)
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  Promise.resolve(call)
    .then(resolve, reject)
    .finally(() => signal.removeEventListener('abort', abort))
  return promise
}

/**
 * Waits no longer than that for code of others, and gives then what `late` gives. The process lives as long: without it Node
 * would end, silently and as if all were well, when nothing but a promise that nobody keeps is left.
 */
export async function within<T>(ms: number, clock: Clock, work: T | PromiseLike<T>, late: () => T): Promise<T> {
  const done = new AbortController()
  try {
    return await Promise.race([work, clock.sleep(ms, done.signal).then(late)])
  } finally {
    done.abort()
  }
}
