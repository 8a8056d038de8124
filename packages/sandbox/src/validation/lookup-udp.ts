import { exchange, type Patience } from './lookup-exchange.ts'
import { LookupFailure, type LookupQuery } from './lookup-question.ts'
import type { Conversations } from './udp-conversations.ts'

/** The first time and one repeat: datagrams get lost. */
const ATTEMPTS = 2

/**
 * Sends a query in a datagram, and waits for the datagram with its ID. Others from the same server are passed over: they may
 * be late answers to whoever had the port before.
 * @throws LookupFailure; the signal's reason when it aborts
 */
export function askByUdp(
  query: LookupQuery,
  { clock, timeoutMs, conversations }: Patience & { readonly conversations: Conversations },
  signal: AbortSignal,
): Promise<Buffer> {
  return exchange(signal, ({ resolve, reject, over }) => {
    const part = conversations.join(query, { resolve, reject })
    over.addEventListener('abort', part.leave, { once: true })

    async function send(): Promise<never> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        part.send()
        await clock.sleep(timeoutMs, over)
      }
      if (part.passedOver() > 0) throw new LookupFailure(query, 'Only answers with other IDs')
      throw new LookupFailure(query, `No answer within ${timeoutMs} ms, asked ${ATTEMPTS} times,`)
    }

    send().catch(reject)
  })
}
