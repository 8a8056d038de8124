import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** A relay before a name server, such as old load balancers are: it knows no CAA records and fails at the question. */
export interface Middlebox {
  /** As it is until its maker mends it. */
  fails: boolean
  stop(): Promise<void>
}

const CAA = 257
const SERVFAIL = 2
const HEADER = 12

/** Relays UDP from `address` to `server`, at each of the ports. */
export async function startMiddlebox(address: string, server: string, ports: readonly number[]): Promise<Middlebox> {
  const middlebox = { fails: true }
  const sockets: Socket[] = []
  for (const port of ports) {
    const front = createSocket('udp4')
    sockets.push(front)
    front.on('message', (query, peer) => {
      if (middlebox.fails && typeOf(query) === CAA) front.send(failureOf(query), peer.port, peer.address)
      else relay(query, { address: server, port }, (reply) => front.send(reply, peer.port, peer.address))
    })
    front.bind(port, address)
    await once(front, 'listening')
  }
  return Object.assign(middlebox, {
    stop: async () => {
      await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))))
    },
  })
}

/** Each question has a socket of its own, so that no answer can go to somebody else. */
function relay(query: Buffer, to: { address: string; port: number }, answer: (reply: Buffer) => void): void {
  const back = createSocket('udp4')
  const done = setTimeout(() => back.close(), 3_000).unref()
  back.once('message', (reply) => {
    clearTimeout(done)
    back.close()
    answer(reply)
  })
  back.once('error', () => {})
  back.send(query, to.port, to.address)
}

/** The type of the one question (RFC 1035 §4.1.2). */
function typeOf(query: Buffer): number | undefined {
  let end = HEADER
  while (end < query.length && query[end] !== 0) end += 1 + (query[end] ?? 0)
  return end + 3 <= query.length ? query.readUInt16BE(end + 1) : undefined
}

function failureOf(query: Buffer): Buffer {
  let end = HEADER
  while (end < query.length && query[end] !== 0) end += 1 + (query[end] ?? 0)
  const reply = Buffer.from(query.subarray(0, end + 5))
  // QR and RCODE; what came with the question, such as EDNS, is left out.
  reply.writeUInt16BE((query.readUInt16BE(2) & 0x7900) | 0x8000 | SERVFAIL, 2)
  reply.writeUInt16BE(0, 10)
  return reply
}
