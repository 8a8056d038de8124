/** A signal that follows another one, until it is ended. */
export interface Following {
  signal: AbortSignal
  /** Aborts it with `reason` and lets go of the other one. Has to be called once it is not needed any more. */
  end(reason: unknown): void
}

/**
 * A signal that aborts when `signal` does. In place of AbortSignal.any, which is felt where it is done for each name, and
 * which on Node 22 leaves something behind in a signal that lives long (nodejs/node#55351).
 */
export function follow(signal: AbortSignal): Following {
  const own = new AbortController()
  const onAbort = () => own.abort(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return {
    signal: own.signal,
    end(reason) {
      signal.removeEventListener('abort', onAbort)
      own.abort(reason)
    },
  }
}
