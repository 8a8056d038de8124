import { X509Certificate } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { DomainctlError } from '@domainctl/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listen } from '../loopback.ts'
import { createAuthority } from '../x509/authority.ts'
import { KEYS, LONG, NOW, runtimeAt } from '../x509/certificates.test.support.ts'
import { handshake } from './handshake.ts'
import { authority, certificateFor, startServer } from './https.test.support.ts'

const NAME = 'shop.example.test'
const roots = authority.root

async function failure(o: Parameters<typeof handshake>[0]): Promise<DomainctlError> {
  const thrown: unknown = await handshake(o).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(DomainctlError)
  if (!(thrown instanceof DomainctlError)) throw thrown
  return thrown
}

/** A plain server that does this with each connection, and ends with the test. */
async function endpointOf(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${await listen(server, 0)}`
}

describe('handshake', () => {
  it.each(Object.entries(KEYS))('says what the server shows: %s', async (_, key) => {
    const server = await startServer()
    const files = await certificateFor([NAME, '*.example.test'], { key: key() })
    server.install(files)
    const leaf = new X509Certificate(files.fullchain)
    expect(await handshake({ endpoint: server.endpoint, name: NAME, roots })).toEqual({
      name: NAME,
      names: ['*.example.test', NAME],
      serial: files.serial,
      issuer: expect.stringMatching(/^O=domainctl sandbox, CN=Sandbox Intermediate [0-9a-f]{8}$/),
      ...LONG,
      fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
      protocol: 'TLSv1.3',
      chain: 2,
    })
  })

  it('asks for names in ASCII', async () => {
    const server = await startServer()
    server.install(await certificateFor(['xn--bcher-kva.example.test']))
    expect(await handshake({ endpoint: server.endpoint, name: 'Bücher.example.test.', roots })).toMatchObject({
      name: 'xn--bcher-kva.example.test',
    })
  })

  it('finds the root among others', async () => {
    const server = await startServer()
    server.install(await certificateFor([NAME]))
    const other = await createAuthority(runtimeAt(NOW))
    const both = `Roots of two CAs\n${other.root}${roots}`
    expect(await handshake({ endpoint: server.endpoint, name: NAME, roots: both })).toMatchObject({ chain: 2 })
  })

  it('fails when the server has no certificate for the name', async () => {
    const { endpoint } = await startServer()
    const error = await failure({ endpoint, name: NAME, roots })
    expect(error).toMatchObject({ code: 'SANDBOX_HANDSHAKE_FAILED', kind: 'not-ready' })
    expect(error.message).toBe(
      `The TLS handshake for ${NAME} at ${endpoint} failed: the server has no certificate for this name.`,
    )
    expect(error.hint).toContain(NAME)
  })

  it('fails when the root is another one, or the intermediate is missing', async () => {
    const server = await startServer()
    const files = await certificateFor([NAME])
    server.install(files)
    const other = await createAuthority(runtimeAt(NOW))
    expect((await failure({ endpoint: server.endpoint, name: NAME, roots: other.root })).message).toMatch(
      /the chain leads to none of the roots; it was issued by O=domainctl sandbox, CN=Sandbox Intermediate/,
    )
    server.install({
      ...files,
      fullchain: `${files.fullchain.slice(0, files.fullchain.indexOf('-----END'))}-----END CERTIFICATE-----\n`,
    })
    expect((await failure({ endpoint: server.endpoint, name: NAME, roots })).message).toContain('none of the roots')
  })

  it('fails when the certificate has expired, or is not valid yet', async () => {
    const server = await startServer()
    const year = (n: number) => ({ notBefore: new Date(`${n}-01-01T00:00:00Z`), notAfter: new Date(`${n}-12-31T00:00:00Z`) })
    server.install(await certificateFor([NAME], { period: year(2010) }))
    expect((await failure({ endpoint: server.endpoint, name: NAME, roots })).message).toMatch(
      /has expired.*to 2010-12-31T00:00:00/,
    )
    server.install(await certificateFor([NAME], { period: year(2061) }))
    expect((await failure({ endpoint: server.endpoint, name: NAME, roots })).message).toMatch(
      /not valid yet.*from 2061-01-01T00:00/,
    )
  })

  it('fails when the certificate is for other names', async () => {
    const { fullchain, privateKey } = await certificateFor(Array.from({ length: 7 }, (_, i) => `n${i}.example.test`))
    const endpoint = await endpointOf(createTlsServer({ cert: fullchain, key: privateKey }))
    expect((await failure({ endpoint, name: NAME, roots })).message).toContain(
      'the certificate is for n0.example.test, n1.example.test, n2.example.test, n3.example.test, n4.example.test and 2 more',
    )
  })

  it('fails when nothing listens', async () => {
    const server = await startServer()
    await server.stop()
    expect((await failure({ endpoint: server.endpoint, name: NAME, roots })).message).toContain('nothing listens there')
  })

  it('fails when what listens does not speak TLS, hangs up, or says nothing', async () => {
    const plain = await endpointOf(createServer((socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect((await failure({ endpoint: plain, name: NAME, roots })).message).toContain('does not speak TLS')
    const closing = await endpointOf(createServer((socket) => void socket.end()))
    expect((await failure({ endpoint: closing, name: NAME, roots })).message).toContain('ended the connection')
    const silent = await endpointOf(createServer())
    expect((await failure({ endpoint: silent, name: NAME, roots, timeoutMs: 30 })).message).toContain('no answer came in time')
  })

  it.each([
    { endpoint: '127.0.0.1' },
    { endpoint: '127.0.0.1:0' },
    { endpoint: '127.0.0.1:65536' },
    { endpoint: '' },
    { name: '' },
    { name: '*.example.test' },
    { name: '127.0.0.1' },
    { name: 'a b.test' },
    { roots: '' },
    { roots: 'garbage' },
    { roots: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
  ])('refuses %j', async (wrong) => {
    const error = await failure({ endpoint: '127.0.0.1:1', name: NAME, roots, ...wrong })
    expect(error.code).toBe('USAGE')
  })
})
