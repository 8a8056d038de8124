import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { manualClock } from '@domainctl/core/testing'
import { type Answer, type DecodedPacket, decode, encode, type Packet, type Question, RECURSION_DESIRED } from 'dns-packet'
import { onTestFinished } from 'vitest'
import { type NameServersOptions, startNameServers } from './start-name-servers.ts'

/** dns-packet tells the RCODE of a message; its types do not know. */
export interface Heard extends DecodedPacket {
  rcode: string
}

/** A clock that stands still until it is told otherwise. */
export const clock = () => manualClock(new Date('2026-06-01T12:00:00Z'))

/** Randomness of which everybody knows what comes. */
export const sevens = { bytes: (length: number) => new Uint8Array(length).fill(7) }

/** Name servers of a test, stopped at its end. */
export async function started(options: Partial<NameServersOptions> = {}) {
  const runtime = options.runtime ?? { clock: clock(), random: sevens }
  const servers = await startNameServers({ zones: ['example.test'], records: [], count: 1, lagMs: 0, ...options, runtime })
  onTestFinished(() => servers.stop())
  return servers
}

/** What a query needs to have an OPT record. */
export const opt = (payload: number, version = 0): Packet => ({
  additionals: [
    {
      name: '.',
      type: 'OPT',
      udpPayloadSize: payload,
      extendedRcode: 0,
      ednsVersion: version,
      flags: 0x8000,
      flag_do: true,
      options: [],
    },
  ],
})

/** The values of records, as text. */
export const dataOf = (answers: readonly Answer[] = []) => answers.map((answer) => ('data' in answer ? String(answer.data) : ''))

/** A query as octets. */
export function asked(name: string, type: string, more: Packet = {}): Buffer {
  // Its types list fewer types than it can encode.
  const question = { name, type } as Question
  return encode({ type: 'query', id: 4711, flags: RECURSION_DESIRED, questions: [question], ...more })
}

/** A message taken apart. */
export function heard(message: Uint8Array): Heard {
  return decode(Buffer.from(message)) as Heard
}

/** Sends datagrams and gives the first answer. */
export async function byUdp(server: string, ...messages: Uint8Array[]): Promise<Buffer> {
  const [address, port] = server.split(':')
  const socket = createSocket('udp4')
  try {
    const answer = once(socket, 'message')
    for (const message of messages) socket.send(message, Number(port), address)
    const [octets] = await answer
    return octets
  } finally {
    socket.close()
  }
}

/** Asks by UDP. */
export async function ask(server: string, name: string, type: string, more: Packet = {}): Promise<Heard> {
  return heard(await byUdp(server, asked(name, type, more)))
}

/** With the length in front. */
export function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message])
}

/** Sends octets over one connection, closes its side, and gives all messages that come back until the server closes. */
export async function byTcp(server: string, ...octets: Uint8Array[]): Promise<Buffer[]> {
  const [host = '', port] = server.split(':')
  const socket = connect({ host, port: Number(port) })
  socket.end(Buffer.concat(octets))
  const parts: Buffer[] = []
  for await (const part of socket) parts.push(part)
  const messages: Buffer[] = []
  for (let rest = Buffer.concat(parts); rest.length > 0; ) {
    const end = rest.readUInt16BE(0) + 2
    messages.push(rest.subarray(2, end))
    rest = rest.subarray(end)
  }
  return messages
}
