import { DomainctlError } from '@domainctl/core'
import { createFaultList, type Strike } from '../fault-list.ts'
import { shown } from '../shown.ts'

/** An answer that a test has written itself. */
export interface WrittenAnswer {
  /** 200 to 599. */
  status: number
  headers?: Readonly<Record<string, string>>
  /** Text as it is; an object is written as JSON. Nothing when not given. */
  body?: string | object
}

/** Makes requests to an API fail. */
export interface ApiFault<Operation extends string = string> {
  /** What the request asks for, by the name under which {@link ProviderApi.requests} counts it. */
  operation: Operation
  /** Which of these requests from now on, 1 the next; each of them when not given. */
  nth?: number
  /**
   * An answer, and nothing is carried out · `hang-up`: nothing is carried out, and the connection ends · `hang-up-after-write`:
   * the request is carried out, and the connection ends without an answer · `delay`: it is carried out, and the answer waits
   * for this promise.
   */
  answer: WrittenAnswer | 'hang-up' | 'hang-up-after-write' | { delay: () => Promise<unknown> }
}

/** A fault of an API in force. */
export interface ActiveApiFault {
  /** How many requests it has struck; those that are carried out all the same are counted when that is done. */
  readonly hits: number
  /** Takes it away; idempotent. */
  remove(): void
}

/** The faults that tests ask for. */
export interface ApiFaults<Operation extends string> {
  /** @throws DomainctlError `USAGE` for a fault that could strike no request, or give no answer */
  add(fault: ApiFault<Operation>): ActiveApiFault
  /** What the request that has just come is to suffer. Each fault sees it; the first that fits wins. */
  next(operation: Operation): Strike<ApiFault['answer']> | undefined
}

/** None at first. */
export function createApiFaults<Operation extends string>(operations: readonly Operation[]): ApiFaults<Operation> {
  const faults = createFaultList<ApiFault<Operation>>()
  return {
    add(fault) {
      checkFault(operations, fault)
      return faults.add(fault)
    },
    next: (operation) => faults.next((fault) => fault.operation === operation),
  }
}

/** Callers without types may pass anything. */
function checkFault(operations: readonly string[], { operation, nth, answer }: ApiFault): void {
  if (!operations.includes(operation)) {
    throw unusable(`${shown(operation)} is no operation of this API.`, `Use one of ${operations.join(', ')}.`)
  }
  if (nth !== undefined && !(Number.isSafeInteger(nth) && nth >= 1)) {
    throw unusable(`${shown(nth)} is no number of a request.`, 'Give 1 for the next, or nothing for each of them.')
  }
  if (answer === 'hang-up' || answer === 'hang-up-after-write') return
  const isObject = typeof answer === 'object' && answer !== null
  if (isObject && 'delay' in answer && typeof answer.delay === 'function') return
  const status = isObject && 'status' in answer ? answer.status : undefined
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599) {
    const hint = "Give { status: 503 }, 'hang-up', 'hang-up-after-write' or { delay: () => promise }."
    throw unusable('The answer of a fault is none.', hint)
  }
}

function unusable(message: string, hint: string): DomainctlError {
  return new DomainctlError('USAGE', message, { hint })
}
