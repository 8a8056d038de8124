import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import type { Answer } from 'dns-packet'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AcmeProblem } from '../acme/problem.ts'
import type { Http01Claim } from '../acme/validation.ts'
import { createServerCertificate } from '../x509/server-certificate.ts'
import { createDnsValidation } from './dns-validation.ts'
import { cname, RCODE, scriptedServer, type TestRuntime, testRuntime, turns, zoneScript } from './lookup.test.support.ts'

const PATH = '/.well-known/acme-challenge/token_1'
const KEY_AUTHORIZATION = 'token_1.LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'

const a = (name: string, data = '127.0.0.1'): Answer => ({ type: 'A', name, ttl: 60, class: 'IN', data })
const aaaa = (name: string, data = '::1'): Answer => ({ type: 'AAAA', name, ttl: 60, class: 'IN', data })
const HERE = a('a.example.test')

/** Listens until the test ends. */
async function listening(server: Server | ReturnType<typeof createTcpServer>, host = '127.0.0.1', port = 0): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface Seen {
  host: string | undefined
  url: string | undefined
}

/** A web server with an answer, and what it was asked for. */
async function web(answer: RequestListener, host?: string, port?: number): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((incoming, outgoing) => {
    seen.push({ host: incoming.headers.host, url: incoming.url })
    answer(incoming, outgoing)
  })
  return { port: await listening(server, host, port), seen }
}

const saying =
  (body: string | Buffer, status = 200, headers = {}): RequestListener =>
  (_, outgoing) =>
    void outgoing.writeHead(status, headers).end(body)
const redirecting = (location: string, status = 302) => saying('', status, { location })
const GOOD = saying(KEY_AUTHORIZATION)

interface Check {
  records?: readonly Answer[]
  rcodes?: Record<string, number>
  https?: number
  runtime?: TestRuntime
  signal?: AbortSignal
}

/** The problem, as `type: detail`; undefined when the proof is there. */
async function check(http: number, o: Check = {}): Promise<string | undefined> {
  const { records = [HERE], rcodes, https = 443, runtime = testRuntime(), signal = new AbortController().signal } = o
  await using dns = await scriptedServer(zoneScript(records, rcodes))
  const validation = createDnsValidation({ servers: [dns.endpoint], caaIdentity: 'ca.sandbox.test', runtime })
  const claim: Http01Claim = {
    name: 'a.example.test',
    wildcard: false,
    accountUrl: 'https://127.0.0.1:1/account/1',
    method: 'http-01',
    token: 'token_1',
    keyAuthorization: KEY_AUTHORIZATION,
    ports: { http, https },
  }
  try {
    await validation.http01(claim, signal)
    return undefined
  } catch (thrown) {
    if (!(thrown instanceof AcmeProblem)) throw thrown
    const { type, detail } = thrown.document
    return `${type.slice('urn:ietf:params:acme:error:'.length)}: ${detail.replaceAll(dns.endpoint, 'server')}`
  }
}

/** A port that nobody listens at. */
async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('the proof is there', () => {
  test('when the server of the name answers with the key authorization, asked as if at port 80', async () => {
    const { port, seen } = await web(GOOD)
    expect(await check(port)).toBeUndefined()
    expect(seen).toEqual([{ host: 'a.example.test', url: PATH }])
  })

  test.each<[string, readonly Answer[]]>([
    ['where a CNAME leads', [cname('a.example.test', 'b.other.test'), a('b.other.test')]],
    ['though AAAA cannot be looked up', [HERE]],
  ])('%s', async (_, records) => {
    const { port } = await web(GOOD)
    expect(
      await check(port, { records, rcodes: { 'AAAA a.example.test': RCODE.SERVFAIL, 'AAAA b.other.test': 2 } }),
    ).toBeUndefined()
  })

  test('with white space behind it, and with any type of content', async () => {
    const { port } = await web(saying(`${KEY_AUTHORIZATION} \r\n\t\n`, 200, { 'content-type': 'text/html' }))
    expect(await check(port)).toBeUndefined()
  })

  test('by IPv6 before IPv4', async () => {
    const six = await web(GOOD, '::1')
    expect(await check(six.port, { records: [HERE, aaaa('a.example.test')] })).toBeUndefined()
    expect(six.seen).toHaveLength(1)
  })

  test('by IPv4 when no connection comes about by IPv6', async () => {
    const { port, seen } = await web(GOOD)
    expect(await check(port, { records: [HERE, aaaa('a.example.test')] })).toBeUndefined()
    expect(seen).toHaveLength(1)
  })

  test.each([301, 302, 307, 308])(
    'after %d redirects of each kind, to http and to https whoever vouches for that',
    async (status) => {
      const tls = await createServerCertificate({ clock: manualClock(new Date()), random: systemRandom() })
      const https = await listening(createTlsServer({ key: tls.key, cert: tls.certificate }, saying(KEY_AUTHORIZATION)))
      const { port, seen } = await web((incoming, outgoing) => {
        const to = incoming.url === PATH ? '/elsewhere?a=1' : 'https://b.example.test/proof'
        outgoing.writeHead(status, { location: to }).end('Moved.')
      })
      expect(await check(port, { https, records: [HERE, a('b.example.test')] })).toBeUndefined()
      expect(seen).toEqual([
        { host: 'a.example.test', url: PATH },
        { host: 'a.example.test', url: '/elsewhere?a=1' },
      ])
    },
  )

  test('not after a redirect by 303', async () => {
    const { port } = await web((_, outgoing) => void outgoing.writeHead(303, { location: '/elsewhere' }).end())
    expect(await check(port)).toMatch(/Invalid response from .*: 303/)
  })

  test('after 10 redirects, and not after 11', async () => {
    for (const [most, expected] of [
      [10, undefined],
      [11, expect.stringContaining('More than 10 redirects')],
    ] as const) {
      let at = 0
      const { port } = await web((incoming, outgoing) => {
        at += 1
        ;(at > most ? GOOD : redirecting(`/${at}`))(incoming, outgoing)
      })
      expect(await check(port)).toEqual(expected)
    }
  })
})

describe('the proof is not there', () => {
  test.each<[string, RequestListener, string]>([
    ['another answer', saying('something "else"\x1b[31m'), 'got "something \\"else\\"\\x1b[31m"'],
    ['white space before it', saying(` ${KEY_AUTHORIZATION}`), 'got " token_1.'],
    ['more behind it', saying(`${KEY_AUTHORIZATION}x`), 'is not the key authorization'],
    ['in other letters', saying(KEY_AUTHORIZATION.toUpperCase()), 'is not the key authorization'],
    ['nothing', saying(''), 'got ""'],
    ['too much', saying('x'.repeat(1_000_000)), 'got more than 128 bytes'],
    ['too much white space', saying(KEY_AUTHORIZATION + ' '.repeat(100)), 'got more than 128 bytes'],
    ['not found', saying(KEY_AUTHORIZATION, 404), `Invalid response from http://a.example.test${PATH} [127.0.0.1]: 404`],
    ['no content', saying('', 204), ': 204'],
    ['a redirect to nowhere', saying('', 302), ': 302'],
    ['a failure', saying('', 500), ': 500'],
  ])('unauthorized: %s', async (_, answer, detail) => {
    const { port } = await web(answer)
    const problem = await check(port)
    expect(problem).toMatch(/^unauthorized: /)
    expect(problem).toContain(detail)
  })

  test.each<[string, string, string]>([
    ['to another port', 'http://a.example.test:8080/', 'only ports 80 and 443 are supported, not 8080'],
    ['to another scheme', 'ftp://a.example.test/', 'only http and https are supported'],
    ['to an IPv4 address', 'http://127.0.0.1/', 'not IP addresses'],
    ['to an IPv4 address as one number', 'http://2130706433/', 'not IP addresses'],
    ['to an IPv6 address', 'http://[::1]/', 'not IP addresses'],
    ['to a host that is no domain name', 'http://localhost/', 'its host is no domain name'],
    ['to what is no URL', 'http://', 'it is no URL'],
    ['to itself', PATH, 'Redirect loop detected'],
  ])('connection: redirected %s', async (_, location, detail) => {
    const { port } = await web(redirecting(location))
    const problem = await check(port)
    expect(problem).toMatch(/^connection: Fetching http:/)
    expect(problem).toContain(detail)
  })

  test('dns: redirected to a name that is not there', async () => {
    const { port } = await web(redirecting('http://none.example.org/'))
    expect(await check(port)).toBe('dns: DNS problem: NXDOMAIN looking up A for none.example.org at server')
  })

  test.each<[string, Check, string]>([
    ['the name is not there', { records: [] }, 'NXDOMAIN looking up A for a.example.test at server'],
    [
      'it has no address',
      { records: [a('b.a.example.test')] },
      'no A and no AAAA record found for a.example.test (seen at server)',
    ],
    [
      'its addresses cannot be looked up',
      { rcodes: { 'A a.example.test': RCODE.SERVFAIL, 'AAAA a.example.test': RCODE.SERVFAIL } },
      'SERVFAIL looking up A for a.example.test at server',
    ],
  ])('dns: %s', async (_, o, detail) => {
    expect(await check(1, o)).toBe(`dns: DNS problem: ${detail}`)
  })

  test('connection: nobody listens, by IPv6 and by IPv4; the last one is told', async () => {
    const port = await closedPort()
    const detail = `connection: Fetching http://a.example.test${PATH} [127.0.0.1]: Connection refused`
    expect(await check(port)).toBe(detail)
    expect(await check(port, { records: [HERE, aaaa('a.example.test')] })).toBe(detail)
  })

  test('unauthorized: the server at the IPv6 address is another one, whatever that of IPv4 says', async () => {
    const six = await web(saying('not me', 404), '::1')
    const four = await web(GOOD, '127.0.0.1', six.port)
    expect(await check(six.port, { records: [HERE, aaaa('a.example.test')] })).toContain('[::1]: 404')
    expect(four.seen).toEqual([])
  })

  test('connection: the server at the IPv6 address hangs up, whatever that of IPv4 says', async () => {
    const six = await listening(
      createTcpServer((socket) => void socket.once('data', () => socket.destroy())),
      '::1',
    )
    const four = await web(GOOD, '127.0.0.1', six)
    expect(await check(six, { records: [HERE, aaaa('a.example.test')] })).toContain('[::1]: Connection reset by peer')
    expect(four.seen).toEqual([])
  })

  test('connection: after a redirect there is no way back to IPv4', async () => {
    const { port } = await web(redirecting('http://b.example.test/'))
    const records = [HERE, a('b.example.test'), aaaa('b.example.test')]
    expect(await check(port, { records })).toBe('connection: Fetching http://b.example.test/ [::1]: Connection refused')
  })

  test.each<[string, (socket: Socket) => void, string]>([
    ['connection', (socket) => socket.destroy(), 'Connection reset by peer'],
    ['connection', (socket) => socket.end('no HTTP at all\r\n\r\n'), 'Error getting validation data (HPE_'],
    ['connection', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 87\r\n\r\ntoken_1'), 'Connection reset by peer'],
  ])('%s: what comes back is no answer', async (_, behave, detail) => {
    const port = await listening(createTcpServer((socket) => void socket.once('data', () => behave(socket))))
    expect(await check(port)).toContain(detail)
  })

  test('tls: what a redirect to https leads to speaks no TLS', async () => {
    const https = await listening(createTcpServer((socket) => void socket.end('plain text')))
    const { port } = await web(redirecting('https://a.example.test/'))
    expect(await check(port, { https })).toMatch(/^tls: Fetching https:\/\/a\.example\.test\/ \[127\.0\.0\.1\]: /)
  })

  test.each<[string, (socket: Socket) => void]>([
    ['nothing comes back', () => {}],
    ['the answer does not end', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 87\r\n\r\nt')],
  ])('connection: %s, and it is waited for no longer than the clock says', async (_, behave) => {
    const [runtime, asked] = [testRuntime(), Promise.withResolvers<void>()]
    const port = await listening(
      createTcpServer((socket) => {
        socket.once('data', () => {
          behave(socket)
          asked.resolve()
        })
      }),
    )
    const checked = check(port, { runtime })
    await asked.promise
    runtime.expire()
    await turns(20)
    runtime.expire()
    expect(await checked).toContain('Timeout after connect')
  })

  test('the CA stops in the middle of it', async () => {
    const [stopping, asked] = [new AbortController(), Promise.withResolvers<void>()]
    const port = await listening(createTcpServer((socket) => void socket.once('data', () => asked.resolve())))
    const checked = check(port, { signal: stopping.signal })
    await asked.promise
    stopping.abort(new Error('stopped'))
    await expect(checked).rejects.toThrow('stopped')
  })
})
