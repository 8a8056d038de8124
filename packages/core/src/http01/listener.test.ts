import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CHALLENGE_PATH } from '../domain/http-challenge.ts'
import { readListenAddresses } from '../domain/listen-address.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { createListener, type ListenerOptions } from './listener.ts'

const HAS_IPV6 = await freePort('::1').then(
  () => true,
  () => false,
)

async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createTcpServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function listenAt(addresses: string[], o: Partial<ListenerOptions> = {}) {
  const listener = createListener({
    addresses: readListenAddresses(addresses),
    answer: async (token) => (token === 'known' ? 'known.thumbprint' : null),
    clock: systemClock(),
    logger: silentLogger(),
    ...o,
  })
  const open = async () => {
    const listening = await listener.listen()
    onTestFinished(() => listening.close())
    return listening
  }
  return { open }
}

async function ask(port: number, path: string, o: { method?: string; host?: string } = {}) {
  const asked = request({ host: o.host ?? '127.0.0.1', port, path, method: o.method ?? 'GET', agent: false })
  asked.end()
  const [response] = await once(asked, 'response')
  return { status: response.statusCode, type: response.headers['content-type'], body: await text(response) }
}

const KNOWN = { status: 200, type: 'application/octet-stream', body: 'known.thumbprint' }

describe('the listener', () => {
  it('answers tokens that are known, and nothing else', async () => {
    const port = await freePort()
    const { open } = await listenAt([`127.0.0.1:${port}`])
    expect((await open()).refused).toEqual([])
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toEqual(KNOWN)
    expect(await ask(port, `${CHALLENGE_PATH}known`, { method: 'HEAD' })).toEqual({ ...KNOWN, body: '' })
    for (const path of [
      '/',
      `${CHALLENGE_PATH}`,
      `${CHALLENGE_PATH}other`,
      `${CHALLENGE_PATH}known/`,
      `${CHALLENGE_PATH}known?x`,
      '/known',
    ])
      expect(await ask(port, path)).toMatchObject({ status: 404 })
    for (const method of ['POST', 'DELETE', 'OPTIONS'])
      expect(await ask(port, `${CHALLENGE_PATH}known`, { method })).toMatchObject({ status: 404 })
  })

  it('lives from the first order that needs it to the last', async () => {
    const port = await freePort()
    const { open } = await listenAt([`127.0.0.1:${port}`])
    const [first, second] = await Promise.all([open(), open()])
    await first.close()
    await first.close()
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toEqual(KNOWN)
    await second.close()
    await expect(ask(port, `${CHALLENGE_PATH}known`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    // One that ends while the next one begins.
    const third = await open()
    const [, fourth] = await Promise.all([third.close(), open()])
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toEqual(KNOWN)
    await fourth.close()
  })

  it('tells who has the port, and takes it as soon as that is free', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { open } = await listenAt([`127.0.0.1:${port}`])
    const listening = await open()
    expect(listening.refused).toEqual([
      { address: `127.0.0.1:${port}`, code: 'EADDRINUSE', why: 'another program listens there' },
    ])
    other.close()
    await vi.waitFor(() => expect(listening.refused).toEqual([]), { timeout: 10_000 })
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toEqual(KNOWN)
  })

  it('answers who was connected when the last order ended, while another one has the port', async () => {
    const port = await freePort()
    const listening = await (await listenAt([`127.0.0.1:${port}`])).open()
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    // Accepted by then.
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toEqual(KNOWN)
    const closed = listening.close()
    const next = await listenAt([`127.0.0.1:${port}`], { answer: async () => 'of the next' })
    const other = await next.open()
    await vi.waitFor(() => expect(other.refused).toEqual([]), { timeout: 10_000 })
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toMatchObject({ body: 'of the next' })
    socket.write(`GET ${CHALLENGE_PATH}known HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 OK.*known\.thumbprint$/s)
    await closed
  })

  it('tells of an address that this machine does not have', async () => {
    const { open } = await listenAt(['192.0.2.1:8080'])
    expect(await open()).toMatchObject({ refused: [{ code: 'EADDRNOTAVAIL' }], isDeaf: true })
    const both = await listenAt(['192.0.2.1:8080', `127.0.0.1:${await freePort()}`])
    expect(await both.open()).toMatchObject({ refused: [{ code: 'EADDRNOTAVAIL' }], isDeaf: false })
    expect(await (await listenAt([])).open()).toMatchObject({ refused: [], isDeaf: false })
  })

  it.skipIf(!HAS_IPV6)('answers over IPv4 and IPv6, by one address or by two', async () => {
    const port = await freePort('::')
    const both = await (await listenAt([`0.0.0.0:${port}`, `[::]:${port}`])).open()
    expect(both.refused).toEqual([])
    for (const host of ['127.0.0.1', '::1']) expect(await ask(port, `${CHALLENGE_PATH}known`, { host })).toEqual(KNOWN)
    await both.close()
    await (await listenAt([`[::]:${port}`])).open()
    for (const host of ['127.0.0.1', '::1']) expect(await ask(port, `${CHALLENGE_PATH}known`, { host })).toEqual(KNOWN)
  })

  it('says 503 when the state cannot be read, and goes on', async () => {
    const port = await freePort()
    const answers = [() => Promise.reject(new Error('locked')), async () => 'x']
    await (await listenAt([`127.0.0.1:${port}`], { answer: () => (answers.shift() ?? (async () => null))() })).open()
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toMatchObject({ status: 503 })
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toMatchObject({ status: 200, body: 'x' })
  })

  it('is not kept from closing by those who hold connections, and survives what is no HTTP', async () => {
    const port = await freePort()
    const listening = await (await listenAt([`127.0.0.1:${port}`])).open()
    const sent = [
      '',
      'GET / HTTP/1.1\r\n',
      '\x16\x03\x01garbage\r\n\r\n',
      `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\nabc',
    ]
    const sockets = sent.map((bytes) => {
      const socket = connect(port, '127.0.0.1', () => void socket.write(bytes))
      return socket.on('error', () => undefined)
    })
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    expect(await ask(port, `${CHALLENGE_PATH}known`)).toEqual(KNOWN)
    await listening.close()
    await expect(ask(port, `${CHALLENGE_PATH}known`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    for (const socket of sockets) socket.destroy()
  })
})
