/** Runs works of one key one after the other, in the order in which they were asked for. */
export type InTurn = <T>(key: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>

/** Within this process: across processes nothing here holds anybody back. */
export function inTurn(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return async (key, signal, work) => {
    const before = last.get(key) ?? Promise.resolve()
    const turn = before.then(async () => {
      signal.throwIfAborted()
      return await work()
    })
    const settled = turn.catch(() => undefined)
    last.set(key, settled)
    settled.then(() => last.get(key) === settled && last.delete(key))
    return await orAborted(turn, signal)
  }
}

/** Who waits for others goes at once when the signal aborts. */
export function orAborted<T>(turn: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
