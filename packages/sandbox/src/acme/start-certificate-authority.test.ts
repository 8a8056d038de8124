import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect } from 'node:tls'
import { systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createServerCertificate } from '../x509/server-certificate.ts'
import { createClient, NOW, startCa } from './acme.test.support.ts'
import { createTlsServer } from './tls-server.ts'

/** Whoever is cut off while it writes sees an error, after which the connection is closed too. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {})
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** Sends bytes over TLS and gives all that comes back until the server ends the connection. */
async function talk(port: number, root: string, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca: root })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  for (const part of parts) socket.write(part)
  await closed(socket)
  return Buffer.concat(chunks).toString()
}

const portOf = (url: string) => Number(new URL(url).port)
const HEAD = 'Host: 127.0.0.1\r\nUser-Agent: test\r\nContent-Type: application/jose+json\r\n'

describe('the server', () => {
  it('says where everything is', async () => {
    const ca = await startCa()
    const { base, exchange } = createClient(ca)
    const { status, headers, body } = await exchange(ca.directoryUrl)
    expect(status).toBe(200)
    expect(headers.link).toBeUndefined()
    expect(body).toEqual({
      newNonce: `${base}/new-nonce`,
      newAccount: `${base}/new-account`,
      newOrder: `${base}/new-order`,
      revokeCert: `${base}/revoke-cert`,
      keyChange: `${base}/key-change`,
      renewalInfo: `${base}/renewal-info`,
      meta: {
        termsOfService: `${base}/terms`,
        website: `${base}/`,
        caaIdentities: ['ca.sandbox.test'],
        externalAccountRequired: false,
      },
    })
    expect(await exchange(`${base}/`)).toMatchObject({ status: 200 })
    const nonces = [await exchange(body.newNonce, { method: 'HEAD' }), await exchange(body.newNonce)]
    expect(nonces.map((reply) => reply.status)).toEqual([200, 204])
    expect(new Set(nonces.map((reply) => reply.headers['replay-nonce'])).size).toBe(2)
    expect(ca.issuerRoot).not.toBe(ca.tlsRoot)
    expect(ca.requests).toMatchObject({ directory: 1, newNonce: 2, newOrder: 0 })
  })

  it('reads no more than 64 KB of a body', async () => {
    const ca = await startCa()
    const { base, exchange } = createClient(ca)
    const headers = { 'content-type': 'application/jose+json' }
    const large = await exchange(`${base}/new-order`, { method: 'POST', headers, body: Buffer.alloc(70_000) })
    expect(large).toMatchObject({ status: 413, body: { type: 'urn:ietf:params:acme:error:malformed' } })
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const endless = `POST /new-order HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(32)}`
    expect(await talk(portOf(base), ca.tlsRoot, endless)).not.toContain('200 OK')
    expect((await exchange(ca.directoryUrl)).status).toBe(200)
  })

  it('answers what is no HTTP, and goes on', async () => {
    const ca = await startCa()
    const port = portOf(ca.directoryUrl)
    expect(await talk(port, ca.tlsRoot, 'nonsense\r\n\r\n')).toContain('400 Bad Request')
    const strange = 'GET /directory HTTP/1.1\r\nUser-Agent: test\r\nConnection: close\r\nHost: a b\r\n\r\n'
    expect(await talk(port, ca.tlsRoot, strange)).toContain('400 Bad Request')
    const raw = connectTcp(port, '127.0.0.1', () => raw.end('plain text'))
    await closed(raw.resume())
    expect((await createClient(ca).exchange(ca.directoryUrl)).status).toBe(200)
  })

  it('takes any bytes as a body', async () => {
    const ca = await startCa()
    const { base, exchange } = createClient(ca)
    const post = async (body: Buffer) =>
      exchange(`${base}/new-account`, { method: 'POST', headers: { 'content-type': 'application/jose+json' }, body })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect((await post(Buffer.from(bytes))).body).toMatchObject({ type: 'urn:ietf:params:acme:error:malformed', status: 400 })
      }),
      { numRuns: 50 },
    )
  })

  it('ends requests and handshakes that do not go on', async () => {
    const tls = await createServerCertificate({ clock: manualClock(NOW), random: systemRandom() })
    const { server, end } = createTlsServer(tls, 50)
    onTestFinished(end)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    server.on('request', (incoming: IncomingMessage) => incoming.resume())
    const silent = connectTcp(address.port, '127.0.0.1')
    const replies = await Promise.all([
      talk(address.port, tls.root, 'POST /new-order HTTP/1.1\r\nHost: a\r\n'),
      talk(address.port, tls.root, 'POST /new-order HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf'),
      closed(silent.resume()).then(() => 'closed'),
    ])
    expect(replies).toEqual([expect.stringContaining('408'), expect.stringContaining('408'), 'closed'])
  })

  it('stops at once, connections and half handshakes or not', async () => {
    const ca = await startCa()
    const idle = connect({ host: '127.0.0.1', port: portOf(ca.directoryUrl), ca: ca.tlsRoot })
    await once(idle, 'secureConnect')
    const half = connectTcp(portOf(ca.directoryUrl), '127.0.0.1')
    await once(half, 'connect')
    const bothClosed = Promise.all([closed(idle), closed(half)])
    await Promise.all([ca.stop(), ca.stop()])
    await bothClosed
  })
})
