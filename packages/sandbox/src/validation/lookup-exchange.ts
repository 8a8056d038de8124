import type { Clock } from '@domainctl/core'

/** How long an answer is waited for. */
export interface Patience {
  readonly clock: Pick<Clock, 'sleep'>
  /** For each time that something is sent. */
  readonly timeoutMs: number
}

/** What an exchange is settled with, and by what it sees that it is over. */
export interface Settling {
  resolve(answer: Buffer): void
  reject(reason: unknown): void
  /** Aborts when all is over, whichever way it ended: sockets close, sleeps end. */
  readonly over: AbortSignal
}

/** A reason of our own: without one, each abort makes an exception, with a stack, that nobody looks at. */
const OVER = 'over'

/** Gives what `start` settles it with, or the signal's reason when that aborts first. Only the first counts. */
export async function exchange(signal: AbortSignal, start: (settling: Settling) => void): Promise<Buffer> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const over = new AbortController()
  const aborted = () => reject(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  try {
    start({ resolve, reject, over: over.signal })
    return await promise
  } finally {
    signal.removeEventListener('abort', aborted)
    over.abort(OVER)
  }
}

/** The parts of `address:port`; an IPv6 address may stand in brackets. */
export function endpointOf(server: string): { address: string; port: number } {
  const colon = server.lastIndexOf(':')
  return { address: server.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(server.slice(colon + 1)) }
}

/** The code of an error of a socket, which says more in fewer words than its message. */
export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
