import type { SandboxRuntime } from '../runtime.ts'
import { claimsToAnswer, isTruncated, type LookupAnswer, readAnswer, writeQuery } from './lookup-message.ts'
import { LookupFailure, type LookupQuestion } from './lookup-question.ts'
import { askByTcp } from './lookup-tcp.ts'
import { askByUdp } from './lookup-udp.ts'
import { createConversations } from './udp-conversations.ts'

/**
 * Asks one server one question and gives its answer as it is: CNAMEs are not followed, nothing is kept. May be called
 * any number of times at once.
 * @throws LookupFailure; the signal's reason when it aborts
 */
export type Lookup = (question: LookupQuestion, signal: AbortSignal) => Promise<LookupAnswer>

/**
 * A stub client: UDP, TCP when the answer does not fit.
 * @param options.timeoutMs how long each datagram, and each connection, is waited on
 */
export function createStubClient(options: { runtime: SandboxRuntime; timeoutMs: number }): Lookup {
  const { runtime, timeoutMs } = options
  const patience = { clock: runtime.clock, timeoutMs, conversations: createConversations() }
  return async (question, signal) => {
    const query = writeQuery(question, runtime.random)
    const datagram = await askByUdp(query, patience, signal)
    if (!isTruncated(datagram)) return readAnswer(datagram, query)

    const message = await askByTcp(query, patience, signal)
    if (claimsToAnswer(message, query) && isTruncated(message)) {
      throw new LookupFailure(query, 'An answer that is cut even over TCP')
    }
    return readAnswer(message, query)
  }
}
