import { createHash } from 'node:crypto'
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet'
import type { SandboxRuntime } from '../runtime.ts'

/** A clock whose sleeps end when the test says so, and randomness that repeats itself in each run. */
export interface TestRuntime extends SandboxRuntime {
  /** Ends every sleep of now. */
  expire(): void
  /** How many sleep. */
  readonly sleeping: number
}

export function testRuntime(): TestRuntime {
  const sleepers = new Set<() => void>()
  let drawn = 0
  return {
    clock: {
      now: () => new Date('2030-01-01T00:00:00Z'),
      sleep(_, signal) {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        const leave = () => {
          sleepers.delete(leave)
          resolve()
        }
        sleepers.add(leave)
        const aborted = () => {
          sleepers.delete(leave)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', aborted, { once: true })
        return promise
      },
    },
    random: {
      bytes(length) {
        drawn += 1
        const digests = Array.from({ length: Math.ceil(length / 32) }, (_, at) => {
          return createHash('sha256').update(`${drawn} ${at}`).digest()
        })
        return new Uint8Array(Buffer.concat(digests).subarray(0, length))
      },
    },
    expire: () => [...sleepers].forEach((wake) => void wake()),
    get sleeping() {
      return sleepers.size
    },
  }
}

/** What a server does with what it is asked; without a part it stays silent there. */
export interface Script {
  /** The datagrams that are sent back. */
  udp?(query: Buffer): readonly Buffer[]
  /** Answers a message over TCP, its length prefix taken off. */
  tcp?(query: Buffer, socket: Socket): void
}

export interface ScriptedServer extends AsyncDisposable {
  readonly endpoint: string
  /** What came by which way, in order. */
  readonly queries: readonly { by: 'udp' | 'tcp'; message: Buffer }[]
}

/** A name server on loopback, UDP and TCP on one port, that does what the test says. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const queries: { by: 'udp' | 'tcp'; message: Buffer }[] = []
  const sockets = new Set<Socket>()
  const tcp = createServer((socket) => {
    sockets.add(socket)
    let received = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const message = received.subarray(2, 2 + received.readUInt16BE(0))
        received = received.subarray(2 + message.length)
        queries.push({ by: 'tcp', message })
        script.tcp?.(message, socket)
      }
    })
  })
  const udp = await bindBeside(tcp)
  udp.on('message', (message, { port, address }) => {
    queries.push({ by: 'udp', message })
    for (const answer of script.udp?.(message) ?? []) udp.send(answer, port, address)
  })
  return {
    endpoint: `127.0.0.1:${udp.address().port}`,
    queries,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      tcp.close()
      udp.close()
      await Promise.all([once(tcp, 'close'), once(udp, 'close')])
    },
  }
}

/** Listens on a port that is free for TCP and UDP alike; one that is free for TCP alone is given back. */
async function bindBeside(tcp: Server): Promise<UdpSocket> {
  for (;;) {
    tcp.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    const address = tcp.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has an address and a port')
    const udp = createSocket('udp4')
    udp.bind({ port: address.port, address: '127.0.0.1', exclusive: true })
    try {
      await once(udp, 'listening')
      return udp
    } catch {
      udp.close()
      tcp.close()
      await once(tcp, 'close')
    }
  }
}

export const RCODE = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const

/** An answer to a query as an authoritative server gives it. */
export function replyTo(query: Buffer, reply: { answers?: Answer[]; rcode?: number; flags?: number } = {}): Buffer {
  const { id = 0, questions = [] } = decode(query)
  const { answers = [], rcode = 0, flags = AUTHORITATIVE_ANSWER } = reply
  return encode({ type: 'response', id, flags: flags | rcode, questions, answers })
}

/** With its length before it (RFC 1035 §4.2.2). */
export function prefixed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(2)
  prefix.writeUInt16BE(message.length)
  return Buffer.concat([prefix, message])
}

export function txt(name: string, ...strings: (string | Buffer)[]): Answer {
  return { type: 'TXT', name, ttl: 60, class: 'IN', data: strings }
}

export function cname(name: string, target: string): Answer {
  return { type: 'CNAME', name, ttl: 60, class: 'IN', data: target }
}

/** @param tag any, though dns-packet's type knows three alone */
export function caa(name: string, flags: number, tag: string, value: string): Answer {
  const record = { type: 'CAA' as const, name, ttl: 60, class: 'IN' as const, data: { flags, tag: 'issue' as const, value } }
  return { ...record, data: Object.assign(record.data, { tag }) }
}

/** Answers from these records: a CNAME alone where there is one, NODATA and NXDOMAIN where there is nothing. */
export function zoneScript(records: readonly Answer[], rcodes: Readonly<Record<string, number>> = {}): Script {
  return {
    udp(query) {
      const [question] = decode(query).questions ?? []
      const name = question?.name.toLowerCase() ?? ''
      const failing = rcodes[`${question?.type} ${name}`]
      if (failing !== undefined) return [replyTo(query, { rcode: failing })]
      const here = records.filter((record) => record.name === name)
      const alias = here.filter((record) => record.type === 'CNAME')
      const answers = alias.length > 0 ? alias : here.filter((record) => record.type === question?.type)
      const isThere = records.some((record) => record.name === name || record.name.endsWith(`.${name}`))
      return [replyTo(query, { answers, rcode: isThere ? RCODE.NOERROR : RCODE.NXDOMAIN })]
    },
  }
}

/** Lets so many turns of the event loop pass: on loopback, what was sent has arrived then. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate()
}
