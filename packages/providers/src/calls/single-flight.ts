/** Work that several callers want at the same time is done once. It goes on until it is done, or all of them have gone. */
export type SingleFlight<T> = (key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>) => Promise<T>

interface Flight<T> {
  result: Promise<T>
  nobodyWaits: AbortController
  waiting: number
}

/** Each caller rejects with the reason of its own signal, at once. */
export function singleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>()

  function start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const nobodyWaits = new AbortController()
    const flight: Flight<T> = { result: work(nobodyWaits.signal), nobodyWaits, waiting: 0 }
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key)
    }
    flight.result.then(land, land)
    flights.set(key, flight)
    return flight
  }

  return (key, signal, work) => {
    signal.throwIfAborted()
    const flight = flights.get(key) ?? start(key, work)
    flight.waiting += 1
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        flight.waiting -= 1
        if (flight.waiting > 0) return
        // Whoever comes now begins anew: this one ends without a result.
        if (flights.get(key) === flight) flights.delete(key)
        flight.nobodyWaits.abort(signal.reason)
      }
      const abort = (): void => {
        reject(signal.reason)
        leave()
      }
      signal.addEventListener('abort', abort, { once: true })
      flight.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
    })
  }
}
