import { once } from 'node:events'
import { request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { DomainctlError } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEYS } from '../x509/certificates.test.support.ts'
import { handshake } from './handshake.ts'
import { authority, certificateFor, startServer } from './https.test.support.ts'
import { startHttpsServer } from './start-https-server.ts'

const roots = authority.root
const portOf = (endpoint: string) => Number(endpoint.split(':')[1])

async function serialOf(endpoint: string, name: string): Promise<string> {
  return (await handshake({ endpoint, name, roots })).serial
}

/** The code with which a client of its own making is refused. */
async function refusal(endpoint: string, o: ConnectionOptions): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: portOf(endpoint), rejectUnauthorized: false, ...o })
  const [error] = await once(socket, 'error').catch((thrown) => [thrown])
  return String(error.code)
}

interface Answer {
  status: number | undefined
  headers: Record<string, unknown>
  text: string
}

async function ask(endpoint: string, servername: string, o: { method?: string; body?: string } = {}): Promise<Answer> {
  const { method = 'GET', body } = o
  const asked = request({
    host: '127.0.0.1',
    port: portOf(endpoint),
    servername,
    ca: roots,
    method,
    path: '/any?thing',
    agent: false,
  })
  asked.end(body)
  const [response] = await once(asked, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }
}

describe('startHttpsServer', () => {
  it('shows each name its certificate', async () => {
    const { endpoint, install } = await startServer()
    const [shop, blog] = [await certificateFor(['shop.example.test']), await certificateFor(['blog.example.test'])]
    install(shop)
    install(blog)
    expect(endpoint).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(await serialOf(endpoint, 'shop.example.test')).toBe(shop.serial)
    expect(await serialOf(endpoint, 'blog.example.test')).toBe(blog.serial)
    expect(await serialOf(endpoint, 'SHOP.Example.test')).toBe(shop.serial)
  })

  it('prefers the exact name to a wildcard, which covers one label', async () => {
    const { endpoint, install } = await startServer()
    const [exact, wildcard] = [await certificateFor(['shop.example.test']), await certificateFor(['*.example.test'])]
    install(exact)
    install(wildcard)
    expect(await serialOf(endpoint, 'shop.example.test')).toBe(exact.serial)
    expect(await serialOf(endpoint, 'other.example.test')).toBe(wildcard.serial)
    for (const name of ['example.test', 'a.b.example.test'])
      await expect(serialOf(endpoint, name)).rejects.toThrow('no certificate')
  })

  it('shows the new certificate once it is installed, also to a client that resumes its session', async () => {
    const { endpoint, install } = await startServer()
    const name = 'shop.example.test'
    install(await certificateFor([name]))
    const first = connect({ host: '127.0.0.1', port: portOf(endpoint), servername: name, ca: roots })
    const sessions: Buffer[] = []
    first.on('session', (session) => sessions.push(session))
    await once(first, 'secureConnect')
    first.end('GET / HTTP/1.1\r\nhost: x\r\n\r\n').resume()
    await once(first, 'close')
    const renewed = await certificateFor([name])
    install(renewed)
    expect(await serialOf(endpoint, name)).toBe(renewed.serial)
    for (const session of sessions) {
      const again = connect({ host: '127.0.0.1', port: portOf(endpoint), servername: name, ca: roots, session })
      await once(again, 'secureConnect')
      expect(again.isSessionReused()).toBe(false)
      again.destroy()
    }
  })

  it('refuses clients without a name, or with one that it has no certificate for, by an alert, and goes on', async () => {
    const { endpoint, install } = await startServer()
    const shop = await certificateFor(['*.example.test'])
    install(shop)
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
      for (const servername of ['', 'shop.example.org', '*.example.test', 'a\r\nb.example.test', '.example.test'])
        expect(await refusal(endpoint, { servername, maxVersion })).toMatch(/ALERT_HANDSHAKE_FAILURE/)
    expect(await serialOf(endpoint, 'shop.example.test')).toBe(shop.serial)
  })

  it('answers GET and HEAD with the name and the serial', async () => {
    const { endpoint, install } = await startServer()
    const { serial, ...files } = await certificateFor(['shop.example.test'])
    install(files)
    const answer = await ask(endpoint, 'shop.example.test')
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8', connection: 'close' } })
    expect(answer.text).toBe(`shop.example.test is served with certificate ${serial}\n`)
    expect(await ask(endpoint, 'shop.example.test', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    const post = await ask(endpoint, 'shop.example.test', { method: 'POST', body: 'x'.repeat(10) })
    expect(post).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })

  it('refuses to install what it could not serve, and says nothing of the key', async () => {
    const { endpoint, install } = await startServer()
    const good = await certificateFor(['shop.example.test'])
    install(good)
    const other = await certificateFor(['shop.example.test'])
    const weak = KEYS.rsa(1024).export({ type: 'pkcs8', format: 'pem' }).toString()
    const locked = KEYS.ec256().export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
    for (const [files, why] of [
      [{ ...good, privateKey: other.privateKey }, 'belongs to another certificate'],
      [{ ...good, privateKey: weak }, 'belongs to another certificate'],
      [{ ...good, privateKey: locked }, 'private key cannot be read'],
      [{ ...good, privateKey: '' }, 'private key cannot be read'],
      [{ ...good, fullchain: good.privateKey }, 'certificate cannot be read'],
      [{ fullchain: authority.root, privateKey: other.privateKey }, 'belongs to another certificate'],
    ] as const) {
      const attempt = () => install(files)
      expect(attempt).toThrow(DomainctlError)
      expect(attempt).toThrow(why)
      try {
        attempt()
      } catch (error) {
        const said = JSON.stringify([
          String(error),
          error,
          Object.getOwnPropertyNames(error).map((key) => Reflect.get(Object(error), key)),
        ])
        expect(said).not.toMatch(/PRIVATE KEY|-----/)
        expect(Reflect.get(Object(error), 'cause')).toBeUndefined()
      }
    }
    expect(await serialOf(endpoint, 'shop.example.test')).toBe(good.serial)
  })

  it('goes on after garbage and after half a handshake', async () => {
    const { endpoint, install } = await startServer()
    const shop = await certificateFor(['shop.example.test'])
    install(shop)
    const hello = Buffer.from('1603010200010001fc0303', 'hex')
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.uint8Array({ maxLength: 200 }), async (begins, garbage) => {
        const socket = connectTcp({ host: '127.0.0.1', port: portOf(endpoint) })
        socket.on('error', () => {})
        socket.end(begins ? Buffer.concat([hello, garbage]) : garbage)
        socket.resume()
        await once(socket, 'close')
      }),
      { numRuns: 50 },
    )
    expect(await serialOf(endpoint, 'shop.example.test')).toBe(shop.serial)
  })

  it('stops at once, also with connections that are open, and more than once', async () => {
    const server = await startHttpsServer({})
    const idle = connectTcp({ host: '127.0.0.1', port: portOf(server.endpoint) })
    idle.on('error', () => {})
    await once(idle, 'connect')
    const closed = once(idle, 'close')
    await Promise.all([server.stop(), server.stop()])
    await closed
    await server.stop()
    await expect(handshake({ endpoint: server.endpoint, name: 'a.test', roots })).rejects.toThrow('nothing listens')
  })

  it('refuses a port that is none', async () => {
    await expect(startHttpsServer({ port: 70_000 })).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('says when its port is taken', async () => {
    const { endpoint } = await startServer()
    await expect(startHttpsServer({ port: portOf(endpoint) })).rejects.toMatchObject({
      code: 'SANDBOX_CANNOT_LISTEN',
    })
  })
})
