import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Edge, probeAt } from './edge.test.support.ts'

const TOKEN = 'abc123'
const OK = 'HTTP/1.1 200 OK\r\n'

/** Sends the same again and again, as fast as it is taken or a piece each millisecond, until the other side leaves. */
function endless(socket: Socket, text: string, everyMs = 0): void {
  const more = () => {
    if (socket.destroyed) return clearInterval(timer)
    if (everyMs > 0 || socket.writableLength === 0) socket.write(text)
  }
  const timer = setInterval(more, Math.max(1, everyMs))
  more()
  socket.on('drain', more)
  socket.once('close', () => clearInterval(timer))
}

/** After the request has come. */
const asked = (act: (socket: Socket) => void) => (socket: Socket) => void socket.once('data', () => act(socket))

const says = (text: string) => asked((socket) => socket.end(text, 'latin1'))

const NOT_HTTP = ['unreachable', 'what is answered is not HTTP'] as const
const LATE = ['unreachable', 'there is no whole answer within 10 s'] as const
const CUT = ['unreachable', 'the answer breaks off before its end'] as const
const INTERIM = ['unreachable', 'it sends interim answers without end'] as const
const RIGHT = ['ok', 'the answer is 200 (OK) with the token'] as const

const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`

/** `start`, and then the same without end. */
const then = (start: string, text: string, everyMs = 0) =>
  asked((socket) => {
    socket.write(start)
    endless(socket, text, everyMs)
  })

const CASES: [string, (socket: Socket) => void, readonly [outcome: string, why: string | RegExp]][] = [
  ['resets', asked((socket) => socket.resetAndDestroy()), ['unreachable', /^the connection is (reset|closed)/]],
  ['closes at once', (socket) => socket.end(), ['unreachable', /^the connection is (reset|closed)/]],
  ['says nothing and closes', says(''), ['unreachable', 'the connection is closed without an answer']],
  ['says nothing for ever', () => undefined, LATE],
  ['is a mail server', (socket) => socket.write('220 mail ready\r\n'), NOT_HTTP],
  ['is an SSH server', (socket) => socket.write('SSH-2.0-x\r\n'), NOT_HTTP],
  ['speaks TLS on the plain port', says('\x15\x03\x01\x00\x02\x02\x0a'), NOT_HTTP],
  ['sends noise', says('\0\xff'.repeat(5000)), NOT_HTTP],
  ['has a status that is none', says('HTTP/1.1 2x0 OK\r\n\r\n'), NOT_HTTP],
  [
    'has a head of a megabyte',
    says(`${OK}x: ${'y'.repeat(2 ** 20)}\r\n\r\n`),
    ['unreachable', 'the head of the answer is longer than 16 KB'],
  ],
  [
    'has headers without end',
    then(OK, `x: ${'y'.repeat(100)}\r\n`.repeat(200)),
    ['unreachable', 'the head of the answer is longer than 16 KB'],
  ],
  ['drips a header, a letter each millisecond', then(`${OK}x: `, 'y', 1), LATE],
  ['sends 100 Continue without end', then('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)), INTERIM],
  ['sends 103 Early Hints without end', then('', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(100)), INTERIM],
  [
    'sends 100 Continue, then the token',
    says(`HTTP/1.1 100 Continue\r\n\r\n${OK}content-length: ${TOKEN.length}\r\n\r\n${TOKEN}`),
    RIGHT,
  ],
  [
    'switches protocols',
    says('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nx'),
    ['unreachable', 'it switches to another protocol, unasked'],
  ],
  [
    'switches protocols and waits',
    asked((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')),
    ['unreachable', 'it switches to another protocol, unasked'],
  ],
  [
    'has chunks without end',
    then(CHUNKED, `1000\r\n${'x'.repeat(4096)}\r\n`.repeat(32)),
    ['token', 'the answer is 200 (OK) with more than 64 KB in place of the token'],
  ],
  ['has the token, and then drips blanks', then(`${CHUNKED}6\r\n${TOKEN}\r\n`, '1\r\n \r\n', 1), LATE],
  ['has chunk extensions without end', then(`${CHUNKED}1;`, 'x'.repeat(2 ** 17)), CUT],
  ['has trailers without end', then(`${CHUNKED}0\r\n`, `x: ${'y'.repeat(100)}\r\n`.repeat(200)), CUT],
  ['has chunks that are none', says(`${CHUNKED}zz\r\n`), CUT],
  ['ends before its length', says(`${OK}content-length: 100\r\n\r\n${TOKEN}`), CUT],
  ['has the token and no length', says(`${OK}\r\n${TOKEN}`), RIGHT],
  ['announces a body and stalls', asked((socket) => socket.write(`${OK}content-length: 6\r\n\r\nabc`)), LATE],
]

describe('a server that', () => {
  it.each(CASES)('%s is an outcome, and is left', async (_, raw, [outcome, why]) => {
    const closed: Promise<void>[] = []
    const edge: Edge = {
      raw: (socket) => {
        closed.push(new Promise((resolve) => socket.once('close', () => resolve())))
        // Nothing flows, and no end is seen, in what nobody reads.
        socket.on('data', () => undefined)
        raw(socket)
      },
    }
    const { answers } = await probeAt({ '127.0.0.1': edge }, { token: TOKEN })
    expect(answers).toMatchObject([{ outcome, why: typeof why === 'string' ? why : expect.stringMatching(why) }])
    expect(closed).toHaveLength(1)
    await Promise.all(closed)
  })

  it('has no end of a body need not be read to its end where its status is all that counts', async () => {
    const raw = asked((socket) => {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`)
      endless(socket, '1\r\nx\r\n', 1)
    })
    const { answers } = await probeAt({ '127.0.0.1': { raw } })
    expect(answers).toMatchObject([{ outcome: 'ok', status: 200, ms: 0 }])
  })

  it('is not there is told as that', async () => {
    const { port } = await probeAt({ '127.0.0.1': { raw: (socket) => socket.destroy() } })
    const { answers } = await probeAt({}, { addresses: ['127.0.0.9'] }, { port })
    expect(answers).toMatchObject([{ outcome: 'unreachable', why: 'nothing listens (connection refused)' }])
  })

  it('takes no connection is given up after 5 s', async () => {
    const port = await startDeaf()
    const { answers } = await probeAt({}, { addresses: ['127.0.0.1'] }, { port })
    expect(answers).toMatchObject([{ outcome: 'unreachable', why: 'there is no connection within 5 s', ms: 5000 }])
  })
})

/** A port whose queue of connections is full: its thread sleeps and takes none. */
async function startDeaf(): Promise<number> {
  const code = `
    const { parentPort } = require('node:worker_threads')
    const server = require('node:net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port)
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
    })`
  const worker = new Worker(code, { eval: true })
  onTestFinished(async () => {
    await worker.terminate()
  })
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  const fillers = Array.from({ length: 8 }, () => connect({ port, host: '127.0.0.1' }).on('error', () => undefined))
  onTestFinished(() => {
    for (const filler of fillers) filler.destroy()
  })
  // On loopback a connection that is taken is taken at once.
  await new Promise((resolve) => fillers[0]?.once('connect', resolve))
  return port
}
