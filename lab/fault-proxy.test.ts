import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type IncomingHttpHeaders, type RequestListener, STATUS_CODES } from 'node:http'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { type Answer, pebblePaths } from './fault-rule.ts'
import { type Pebble, startPebble } from './servers/pebble.ts'
import { makeServerCertificate } from './servers/server-certificate.ts'

describe('before Pebble', () => {
  let pebble: Pebble
  let proxy: FaultProxy
  let root: string
  beforeAll(async () => {
    pebble = await startPebble({ dnsServer: '127.0.0.1:9', nonceReject: 0 })
    proxy = await startFaultProxy(pebble)
    root = await readFile(pebble.tls.rootFile, 'utf8')
  })
  afterEach(() => proxy.clear())
  afterAll(async () => {
    await proxy.stop()
    await pebble.stop()
  })
  const origin = () => new URL(proxy.directoryUrl).origin
  const ask = (method: string, path: string, body = '') => send(method, `${origin()}${path}`, root, body)

  test('the directory leads back to the proxy, and a signed request is accepted there', async () => {
    const directory = JSON.parse((await send('GET', proxy.directoryUrl, root)).body)
    expect(directory.newOrder).toBe(`${origin()}${pebblePaths.newOrder}`)
    const account = await newAccount(directory.newAccount, directory.newNonce, root)
    expect(account.status).toBe(201)
    expect(account.headers.location).toContain(`${origin()}/my-account/`)
  })

  test.each([
    [429, 30, '30', 'rateLimited'],
    [503, 86_400, '86400', 'serverInternal'],
    [503, new Date('2026-11-20T10:00:00Z'), 'Fri, 20 Nov 2026 10:00:00 GMT', 'serverInternal'],
    [500, undefined, undefined, 'serverInternal'],
  ] as const)('%i with Retry-After %s, and Pebble does not see it', async (status, retryAfter, header, type) => {
    proxy.add({ path: pebblePaths.newOrder, fault: { kind: 'refuse', status, ...(retryAfter !== undefined && { retryAfter }) } })
    const before = await pebble.requests()
    const answer = await ask('POST', pebblePaths.newOrder, '{}')
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } })
    expect(answer.headers['retry-after']).toBe(header)
    expect(answer.headers['replay-nonce']).toMatch(/^[\w-]+$/)
    expect(JSON.parse(answer.body)).toEqual({ type: `urn:ietf:params:acme:error:${type}`, detail: STATUS_CODES[status], status })
    expect((await pebble.requests())['POST /order-plz']).toBe(before['POST /order-plz'])
  })

  test('an answer of choice, without a request at Pebble', async () => {
    const answer = { status: 302, headers: { location: 'https://elsewhere.test/' }, body: Buffer.from('moved') }
    proxy.add({ path: pebblePaths.directory, nth: 1, fault: { kind: 'instead', answer } })
    const before = proxy.passed.length
    expect(await send('GET', proxy.directoryUrl, root)).toMatchObject({ status: 302, headers: answer.headers, body: 'moved' })
    expect(proxy.passed).toHaveLength(before)
    await send('GET', proxy.directoryUrl, root)
    expect(proxy.passed.slice(before)).toEqual([{ method: 'GET', path: pebblePaths.directory, status: 200 }])
  })

  test('an answer of Pebble that is changed, that is held back, and that never comes to its end', async () => {
    const change = (answer: Answer): Answer => ({ ...answer, body: answer.body.subarray(0, 10) })
    proxy.add({ path: pebblePaths.directory, nth: 1, fault: { kind: 'rewrite', answer: change } })
    expect((await send('GET', proxy.directoryUrl, root)).body).toHaveLength(10)

    const released = Promise.withResolvers<void>()
    const held = proxy.add({ path: pebblePaths.directory, nth: 1, fault: { kind: 'hold-answer', until: () => released.promise } })
    const before = proxy.passed.length
    const answered = send('GET', proxy.directoryUrl, root)
    await vi.waitFor(() => expect(proxy.passed).toHaveLength(before + 1))
    released.resolve()
    expect(await answered).toMatchObject({ status: 200 })
    expect(held.hits).toBe(1)

    proxy.add({ path: pebblePaths.directory, nth: 1, fault: { kind: 'dribble', everyMs: 5 } })
    const first = Promise.withResolvers<string>()
    const slow = request(proxy.directoryUrl, { ca: root, agent: false }, (response) => {
      response.once('data', (chunk: Buffer) => first.resolve(chunk.toString()))
    })
    slow.on('error', () => {})
    slow.end()
    expect((await first.promise).length).toBeLessThan(10)
    slow.destroy()
  })

  test('a problem of choice, with subproblems', async () => {
    const caa = { type: 'caa', detail: 'CAA forbids', identifier: { type: 'dns', value: 'a.example.test' } }
    proxy.add({ fault: { kind: 'refuse', status: 403, problem: { type: 'compound', detail: 'two', subproblems: [caa] } } })
    expect(JSON.parse((await ask('POST', pebblePaths.newOrder, '{}')).body)).toEqual({
      type: 'urn:ietf:params:acme:error:compound',
      detail: 'two',
      status: 403,
      subproblems: [{ ...caa, type: 'urn:ietf:params:acme:error:caa' }],
    })
  })

  test('only the nth request that fits meets the fault', async () => {
    const rule = proxy.add({ method: 'GET', path: /^\/dir$/, nth: 2, fault: { kind: 'refuse', status: 503 } })
    expect((await ask('HEAD', pebblePaths.newNonce)).status).toBe(200)
    const seen = []
    for (let round = 0; round < 3; round++) seen.push((await ask('GET', '/dir')).status)
    expect(seen).toEqual([200, 503, 200])
    expect(rule).toMatchObject({ seen: 3, hits: 1 })
    rule.remove()
    await ask('GET', '/dir')
    expect(rule.seen).toBe(3)
  })

  test('of two rules that fit, the first decides', async () => {
    const first = proxy.add({ path: '/dir', nth: 1, fault: { kind: 'refuse', status: 500 } })
    const second = proxy.add({ path: '/dir', fault: { kind: 'refuse', status: 503 } })
    expect([(await ask('GET', '/dir')).status, (await ask('GET', '/dir')).status]).toEqual([500, 503])
    expect([first.hits, second.hits, second.seen]).toEqual([1, 1, 2])
  })

  test('a lost answer: Pebble has done it, the client sees a reset', async () => {
    proxy.add({ path: pebblePaths.newOrder, nth: 1, fault: { kind: 'lose-answer' } })
    const before = (await pebble.requests())['POST /order-plz'] ?? 0
    await expect(ask('POST', pebblePaths.newOrder, '{}')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await pebble.requests())['POST /order-plz']).toBe(before + 1)
    expect((await ask('POST', pebblePaths.newOrder, '{}')).status).toBe(400)
  })

  test('a reset: Pebble has not seen it', async () => {
    proxy.add({ path: pebblePaths.newOrder, fault: { kind: 'reset' } })
    const before = await pebble.requests()
    await expect(ask('POST', pebblePaths.newOrder, '{}')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await pebble.requests()).toEqual(before)
  })

  test('a bad nonce comes with a good one', async () => {
    const directory = JSON.parse((await ask('GET', '/dir')).body)
    proxy.add({ path: pebblePaths.newAccount, nth: 1, fault: { kind: 'bad-nonce' } })
    const refused = await newAccount(directory.newAccount, directory.newNonce, root)
    expect(refused.status).toBe(400)
    expect(JSON.parse(refused.body).type).toBe('urn:ietf:params:acme:error:badNonce')
    const nonce = String(refused.headers['replay-nonce'])
    expect((await signed(directory.newAccount, nonce, root)).status).toBe(201)
  })

  test('a delayed request is answered as usual, later', async () => {
    proxy.add({ path: '/dir', fault: { kind: 'delay', until: () => sleep(60) } })
    const began = performance.now()
    expect((await ask('GET', '/dir')).status).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(55)
  })

  test('when Pebble is gone, the client gets no answer, rather than a made-up one', async () => {
    const orphan = await startFaultProxy({ directoryUrl: 'https://127.0.0.1:9/dir', tls: pebble.tls })
    await expect(send('GET', orphan.directoryUrl, root)).rejects.toMatchObject({ code: 'ECONNRESET' })
    await orphan.stop()
  })
})

describe('an order that stays processing', () => {
  const order = { status: 'valid', finalize: 'https://ca.test/f', certificate: 'https://ca.test/c' }
  const answers: Record<string, unknown> = {
    '/my-order/1': order,
    '/my-order/2': { ...order, status: 'ready' },
    '/authZ/1': { status: 'valid' },
  }

  test('valid is shown as processing, without the certificate; all else stays as it is', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fault-proxy-'))
    const tls = await makeServerCertificate(directory)
    const root = await readFile(tls.rootFile, 'utf8')
    const ca = await serve(tls, (incoming, response) => {
      response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(answers[incoming.url ?? '']))
    })
    const proxy = await startFaultProxy({ directoryUrl: `https://127.0.0.1:${ca.port}/dir`, tls })
    proxy.add({ fault: { kind: 'processing', retryAfter: 86_400 } })
    const ask = (path: string) => send('POST', new URL(path, proxy.directoryUrl).href, root, '{}')

    const shown = await ask('/my-order/1')
    expect(JSON.parse(shown.body)).toEqual({ status: 'processing', finalize: 'https://ca.test/f' })
    expect(shown.headers['retry-after']).toBe('86400')
    for (const path of ['/my-order/2', '/authZ/1']) {
      const kept = await ask(path)
      expect(JSON.parse(kept.body)).toEqual(answers[path])
      expect(kept.headers['retry-after']).toBeUndefined()
    }
    await proxy.stop()
    await ca.stop()
    await rm(directory, { recursive: true })
  })
})

interface Answered {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

async function send(method: string, url: string, ca: string, body = ''): Promise<Answered> {
  const headers = { 'user-agent': 'lab-test', 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) }
  return await new Promise((resolve, reject) => {
    request(url, { method, ca, headers, agent: false }, (response) => {
      text(response).then(
        (received) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
        reject,
      )
    })
      .on('error', reject)
      .end(body)
  })
}

async function newAccount(url: string, newNonce: string, ca: string): Promise<Answered> {
  const { headers } = await send('HEAD', newNonce, ca)
  return await signed(url, String(headers['replay-nonce']), ca)
}

/** A newAccount request with a new key (RFC 8555 section 7.3, JWS by RFC 7515). */
async function signed(url: string, nonce: string, ca: string): Promise<Answered> {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
  })
  const jwk = publicKey.export({ format: 'jwk' })
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = encode({ alg: 'ES256', jwk, nonce, url })
  const payload = encode({ termsOfServiceAgreed: true })
  const signature = sign('sha256', Buffer.from(`${header}.${payload}`), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const body = JSON.stringify({ protected: header, payload, signature: signature.toString('base64url') })
  return await send('POST', url, ca, body)
}

async function serve(tls: { certificateFile: string; keyFile: string }, listener: RequestListener) {
  const [cert, key] = [await readFile(tls.certificateFile), await readFile(tls.keyFile)]
  const server = createServer({ cert, key }, listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
