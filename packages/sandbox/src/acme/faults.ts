import { createFaultList, type Strike } from '../fault-list.ts'
import { checkFault } from './checked-fault.ts'
import type { ActiveFault, Fault, Resource } from './settings.ts'

/** The faults that tests ask for. */
export interface Faults {
  /** @throws DomainctlError `USAGE` */
  add(fault: Fault): ActiveFault
  /** What the request that has just come for this resource is to suffer. */
  next(resource: Resource): Strike<Fault['answer']> | undefined
}

/** None at first. */
export function createFaults(): Faults {
  const faults = createFaultList<Fault>()
  return {
    add(fault) {
      checkFault(fault)
      return faults.add(fault)
    },
    next: (resource) => faults.next((fault) => fault.resource === resource),
  }
}
