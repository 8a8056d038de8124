import { getEventListeners } from 'node:events'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeAuthority, makeLeaf } from '../acme/certificates.test.support.ts'
import { startEdge } from '../probe/edge.test.support.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import {
  dnsOf,
  GOOD,
  intermediate,
  LEAF,
  measure,
  measureOne,
  NAME,
  NEVER,
  root,
  said,
  shows,
  stranger,
  welcome,
} from './health.test.support.ts'
import { createHealthProbe } from './health-probe.ts'

const DAY = 24 * 60 * 60 * 1000
const inDays = (days: number) => new Date(Date.now() + days * DAY)

it('what is right at every layer is ok, with how long each took and what was shown', async () => {
  const { observation, measurement } = await measureOne(GOOD, welcome, { endpoint: { path: '/healthz', text: 'welcome' } })
  expect(observation).toMatchObject({ outcome: 'ok', warnings: [], addresses: { broken: 0, measured: 1 } })
  expect(Object.keys(observation.layers)).toEqual(['dns', 'tcp', 'tls', 'http', 'endpoint'])
  expect(measurement.addresses[0]).toMatchObject({
    address: '127.0.0.1',
    protocol: 'TLSv1.3',
    status: 200,
    certificate: { issuer: 'Test Intermediate', fingerprint: observation.certificate?.fingerprint },
  })
})

describe('certificates', () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const bad: [title: string, shown: () => Promise<ServerOptions>, code: string, why: RegExp][] = [
    ['expired', () => shows({ notAfter: inDays(-1) }), 'TLS_CERTIFICATE_EXPIRED', /expired on 20/],
    ['not yet valid', () => shows({ notBefore: inDays(1) }), 'TLS_CERTIFICATE_NOT_YET_VALID', /valid from 20/],
    [
      'for another name',
      () => shows({ names: ['a.example.test', '*.b.test'] }),
      'TLS_NAME_MISMATCH',
      /for a\.example\.test, \*\.b\.test, not/,
    ],
    ['self-signed', selfSigned, 'TLS_SELF_SIGNED', /signed itself/],
    [
      'without its intermediate',
      async () => ({ key: LEAF.key, cert: LEAF.pem }),
      'TLS_INTERMEDIATE_MISSING',
      /of Test Intermediate, which issued that of shop\.example\.test, is not sent/,
    ],
    ['of a CA that nobody knows', () => shows({ issuer: stranger }), 'TLS_ROOT_UNKNOWN', /ends at Stranger Root/],
    ['with a gap in a long chain', gap, 'TLS_INTERMEDIATE_MISSING', /of Level 2, which issued that of Level 3, is not sent/],
    ['over TLS 1.0 alone', async () => ({ ...GOOD, ...old }), 'TLS_PROTOCOL_OLD', /TLSv1\.0, and nothing newer/],
  ]
  it.each(bad)('%s', async (_, shown, code, why) => {
    const { observation } = await measureOne(await shown())
    expect(observation).toMatchObject({ outcome: 'broken', layer: 'tls', code, address: '127.0.0.1', actor: 'operator' })
    expect(observation.why).toMatch(why)
  })

  const odd: [title: string, shown: () => Promise<ServerOptions>, warnings: string[]][] = [
    [
      'in the wrong order',
      async () => ({ ...GOOD, cert: LEAF.pem + root.pem + intermediate.pem }),
      ['TLS_CHAIN_ORDER', 'TLS_ROOT_SENT'],
    ],
    ['with the root', async () => ({ ...GOOD, cert: LEAF.pem + intermediate.pem + root.pem }), ['TLS_ROOT_SENT']],
    ['with one too many', async () => ({ ...GOOD, cert: LEAF.pem + intermediate.pem + stranger.pem }), ['TLS_CHAIN_SURPLUS']],
    ['in a chain of eight', () => levels(7), ['TLS_CHAIN_LONG']],
    ['near its end', () => shows({ notBefore: inDays(-80), notAfter: inDays(10) }), ['TLS_CERTIFICATE_EXPIRING']],
    ['nearer', () => shows({ notBefore: inDays(-80), notAfter: inDays(5) }), ['TLS_CERTIFICATE_CRITICAL']],
  ]
  it.each(odd)('%s: visitors get through, with a warning', async (_, shown, warnings) => {
    expect((await measureOne(await shown())).observation).toMatchObject({ outcome: 'ok', warnings })
  })
})

/** A leaf below so many CAs, the first of which the root signed. */
async function levels(count: number, without?: number): Promise<ServerOptions> {
  const chain = [root]
  for (let level = 1; level <= count; level += 1) chain.push(await makeAuthority(`Level ${level}`, chain.at(-1)))
  const { pem, key } = await makeLeaf(chain.at(-1) ?? root, [NAME])
  const sent = chain.slice(1).filter((_, at) => at + 1 !== without)
  return {
    key,
    cert:
      pem +
      sent
        .reverse()
        .map((one) => one.pem)
        .join(''),
  }
}

const gap = () => levels(7, 2)

async function selfSigned(): Promise<ServerOptions> {
  const own = await makeAuthority(NAME)
  const { pem, key } = await makeLeaf(own, [NAME], { keys: own.keys, subject: `CN=${NAME}` })
  return { key, cert: pem }
}

describe('what is no server of HTTPS', () => {
  const raw = async (serve: (socket: import('node:net').Socket) => void) =>
    (await measure({ '127.0.0.1': { raw: serve } }, {}, { clock: loopbackClock() })).observation

  it('a tarpit that takes the connection and says nothing', async () => {
    expect(await raw(() => undefined)).toMatchObject({ layer: 'tls', code: 'TLS_TIMED_OUT', ms: 10_000 })
  })
  it('something else than TLS', async () => {
    expect(await raw((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'))).toMatchObject({ layer: 'tls', code: 'TLS_NOT_SPOKEN' })
  })
  it('a connection that is closed at once', async () => {
    expect(await raw((socket) => socket.end())).toMatchObject({ layer: 'tls', code: 'TLS_BROKEN_OFF' })
  })
  it('nothing at all', async () => {
    const { probe } = await measure({}, {}, { httpsPort: await closedPort(), dns: dnsOf({ [NAME]: ['127.0.0.1'] }) })
    const { addresses } = await probe.measure({ name: NAME }, { signal: NEVER })
    expect(addresses[0]?.layers).toMatchObject([{ layer: 'tcp', fault: { code: 'TCP_REFUSED' } }])
  })
})

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 1
}

describe('HTTP', () => {
  it.each([
    [500, {}, 'HTTP_SERVER_ERROR'],
    [421, {}, 'HTTP_MISDIRECTED'],
    [404, {}, undefined],
    [404, { page: { path: '/', status: [200, 204] } }, 'HTTP_STATUS_WRONG'],
    [503, { page: { path: '/', status: [503] } }, undefined],
    [200, { page: { path: '/', text: 'welcome' } }, undefined],
    [200, { page: { path: '/', text: 'goodbye' } }, 'HTTP_TEXT_MISSING'],
    [200, { endpoint: { path: '/', status: [204] } }, 'ENDPOINT_STATUS_WRONG'],
    [404, { endpoint: { path: '/' } }, 'ENDPOINT_STATUS_WRONG'],
    [200, { endpoint: { path: '/', text: 'goodbye' } }, 'ENDPOINT_TEXT_MISSING'],
  ])('an answer of %i where %j is expected', async (status, target, code) => {
    const { observation } = await measureOne(GOOD, (_, response) => response.writeHead(status).end('and welcome'), target)
    expect(observation.code).toBe(code)
  })

  it('an answer without end is read as far as it is allowed, and no further', async () => {
    let sent = 0
    const endless = await measureOne(
      GOOD,
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'a'))) sent += 1
        }
        response.on('drain', more)
        more()
      },
      { page: { path: '/', text: 'goodbye' } },
    )
    expect(endless.observation).toMatchObject({ layer: 'http', code: 'HTTP_TEXT_MISSING' })
    expect(sent).toBeLessThan(1_000)
  })

  it('an answer that never ends, byte by byte', async () => {
    const slow = { http: dripping, tls: GOOD }
    const { observation } = await measure({ '127.0.0.1': slow }, { page: { path: '/', text: 'b' } }, { clock: loopbackClock() })
    expect(observation).toMatchObject({ layer: 'http', code: 'HTTP_TIMED_OUT' })
  })

  it('an answer that breaks off, and one that is none', async () => {
    const off = await measureOne(GOOD, (request) => request.socket.destroy())
    expect(off.observation).toMatchObject({ layer: 'http', code: 'HTTP_BROKEN_OFF' })
    const none = await measureOne(GOOD, (request) => request.socket.end('what?\r\n\r\n'))
    expect(none.observation).toMatchObject({ layer: 'http', code: 'HTTP_NOT_SPOKEN' })
  })
})

const dripping: import('node:http').RequestListener = (_, response) => {
  const drops = setInterval(() => response.write('a'), 1)
  response.on('close', () => clearInterval(drops))
}

describe('redirects', () => {
  const to =
    (location: string): import('node:http').RequestListener =>
    (_, response) =>
      response.writeHead(302, { location }).end()

  it.each([
    ['in a circle', '/', 'HTTP_REDIRECT_LOOP'],
    ['to where machines are told about themselves', 'http://169.254.169.254/latest', 'HTTP_REDIRECT_PRIVATE'],
    ['to a port of something else', `https://${NAME}:22/`, 'HTTP_REDIRECT_PRIVATE'],
    ['to a host without an address', 'https://gone.example.test/', 'HTTP_REDIRECT_BROKEN'],
    ['to what is not HTTP', 'ftp://shop.example.test/', 'HTTP_REDIRECT_BROKEN'],
    ['to no URL', 'http://[', 'HTTP_REDIRECT_BROKEN'],
  ])('%s', async (_, location, code) => {
    expect((await measureOne(GOOD, to(location))).observation).toMatchObject({ layer: 'http', code })
  })

  it('more than ten', async () => {
    let n = 0
    const { observation, measurement } = await measureOne(GOOD, (_, response) =>
      response.writeHead(301, { location: `/${++n}` }).end(),
    )
    expect(observation).toMatchObject({ layer: 'http', code: 'HTTP_REDIRECTS_TOO_MANY' })
    expect(measurement.addresses[0]?.redirects).toHaveLength(11)
  })

  it('to another host are followed there, where the certificate is for that host', async () => {
    const dns = dnsOf({ [NAME]: ['127.0.0.1'], 'www.example.test': ['127.0.0.2'], 'old.example.test': ['127.0.0.2'] })
    const edges = {
      '127.0.0.1': { http: to('https://www.example.test/'), tls: GOOD },
      '127.0.0.2': { http: welcome, tls: await shows({ names: ['www.example.test'] }) },
    }
    const text = { page: { path: '/', text: 'welcome' } }
    expect((await measure(edges, text, { dns })).observation).toMatchObject({ outcome: 'ok' })
    const wrong = { ...edges, '127.0.0.1': { http: to('https://old.example.test/'), tls: GOOD } }
    expect((await measure(wrong, text, { dns })).observation).toMatchObject({ code: 'HTTP_REDIRECT_BROKEN' })
  })
})

describe('addresses', () => {
  it('each is measured; one that is broken is enough, and says where', async () => {
    const { observation } = await measure({
      '127.0.0.1': { http: welcome, tls: GOOD },
      '127.0.0.2': { http: welcome, tls: await shows({ notAfter: inDays(-1) }) },
    })
    expect(observation).toMatchObject({
      outcome: 'broken',
      code: 'TLS_CERTIFICATE_EXPIRED',
      address: '127.0.0.2',
      addresses: { broken: 1, measured: 2 },
    })
  })

  it('what is not public is not connected to', async () => {
    const { observation } = await measure({ '127.0.0.1': { http: welcome, tls: GOOD } }, {}, { allowPrivate: false })
    expect(observation).toMatchObject({ outcome: 'broken', layer: 'dns', code: 'ADDRESS_PRIVATE', actor: 'customer' })
  })
})

describe('DNS', () => {
  const edges = { '127.0.0.1': { http: welcome, tls: GOOD } }
  const names = { [NAME]: ['127.0.0.1'] }

  it.each(['missing', 'none', 'loop', 'too-long'] as const)('a name that leads nowhere: %s', async (end) => {
    const dns = dnsOf({}, { trace: async (name) => ({ path: [name], end, addresses: [] }) })
    expect((await measure(edges, {}, { dns })).observation).toMatchObject({ outcome: 'broken', layer: 'dns', actor: 'customer' })
  })

  it('one resolver that fails is a warning, two are an outage', async () => {
    const one = dnsOf(names, { askResolvers: async () => [said('a', ['127.0.0.1']), said('b', [], 'SERVFAIL')] })
    expect((await measure(edges, {}, { dns: one })).observation).toMatchObject({
      outcome: 'ok',
      warnings: ['NAME_RESOLVERS_DIFFER'],
    })
    const two = dnsOf(names, { askResolvers: async () => [said('a', [], 'SERVFAIL'), said('b', [], 'SERVFAIL')] })
    expect((await measure(edges, {}, { dns: two })).observation).toMatchObject({ layer: 'dns', code: 'NAME_RESOLVERS_FAIL' })
  })

  it('servers that are silent are an outage when two resolvers fail as well, and unknown when they are silent too', async () => {
    const trace = async (name: string) => ({ path: [name], end: 'silent' as const, addresses: [] })
    const with2 = async (values: string[], rcode?: string) => {
      const dns = dnsOf({}, { trace, askResolvers: async () => [said('a', values, rcode), said('b', values, rcode)] })
      return (await measure(edges, {}, { dns })).observation
    }
    expect(await with2(['127.0.0.1'])).toMatchObject({ outcome: 'ok', warnings: ['NAME_SERVERS_UNREACHED'] })
    expect(await with2([], 'SERVFAIL')).toMatchObject({ outcome: 'broken', code: 'NAME_SERVERS_SILENT' })
    expect(await with2([], 'silent')).toMatchObject({ outcome: 'inconclusive' })
  })

  it('that flips between two answers: both are measured where two resolvers have the other one', async () => {
    const dns = dnsOf(names, { askResolvers: async () => [said('a', ['127.0.0.2']), said('b', ['127.0.0.2'])] })
    const both = { ...edges, '127.0.0.2': { http: welcome, tls: GOOD } }
    expect((await measure(both, {}, { dns })).observation).toMatchObject({ outcome: 'ok', addresses: { measured: 2 } })
  })

  it('that never answers does not hold a check for ever', async () => {
    const dns = dnsOf(names, { trace: (_, { signal }) => untilAborted(signal) })
    const clock = loopbackClock()
    const done = measure(edges, {}, { dns, clock })
    expect((await done).observation).toMatchObject({ code: 'NAME_SERVERS_SILENT' })
  })
})

describe("this machine's own connectivity", () => {
  it('is looked at first: when no anchor is reached nothing is said', async () => {
    const anchors = [{ host: '127.0.0.1', port: await closedPort() }]
    const { observation } = await measure({ '127.0.0.1': { http: welcome, tls: GOOD } }, {}, { anchors })
    expect(observation).toMatchObject({ outcome: 'inconclusive', layers: {} })
  })

  it('is looked at again when something is broken', async () => {
    const anchor = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => anchor.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void anchor.close())
    const address = anchor.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const broken = { '127.0.0.1': { http: welcome, tls: await shows({ notAfter: inDays(-1) }) } }
    // A machine without IPv6 says nothing of its own connectivity by that.
    const anchors = [
      { host: '127.0.0.1', port },
      { host: '::1', port: await closedPort() },
    ]
    expect((await measure(broken, {}, { anchors })).observation).toMatchObject({ outcome: 'broken' })
    const dns = dnsOf(
      {},
      {
        trace: async (name) => {
          await new Promise((resolve) => anchor.close(resolve))
          return { path: [name], end: 'missing', addresses: [] }
        },
      },
    )
    expect((await measure(broken, {}, { anchors, dns })).observation).toMatchObject({ outcome: 'inconclusive' })
  })
})

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

it('ends when the caller does, with its reason', async () => {
  const stop = new AbortController()
  const ending = (signal: AbortSignal) => {
    setImmediate(() => stop.abort(new Error('enough')))
    return untilAborted(signal)
  }
  const probe = createHealthProbe({
    clock: loopbackClock(),
    dns: async () => dnsOf({}, { trace: (_, { signal }) => ending(signal) }),
    httpPort: 1,
    httpsPort: 1,
    allowPrivate: true,
    anchors: [],
  })
  await expect(probe.measure({ name: NAME }, { signal: stop.signal })).rejects.toThrow('enough')
})

it('leaves nothing behind in the signal of its caller, which lives as long as run', async () => {
  const stop = new AbortController()
  const port = await startEdge({ http: welcome, tls: GOOD })
  const probe = createHealthProbe({
    clock: loopbackClock(),
    dns: async () => dnsOf({ [NAME]: ['127.0.0.1'] }),
    httpPort: port,
    httpsPort: port,
    allowPrivate: true,
    anchors: [{ host: '127.0.0.1', port }],
  })
  for (let n = 0; n < 2; n++) expect((await probe.measure({ name: NAME }, { signal: stop.signal })).addresses).toHaveLength(1)
  expect(getEventListeners(stop.signal, 'abort')).toEqual([])
})

describe('a server that speaks HTTP/2 alone', () => {
  async function start(answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void): Promise<number> {
    const server = createSecureServer(GOOD as object, answer)
    const sessions = new Set<{ destroy(): void }>()
    server.on('session', (session) => sessions.add(session))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      for (const session of sessions) session.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    return (server.address() as AddressInfo).port
  }
  const look = async (port: number, target: object) =>
    (await measure({}, { addresses: ['127.0.0.1'], port, ...target })).observation

  it('is measured as browsers see it, with its page, its redirects and its endpoint', async () => {
    const port = await start(({ url, authority }, response) => {
      if (url === '/') response.writeHead(302, { location: `https://${authority}/in` }).end()
      else response.end(url === '/in' ? 'wel'.concat('come') : 'fine')
    })
    const target = { page: { path: '/', text: 'welcome' }, endpoint: { path: '/healthz', text: 'fine' } }
    expect(await look(port, target)).toMatchObject({ outcome: 'ok', warnings: [] })
    expect(await look(port, { page: { path: '/', text: 'goodbye' } })).toMatchObject({ code: 'HTTP_TEXT_MISSING' })
  })

  it('is broken where it answers with an error, or not', async () => {
    const failing = await start((_, response) => response.writeHead(503).end())
    expect(await look(failing, {})).toMatchObject({ layer: 'http', code: 'HTTP_SERVER_ERROR' })
    const leaving = await start(({ stream }) => stream.session?.destroy())
    expect(await look(leaving, {})).toMatchObject({ layer: 'http', code: 'HTTP_BROKEN_OFF' })
  })
})

describe('places that are given', () => {
  it('are measured in place of those of the DNS, which is not asked', async () => {
    const nobody = async () => {
      throw new Error('the DNS was asked')
    }
    const { observation, measurement } = await measure(
      { '127.0.0.1': { tls: GOOD, http: welcome } },
      { addresses: ['127.0.0.1'] },
      { dns: { trace: nobody, askResolvers: nobody } },
    )
    expect(observation).toMatchObject({ outcome: 'ok', addresses: { measured: 1 } })
    expect(measurement).not.toHaveProperty('dns')
  })

  it('are no way to addresses that nobody may ask for', async () => {
    const { observation } = await measure(
      { '127.0.0.1': { tls: GOOD, http: welcome } },
      { addresses: ['127.0.0.1', '169.254.169.254'] },
      {},
    )
    expect(observation).toMatchObject({ outcome: 'broken', code: 'ADDRESS_PRIVATE', address: '169.254.169.254' })
  })

  it('may be at another port, which the server is told, and redirects may lead back to', async () => {
    const hosts: (string | undefined)[] = []
    const { observation, port } = await measure(
      {
        '127.0.0.1': {
          tls: GOOD,
          http: ({ url, headers }, response) => {
            hosts.push(headers.host)
            if (url === '/in') response.end('welcome')
            else response.writeHead(302, { location: `https://${headers.host}/in` }).end()
          },
        },
      },
      (port) => ({ port, endpoint: { path: '/in' } }),
      { httpsPort: 1 },
    )
    expect(observation).toMatchObject({ outcome: 'ok' })
    expect(hosts).toEqual([`${NAME}:${port}`, `${NAME}:${port}`, `${NAME}:${port}`])
  })
})

it('an endpoint with a certificate that no client takes is not reached', async () => {
  for (const tls of [await shows({ issuer: stranger }), await shows({ notAfter: inDays(-1) })]) {
    const port = await startEdge({ http: welcome, tls })
    const { observation } = await measureOne(GOOD, welcome, { endpoint: { path: '/', port } })
    expect(observation).toMatchObject({ layer: 'endpoint', code: 'ENDPOINT_UNREACHABLE' })
    expect(observation.why).toContain('no client takes its certificate')
  }
})
