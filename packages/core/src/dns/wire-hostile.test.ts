import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type DecodedPacket, decode } from 'dns-packet'
import { expect, onTestFinished, test } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { type DnsHandler, encodeReply, startDnsServer } from '../testing/dns-server.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { NEVER } from './lab.test.support.ts'
import { type AskOptions, PATIENT, Wire } from './wire.ts'

const name = '_acme-challenge.example.test'
const question = { name, type: 'TXT' } as const
const options: AskOptions = { signal: NEVER, recursionDesired: false, patience: PATIENT }
const there = { aa: true, answers: [{ type: 'TXT' as const, name, data: ['true'] }] }

/** A query as it came to a server, with ways to answer it. */
interface Heard {
  query: DecodedPacket
  /** Where it came from. */
  port: number
  send(...datagrams: Uint8Array[]): void
}

/** A server over UDP that does with each query what it likes, and a Wire to ask it. */
async function start(misbehave: (heard: Heard) => void) {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  const ports: number[] = []
  socket.on('message', (bytes, { port, address }) => {
    ports.push(port)
    const send = (...datagrams: Uint8Array[]) => {
      for (const datagram of datagrams) socket.send(datagram, port, address)
    }
    misbehave({ query: decode(bytes), port, send })
  })
  const server = { address: '127.0.0.1', port: socket.address().port }
  const clock = loopbackClock()
  const wire = new Wire({ clock, random: systemRandom() })
  const ask = (o: Partial<AskOptions & { name: string }> = {}) =>
    wire.ask(server, { ...question, ...(o.name !== undefined && { name: o.name }) }, { ...options, ...o })
  return { ask, ports, clock }
}

/** The same of a scripted server over UDP and TCP. */
async function script(handler: DnsHandler) {
  const server = await startDnsServer(handler)
  onTestFinished(() => server.close())
  const wire = new Wire({ clock: loopbackClock(), random: systemRandom() })
  return { server, ask: () => wire.ask(server, question, options) }
}

test('queries share a port, each with an id that is used once there, and go on from another one after 256', async () => {
  const seen = new Set<string>()
  const { ask, ports } = await start(({ query, port, send }) => {
    seen.add(`${port} ${query.id}`)
    send(encodeReply(there, query))
  })
  for (let i = 0; i < 300; i += 1) await ask()
  await Promise.all(Array.from({ length: 300 }, () => ask()))
  expect(ports).toHaveLength(600)
  expect(seen.size).toBe(600)
  const byPort = [...Map.groupBy(ports, (port) => port).values()]
  expect(byPort.map((all) => all.length)).toEqual([256, 256, 88])
})

test('a port that is used seldom is changed after 10 seconds', async () => {
  const { ask, ports, clock } = await start(({ query, send }) => {
    if (query.questions?.[0]?.name === name) send(encodeReply(there, query))
  })
  // A silent name keeps the port open.
  const keep = () => ask({ name: 'silent.test', patience: { udpTries: [6000], tcp: 1 } })
  const first = keep()
  await clock.sleep(5000)
  const second = keep()
  await ask()
  await first
  await clock.sleep(4500)
  await ask()
  await second
  const [a, b, c, d] = ports
  expect([b, c]).toEqual([a, a])
  expect(d).not.toBe(a)
})

test('a flood of strays does not keep the true answer out, nor for longer than the time, and the next query has a new port', async () => {
  let isTrue = true
  const { ask, ports, clock } = await start(({ query, send }) => {
    const id = query.id ?? 0
    const strays = Array.from({ length: 50 }, (_, i) => encodeReply({ ...there, id: (id + 1 + i) % 65_536 }, query))
    const other = encodeReply({ ...there, question: { name: 'www.example.test', type: 'TXT' } }, query)
    send(...strays, other, ...(isTrue ? [encodeReply(there, query)] : [Buffer.alloc(0), Buffer.from('x')]))
  })
  expect(await ask()).toMatchObject({ answers: [{ value: 'true' }] })
  isTrue = false
  const before = clock.now().getTime()
  expect(await ask()).toEqual({ failure: 'garbage', reason: 'not a DNS answer' })
  expect(clock.now().getTime() - before).toBe(4000)
  const last = ports.at(-1)
  isTrue = true
  expect(await ask()).toMatchObject({ answers: [{ value: 'true' }] })
  expect(ports.at(-1)).not.toBe(last)
})

test('an answer that comes after its question was given up, and one that comes twice, are no forgeries to the others', async () => {
  const late: (() => void)[] = []
  const { ask } = await start(({ query, send }) => {
    const asked = query.questions?.[0]?.name
    if (asked === 'late.test') late.push(() => send(encodeReply({ aa: true }, query)))
    if (asked === name) send(encodeReply(there, query), encodeReply(there, query))
  })
  const abort = new AbortController()
  const silent = ask({ name: 'silent.test' })
  const given = ask({ name: 'late.test', signal: abort.signal })
  await ask()
  abort.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  for (const send of late) send()
  expect(await silent).toEqual({ failure: 'timeout', reason: 'timeout' })
})

test('a name that leads to itself is no answer', async () => {
  const { ask } = await start(({ query, send }) => {
    const reply = encodeReply(there, query)
    // The name of the first record, a copy of the question's, becomes a jump to its own place.
    const at = encodeReply({ aa: true }, query).length
    reply.writeUInt16BE(0xc000 | at, at)
    send(reply)
  })
  expect(await ask()).toEqual({ failure: 'garbage', reason: 'not a DNS answer' })
})

test('64 KB of TXT come over TCP', async () => {
  const values = Array.from({ length: 220 }, (_, i) => `${i} `.padEnd(255, 'x'))
  const answers = values.map((value) => ({ type: 'TXT' as const, name, data: [value] }))
  const { server, ask } = await script(() => ({ aa: true, answers }))
  const reply = await ask()
  expect('answers' in reply && reply.answers.map(({ value }) => value)).toEqual(values)
  expect(server.log.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
})

test('a time to live of 2³¹ and more counts as 0', async () => {
  const answers = [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((ttl) => ({ type: 'TXT' as const, name, ttl, data: ['x'] }))
  const reply = await (await script(() => ({ aa: true, answers }))).ask()
  expect('answers' in reply && reply.answers.map(({ ttl }) => ttl)).toEqual([2 ** 31 - 1, 0, 0])
})

test('records of types that nobody asked for are left out', async () => {
  const { ask } = await start(({ query, send }) => {
    const reply = encodeReply({ ...there, answers: [...there.answers, ...there.answers] }, query)
    // The type of the first record becomes ANY, which no record has (RFC 1035 §3.2.3).
    reply.writeUInt16BE(255, encodeReply({ aa: true }, query).length + name.length + 2)
    send(reply)
  })
  expect(await ask()).toMatchObject({ answers: [{ type: 'TXT', value: 'true' }] })
})

test('an answer that fits another query badly says nothing of the others', async () => {
  const { ask } = await start(({ query, send }) => {
    if (query.questions?.[0]?.name === 'evil.test')
      send(encodeReply({ ...there, question: { name: 'other.test', type: 'TXT' } }, query))
  })
  const [silent, evil] = await Promise.all([ask(), ask({ name: 'evil.test' })])
  expect(silent).toEqual({ failure: 'timeout', reason: 'timeout' })
  expect(evil).toEqual({ failure: 'garbage', reason: 'not a DNS answer' })
})
