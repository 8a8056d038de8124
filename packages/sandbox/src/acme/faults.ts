import { checkFault } from './checked-fault.ts'
import type { ActiveFault, Fault, Resource } from './settings.ts'

/** A fault that one request is to suffer. */
export interface Strike {
  readonly answer: Fault['answer']
  /** Says that the request has suffered it. */
  count(): void
}

/** The faults that tests ask for. */
export interface Faults {
  /** @throws DomainctlError `USAGE` */
  add(fault: Fault): ActiveFault
  /** What the request that has just come for this resource is to suffer. Each fault sees it; the first that fits wins. */
  next(resource: Resource): Strike | undefined
}

/** None at first. */
export function createFaults(): Faults {
  const faults = new Set<{ readonly fault: Fault; seen: number; hits: number }>()
  return {
    add(fault) {
      checkFault(fault)
      const entry = { fault, seen: 0, hits: 0 }
      faults.add(entry)
      return {
        get hits() {
          return entry.hits
        },
        remove: () => void faults.delete(entry),
      }
    },
    next(resource) {
      let strike: Strike | undefined
      for (const entry of faults) {
        const { fault } = entry
        if (fault.resource !== resource) continue
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
