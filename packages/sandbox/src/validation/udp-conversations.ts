import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { codeOf, endpointOf, type Settling } from './lookup-exchange.ts'
import { idOf } from './lookup-message.ts'
import { LookupFailure, type LookupQuery } from './lookup-question.ts'

/** Who is told what comes of a query: the first datagram with its ID, or what befell the socket. */
type Asker = Pick<Settling, 'resolve' | 'reject'>

/** The conversations that are going on, each with one server. */
export interface Conversations {
  /** Takes a query into the conversation with its server; begins it when there is none. */
  join(query: LookupQuery, asker: Asker): Part
}

/** What one query has of a conversation. */
export interface Part {
  /** Sends the query, as soon as there is a way. */
  send(): void
  /** How many datagrams have come since it joined that answered nobody. */
  passedOver(): number
  /** The conversation ends with its last part. */
  leave(): void
}

interface Conversation {
  readonly socket: Socket
  readonly server: string
  readonly connected: Promise<void>
  /** By ID. */
  readonly asked: Map<number, { query: LookupQuery; asker: Asker }>
  passedOver: number
  /** Tells all askers what befell the socket: what comes back from one datagram is told of the next that is sent, or of none. */
  fail(cause: Error): void
}

/**
 * Queries that are with a server at the same time share a socket: to open one and to close it takes longer than to ask. None
 * is open when nothing is asked.
 */
export function createConversations(): Conversations {
  const conversations = new Set<Conversation>()
  return {
    join(query, asker) {
      const { server, id, message } = query
      // Of two queries with one ID, neither could tell which answer is its own.
      const known = [...conversations].find((one) => one.server === server && !one.asked.has(id))
      const conversation = known ?? begin(server)
      const { asked, socket, connected } = conversation
      const before = conversation.passedOver
      conversations.add(conversation)
      asked.set(id, { query, asker })
      return {
        send: () =>
          void connected.then(() => asked.has(id) && socket.send(message, (cause) => cause && conversation.fail(cause))),
        passedOver: () => conversation.passedOver - before,
        leave() {
          asked.delete(id)
          if (asked.size === 0 && conversations.delete(conversation)) socket.close()
        },
      }
    },
  }
}

/** @throws when the server is none */
function begin(server: string): Conversation {
  const { address, port } = endpointOf(server)
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  const { promise: connected, resolve } = Promise.withResolvers<void>()
  const asked: Conversation['asked'] = new Map()
  const fail = (cause: Error) => {
    for (const { query, asker } of asked.values())
      asker.reject(new LookupFailure(query, `No way to ask (${codeOf(cause)})`, { cause }))
  }
  const conversation: Conversation = { socket, server, connected, asked, passedOver: 0, fail }
  socket.on('error', fail)
  socket.on('message', (message) => {
    const id = idOf(message)
    const one = id === undefined ? undefined : asked.get(id)
    if (one) one.asker.resolve(message)
    else conversation.passedOver += 1
  })
  socket.once('connect', resolve)
  try {
    // Connected, so that nobody else's datagrams arrive here and an ICMP "port unreachable" does.
    socket.connect(port, address)
  } catch (thrown) {
    socket.close()
    throw thrown
  }
  return conversation
}
