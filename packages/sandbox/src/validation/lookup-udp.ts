import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { codeOf, endpointOf, exchange, type Patience } from './lookup-exchange.ts'
import { claimsToAnswer } from './lookup-message.ts'
import { LookupFailure, type LookupQuery } from './lookup-question.ts'

/** The first time and one repeat: datagrams get lost. */
const ATTEMPTS = 2

/**
 * Sends a query in a datagram from a port of its own, and waits for the datagram with its ID. Others from the same server
 * are passed over: they may be late answers to whoever had the port before.
 * @throws LookupFailure; the signal's reason when it aborts
 */
export function askByUdp(query: LookupQuery, { clock, timeoutMs }: Patience, signal: AbortSignal): Promise<Buffer> {
  return exchange(signal, ({ resolve, reject, over }) => {
    const { address, port } = endpointOf(query.server)
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', signal: over })
    let passedOver = 0

    async function send(): Promise<never> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        socket.send(query.message)
        await clock.sleep(timeoutMs, over)
      }
      if (passedOver > 0) throw new LookupFailure(query, 'Only answers with other IDs')
      throw new LookupFailure(query, `No answer within ${timeoutMs} ms, asked ${ATTEMPTS} times,`)
    }

    socket.on('error', (cause) => reject(new LookupFailure(query, `No way to ask (${codeOf(cause)})`, { cause })))
    socket.on('message', (message) => {
      if (claimsToAnswer(message, query)) resolve(message)
      else passedOver += 1
    })
    socket.once('connect', () => void send().catch(reject))
    // Connected, so that nobody else's datagrams arrive here and an ICMP "port unreachable" does.
    socket.connect(port, address)
  })
}
