import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { makeAuthority, makeLeaf } from '../acme/certificates.test.support.ts'
import {
  broken,
  certificateFor,
  dnsMessage,
  type HttpQuestion,
  knowing,
  question,
  replyTo,
  resolverRoot,
  standingClock,
  startResolver as start,
  trustResolverRoot,
} from './doh.test.support.ts'
import { HttpsResolver } from './doh.ts'
import { NEVER } from './lab.test.support.ts'

const good = ({ answer }: HttpQuestion) => answer(knowing)
const NOTHING = () => undefined
const LOOPBACK = { type: 'ip', value: '127.0.0.1' } as const

beforeAll(trustResolverRoot)

test('a server that accepts the connection and says nothing is given up after the same time', async () => {
  const { server, port } = await listening(createTcpServer())
  const clock = standingClock()
  const asked = new HttpsResolver(new URL(`https://127.0.0.1:${port}/`), clock).ask(question, NEVER)
  await once(server, 'connection')
  clock.wakeAll()
  expect(await asked).toMatchObject({ failure: 'timeout' })
})

test.each([
  ['GOAWAY with an error', ({ session }: HttpQuestion) => session.goaway(11)],
  ['the end of the connection', ({ session }: HttpQuestion) => session.destroy()],
  [
    'the end of the connection in the middle of an answer',
    ({ session, stream, body }: HttpQuestion) => {
      stream.respond(dnsMessage)
      stream.write(replyTo(body, knowing), () => session.destroy())
    },
  ],
])('after %s the question is asked once more over a new one', async (_, end) => {
  const { server, clock, ask } = await start((asked) => (server.questions.length === 1 ? end(asked) : good(asked)))
  expect(await ask()).toMatchObject({ rcode: 'NOERROR' })
  expect(server.sessions).toHaveLength(2)
  expect(server.questions).toHaveLength(2)
  server.react = end
  expect(await ask()).toEqual(expect.objectContaining(broken('connection closed over HTTPS')))
  expect(server.questions).toHaveLength(4)
  expect(clock.sleeping).toEqual([])
})

test('a question that comes too late for a connection is asked over a new one', async () => {
  const { server, ask } = await start((asked) => {
    if (asked.session !== server.sessions[0]) good(asked)
  })
  server.greet = (session) => {
    if (session === server.sessions[0]) session.goaway(0)
  }
  expect(await ask()).toMatchObject({ rcode: 'NOERROR' })
  expect(server.sessions).toHaveLength(2)
})

test('who sends all questions away is asked twice', async () => {
  const { server, ask } = await start(NOTHING)
  server.greet = (session) => session.goaway(0)
  expect(await ask()).toMatchObject(broken('connection closed over HTTPS'))
  expect(server.sessions).toHaveLength(2)
})

test('a connection that shuts down in order still answers what it was asked', async () => {
  const { server, resolver, ask } = await start(NOTHING)
  const first = ask()
  await server.asked(1)
  server.react = good
  server.sessions[0]?.goaway(0)
  expect(await resolver.ask({ name: 'a.example.test', type: 'A' }, NEVER)).toMatchObject({ answers: [{ value: '192.0.2.7' }] })
  server.questions[0]?.answer(knowing)
  expect(await first).toMatchObject({ answers: [{ value: 'hello' }] })
  expect(server.sessions).toHaveLength(2)
})

test('a connection that was closed between two questions is made anew', async () => {
  const { server, ask } = await start()
  for (const count of [1, 2, 3]) {
    expect(await ask()).toMatchObject({ rcode: 'NOERROR' })
    expect(server.sessions).toHaveLength(count)
    for (const session of server.open) session.close()
    await server.idle()
  }
})

test('an abort ends the question at once, and no other', async () => {
  const { server, clock, resolver, ask } = await start(NOTHING)
  const abort = new AbortController()
  const connecting = ask(abort.signal)
  const other = resolver.ask({ name: 'a.example.test', type: 'A' }, NEVER)
  abort.abort(new Error('enough'))
  await expect(connecting).rejects.toThrow('enough')
  await expect(ask(abort.signal)).rejects.toThrow('enough')
  const later = new AbortController()
  await server.asked(1)
  const sent = ask(later.signal)
  await server.asked(2)
  later.abort(new Error('too much'))
  await expect(sent).rejects.toThrow('too much')
  server.questions[0]?.answer(knowing)
  expect(await other).toMatchObject({ answers: [{ value: '192.0.2.7' }] })
  expect(server.sessions).toHaveLength(1)
  expect(clock.sleeping).toEqual([])
})

test('a connection that is idle is closed', async () => {
  const { server, clock } = await start()
  const resolver = new HttpsResolver(new URL(server.url), clock, { maxIdleMs: 20 })
  expect(await resolver.ask(question, NEVER)).toMatchObject({ rcode: 'NOERROR' })
  await server.idle()
  expect(await resolver.ask(question, NEVER)).toMatchObject({ rcode: 'NOERROR' })
  expect(server.sessions).toHaveLength(2)
})

test('a host name in the URL', async () => {
  const { server, clock } = await start()
  const named = new HttpsResolver(new URL(`https://localhost:${server.port}/dns-query`), clock)
  expect(await named.ask(question, NEVER)).toMatchObject({ rcode: 'NOERROR' })
})

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'))
test.skipIf(!hasIpv6)('an IPv6 address in the URL', async () => {
  const { ask } = await start(good, { host: '::1' })
  expect(await ask()).toMatchObject({ rcode: 'NOERROR' })
})

test('only a certificate of a trusted root is accepted', async () => {
  // The same name proves nothing: it is the key that signs.
  for (const name of ['a stranger', 'resolver root']) {
    const { server, ask } = await start(good, { certificate: await makeLeaf(await makeAuthority(name), [LOOPBACK]) })
    expect(await ask()).toMatchObject({ failure: 'broken', reason: expect.stringMatching(/^its certificate is not trusted: ./) })
    expect(server.questions).toEqual([])
  }
})

test('only a certificate for the host of the URL is accepted', async () => {
  const { server, ask } = await start(good, { certificate: await certificateFor(['192.0.2.1'], ['dns.example']) })
  expect(await ask()).toEqual(broken('its certificate is for another name'))
  expect(server.questions).toEqual([])
})

test('a certificate that has expired is not accepted', async () => {
  const { ask } = await start(good, { certificate: await certificateFor(['127.0.0.1'], [], new Date('2021-01-01')) })
  expect(await ask()).toEqual(broken('its certificate is not trusted: certificate has expired'))
})

test('who speaks no HTTP/2, no TLS, or not at all', async () => {
  const { pem: cert, key } = await certificateFor(['127.0.0.1'])
  const http1 = await listening(createHttpsServer({ cert, key }, (_, response) => response.end('hello')))
  expect(await askAt(http1)).toEqual(broken('it does not speak HTTP/2'))
  // No ALPN: TLS is made, and what comes then is not HTTP/2.
  const plain = await listening(createTlsServer({ cert, key }, (socket) => socket.on('error', NOTHING).end('220 hello\r\n')))
  expect(await askAt(plain)).toEqual(broken('it does not speak HTTP/2'))
  // The protocol is agreed on, and then not kept to.
  const liar = await listening(
    createTlsServer({ cert, key, ALPNProtocols: ['h2'] }, (socket) => socket.on('error', NOTHING).end('220 hello\r\n')),
  )
  expect(await askAt(liar)).toMatchObject({ failure: 'broken' })
  const tcp = await listening(createTcpServer((socket) => socket.on('error', NOTHING).end('220 hello\r\n')))
  expect(await askAt(tcp)).toEqual(broken('it does not speak TLS that we know'))
  const curt = await listening(createTcpServer((socket) => socket.on('error', NOTHING).destroy()))
  expect(await askAt(curt)).toEqual(broken('connection closed over HTTPS'))
  const nobody = await listening(createTcpServer())
  await new Promise((resolve) => nobody.server.close(resolve))
  expect(await askAt(nobody)).toEqual({ failure: 'refused', reason: 'connection refused over HTTPS' })
})

test('a process that has its answer ends, though the connection is still open', async () => {
  const { server } = await start()
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'root.pem'), resolverRoot)
  const child = spawn(process.execPath, [fileURLToPath(new URL('doh.test.child.ts', import.meta.url)), server.url], {
    // The root of a company is made known in this way.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'root.pem') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [[code], output] = await Promise.all([once(child, 'exit'), child.stdout.toArray()])
  expect(Buffer.concat(output).toString()).toBe('hello\n')
  expect(code).toBe(0)
})

async function askAt({ port }: { port: number }) {
  return await new HttpsResolver(new URL(`https://127.0.0.1:${port}/`), standingClock()).ask(question, NEVER)
}

/** A server at a free port of 127.0.0.1, with its connections closed when the test ends. */
async function listening<S extends Server>(server: S): Promise<{ server: S; port: number }> {
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => void sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

test('an abort at any moment of a question on an open connection is heard', async () => {
  const { server, resolver, ask } = await start(good)
  await ask()
  server.react = NOTHING
  for (let moment = 0; moment < 12; moment += 1) {
    const abort = new AbortController()
    const asked = resolver.ask(question, abort.signal)
    let left = moment
    const countdown = () => (left-- === 0 ? abort.abort(new Error('enough')) : queueMicrotask(countdown))
    countdown()
    await expect(asked).rejects.toThrow('enough')
  }
})
