/** A fault that one request is to suffer. */
export interface Strike<Answer> {
  readonly answer: Answer
  /** Says that the request has suffered it. */
  count(): void
}

/** A fault in force. */
export interface FaultInForce {
  /** How many requests have suffered it. */
  readonly hits: number
  /** Takes it away; idempotent. */
  remove(): void
}

/** The faults that tests ask of a server; none at first. */
export interface FaultList<Fault extends { nth?: number; answer: unknown }> {
  add(fault: Fault): FaultInForce
  /** What the request that has just come is to suffer. Each fault that `strikes` it sees it; the first that fits wins. */
  next(strikes: (fault: Fault) => boolean): Strike<Fault['answer']> | undefined
}

export function createFaultList<Fault extends { nth?: number; answer: unknown }>(): FaultList<Fault> {
  const faults = new Set<{ readonly fault: Fault; seen: number; hits: number }>()
  return {
    add(fault) {
      const entry = { fault, seen: 0, hits: 0 }
      faults.add(entry)
      return {
        get hits() {
          return entry.hits
        },
        remove: () => void faults.delete(entry),
      }
    },
    next(strikes) {
      let strike: Strike<Fault['answer']> | undefined
      for (const entry of faults) {
        const { fault } = entry
        if (!strikes(fault)) continue
        entry.seen += 1
        if (fault.nth !== undefined && fault.nth !== entry.seen) continue
        if (fault.nth !== undefined) faults.delete(entry)
        strike ??= {
          answer: fault.answer,
          count() {
            entry.hits += 1
          },
        }
      }
      return strike
    },
  }
}
