import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type Answer, AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode, TRUNCATED_RESPONSE } from 'dns-packet'

/** A question that a {@link DnsServer} was asked. */
export interface AskedQuestion {
  /** As it came, letters in their case. */
  name: string
  type: string
  recursionDesired: boolean
  transport: 'udp' | 'tcp'
  /** The query announced EDNS. */
  edns: boolean
}

/** What a {@link DnsServer} replies: the question and its id are repeated unless they are given here. */
export interface DnsReply {
  /** 0 (NOERROR) when left out. */
  rcode?: number
  aa?: boolean
  /** Over UDP this is set by itself when the reply does not fit; the records are then left out. */
  tc?: boolean
  answers?: Answer[]
  authorities?: Answer[]
  additionals?: Answer[]
  id?: number
  question?: { name: string; type: 'TXT' | 'CNAME' | 'A' | 'AAAA' | 'NS' | 'SOA' | 'CAA' }
}

/** One reply, raw bytes, nothing at all, or the end of the TCP connection; several are sent one after the other. */
export type DnsReaction = DnsReply | Uint8Array | 'silence' | 'hang-up'
export type DnsHandler = (question: AskedQuestion, query: DecodedPacket) => DnsReaction | DnsReaction[]

/** A scripted name server on loopback, over UDP and TCP on one port. */
export interface DnsServer {
  readonly address: string
  readonly port: number
  /** `address:port`. */
  readonly endpoint: string
  /** Every question so far, oldest first. */
  readonly log: AskedQuestion[]
  /** May be replaced at any time. */
  handler: DnsHandler
  close(): Promise<void>
}

/** Starts one server on 127.0.0.1 and a free port. */
export async function startDnsServer(handler: DnsHandler): Promise<DnsServer> {
  const [server] = await startDnsServers([handler])
  if (!server) throw new Error('no server was started')
  return server
}

/**
 * Starts a server for each handler on 127.0.0.1, 127.0.0.2, … and one port that is free on all of them, because NS
 * records carry no port. Needs Linux, where the whole of 127.0.0.0/8 is there without configuration.
 */
export async function startDnsServers(handlers: readonly DnsHandler[]): Promise<DnsServer[]> {
  for (let attempt = 1; ; attempt += 1) {
    const started: DnsServer[] = []
    try {
      for (const [i, handler] of handlers.entries())
        started.push(await listen(`127.0.0.${i + 1}`, started[0]?.port ?? 0, handler))
      return started
    } catch (thrown) {
      await Promise.all(started.map((server) => server.close()))
      const isTaken = thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE'
      if (!isTaken || attempt === 20) throw thrown
    }
  }
}

async function listen(address: string, port: number, handler: DnsHandler): Promise<DnsServer> {
  const udp = createSocket('udp4')
  const tcp = createServer()
  const connections = new Set<Socket>()
  let closing: Promise<unknown> | undefined
  const close = async () => {
    for (const socket of connections) socket.destroy()
    closing ??= Promise.all([closed(udp), tcp.listening ? closed(tcp) : undefined])
    await closing
  }
  try {
    udp.bind(port, address)
    await once(udp, 'listening')
    tcp.listen(udp.address().port, address)
    await once(tcp, 'listening')
  } catch (thrown) {
    await close()
    throw thrown
  }
  const bound = udp.address().port
  const server: DnsServer = { address, port: bound, endpoint: `${address}:${bound}`, log: [], handler, close }

  udp.on('message', (bytes, peer) => {
    for (const reply of react(server, bytes, 'udp')) udp.send(reply, peer.port, peer.address)
  })
  tcp.on('connection', (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    // The client may hang up at any time.
    socket.on('error', () => socket.destroy())
    let received = Buffer.alloc(0)
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        for (const reply of react(server, received.subarray(2, end), 'tcp', () => socket.destroy())) {
          const length = Buffer.alloc(2)
          length.writeUInt16BE(reply.length)
          socket.write(Buffer.concat([length, reply]))
        }
        received = received.subarray(end)
      }
    })
  })
  return server
}

function react(server: DnsServer, bytes: Buffer, transport: 'udp' | 'tcp', hangUp?: () => void): Uint8Array[] {
  const query = decode(bytes)
  const [asked] = query.questions ?? []
  if (!asked) return []
  const opt = query.additionals?.find((record) => record.type === 'OPT')
  const question = { name: asked.name, type: asked.type, recursionDesired: query.flag_rd, transport, edns: opt !== undefined }
  server.log.push(question)
  const room = transport === 'tcp' ? 65_535 : (opt?.udpPayloadSize ?? 512)
  return [server.handler(question, query)].flat().flatMap((reaction) => {
    if (reaction === 'hang-up') hangUp?.()
    if (reaction === 'silence' || reaction === 'hang-up') return []
    return [reaction instanceof Uint8Array ? reaction : encodeReply(reaction, query, room)]
  })
}

/** The bytes of a reply to `query`; cut to its question and flagged when they would not fit into `room`. */
export function encodeReply(reply: DnsReply, query: DecodedPacket, room = 65_535): Buffer {
  const flags = (reply.rcode ?? 0) | (reply.aa ? AUTHORITATIVE_ANSWER : 0) | (reply.tc ? TRUNCATED_RESPONSE : 0)
  const frame = {
    type: 'response',
    id: reply.id ?? query.id,
    questions: reply.question ? [{ ...reply.question, class: 'IN' as const }] : query.questions,
  } as const
  const { answers = [], authorities = [], additionals = [] } = reply
  const whole = encode({ ...frame, flags, answers: answers.map(ownData), authorities, additionals })
  return whole.length <= room ? whole : encode({ ...frame, flags: flags | TRUNCATED_RESPONSE })
}

/** A copy of TXT data: the encoder replaces strings in place by buffers. */
function ownData(answer: Answer): Answer {
  return answer.type === 'TXT' && Array.isArray(answer.data) ? { ...answer, data: [...answer.data] } : answer
}

function closed(closable: { close(callback: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => {
    closable.close(() => resolve())
  })
}
