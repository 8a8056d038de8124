import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { decode } from 'dns-packet'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Clock } from '../contracts/runtime.ts'
import { encodeReply } from '../testing/dns-server.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { Deadlines } from './deadlines.ts'
import { NEVER } from './lab.test.support.ts'
import { encodeQuery } from './message.ts'
import { askOverTcp, FramedMessage } from './tcp.ts'

const name = '_acme-challenge.example.test'
const query = encodeQuery({ name, type: 'TXT' }, { id: 4711, recursionDesired: false, edns: true })
const txt = (o: { id?: number } = {}) =>
  encodeReply({ ...o, aa: true, answers: [{ type: 'TXT', name, data: ['here'] }] }, decode(query))

/** Time does not pass, however long the machine takes. */
const STANDING: Clock = {
  now: () => new Date(0),
  sleep: (_, signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  every: () => () => undefined,
}

/** Asks a server that does with each connection what it likes, once it was asked. */
async function ask(misbehave: (socket: Socket) => void, clock: Clock = loopbackClock()) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true).on('error', () => socket.destroy())
    socket.once('data', () => misbehave(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const before = clock.now().getTime()
  const o = { patience: 4000, signal: NEVER, deadlines: new Deadlines(clock) }
  const reply = await askOverTcp({ address: '127.0.0.1', port }, query, o)
  return { reply, ms: clock.now().getTime() - before }
}

function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])
}

/** As fast as the other side takes it, for as long as it does. */
function pour(socket: Socket, bytes: Buffer): void {
  while (!socket.destroyed && socket.write(bytes));
  socket.once('drain', () => pour(socket, bytes))
}

test('an answer that comes a byte at a time is read', async () => {
  const { reply } = await ask(async (socket) => {
    for (const byte of framed(txt())) {
      socket.write(Buffer.of(byte))
      await new Promise(setImmediate)
    }
  }, STANDING)
  expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [{ value: 'here' }] })
})

test('what comes after the answer is left', async () => {
  const { reply } = await ask((socket) => pour(socket, Buffer.concat([framed(txt()), Buffer.alloc(50_000, 7)])))
  expect(reply).toMatchObject({ answers: [{ value: 'here' }] })
})

test('65,535 bytes are announced and do not come, or only in drops: given up after the time for TCP', async () => {
  const timeout = { reply: { failure: 'timeout', reason: 'timeout over TCP' }, ms: 4000 }
  expect(await ask((socket) => socket.write(Buffer.from([0xff])))).toEqual(timeout)
  expect(await ask((socket) => socket.write(Buffer.from([0xff, 0xff, 0])))).toEqual(timeout)
  const never = await ask((socket) => {
    socket.write(Buffer.from([0xff, 0xff]))
    const drip = setInterval(() => socket.write(Buffer.of(0)), 1)
    socket.once('close', () => clearInterval(drip))
  })
  expect(never).toEqual(timeout)
})

test('a stream without end, an answer to another question, an empty one and one that is cut short are each told', async () => {
  const garbage = { failure: 'garbage', reason: 'not a DNS answer over TCP' }
  expect((await ask((socket) => pour(socket, Buffer.alloc(65_536, 0xff)))).reply).toEqual(garbage)
  expect((await ask((socket) => socket.write(framed(txt({ id: 4712 }))))).reply).toEqual(garbage)
  expect((await ask((socket) => socket.write(Buffer.of(0, 0)))).reply).toEqual(garbage)
  expect((await ask((socket) => socket.end(framed(txt()).subarray(0, 40)))).reply).toMatchObject({ failure: 'broken' })
  expect((await ask((socket) => socket.resetAndDestroy())).reply).toMatchObject({ failure: 'broken' })
})

test('in whatever pieces it comes, a message is put together once and keeps no more than it announced', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 40 })
  fc.assert(
    fc.property(pieces, fc.nat(3000), (parts, length) => {
      const stream = Buffer.concat([Buffer.from([length >> 8, length & 255]), ...parts])
      const framing = new FramedMessage()
      const cuts = [0, 1, ...parts.map((_, i) => 2 + Buffer.concat(parts.slice(0, i)).length), stream.length]
      const got = cuts.flatMap((from, i) => framing.add(stream.subarray(from, cuts[i + 1] ?? from)) ?? []).at(0)
      if (stream.length < 2 + length) expect(got).toBeUndefined()
      else expect(got).toEqual(stream.subarray(2, 2 + length))
    }),
  )
})
