import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeployTarget, systemClock, systemRandom } from '@domainctl/core'
import { describeDeployTarget, manualClock } from '@domainctl/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeAuthority, makeLeaf } from '../../../../core/src/acme/certificates.test.support.ts'
import { ALWAYS, startReceiver } from '../../notify/receiver.test.fixture.ts'
import type { Reach } from '../../posts/reach.ts'
import { certificateFor } from '../target.test.fixture.ts'
import { receiverOfGuide } from './guide.test.support.ts'
import { createWebhookTarget } from './index.ts'

const SECRET = 'a-secret-of-twenty-bytes'
const NOW = new Date('2026-11-22T12:00:00Z')
const certificate = await certificateFor('shop.example.test', 1)
const [keyLine = ''] = certificate.privateKey?.split('\n').filter((line) => line.length > 16 && !line.startsWith('-')) ?? []

const targetAt = (url: string, o: { timeoutMs?: number; caFile?: string; reach?: Reach } = {}) => {
  const { reach = 'any', ...options } = o
  return createWebhookTarget({ url, secret: SECRET, ...options }, { clock: manualClock(NOW), random: systemRandom(), reach })
}
const failure = (target: DeployTarget, signal = ALWAYS) =>
  target.deploy(certificate, { signal, reason: 'deploy' }).then(
    () => null,
    (error: unknown) => error,
  )

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describeDeployTarget('a webhook, at the receiver of its guide', async () => {
  const ends: (() => Promise<void>)[] = []
  const createReceiver = await receiverOfGuide((end) => ends.push(end))
  const there = new Map<string, string>()
  let isBroken = false
  const server = createReceiver(SECRET, async ({ domain, fingerprint, certificateChain, privateKey }) => {
    if (isBroken) throw new Error(`no ${privateKey}`)
    if (!certificateChain.includes('BEGIN CERTIFICATE') || !privateKey) throw new Error('it is not whole')
    const isNew = there.get(domain) !== fingerprint
    there.set(domain, fingerprint)
    return isNew
  })
  const port = await listening(server)
  const url = `http://127.0.0.1:${port}/internal/v1/certificates/apply`
  const runtime = { clock: systemClock(), random: systemRandom(), reach: 'any' } as const
  return {
    target: createWebhookTarget({ url, secret: SECRET }, runtime),
    certificate: certificateFor,
    placed: async (name) => there.get(name) ?? null,
    async breakIt() {
      isBroken = true
      return async () => {
        isBroken = false
      }
    },
    async close() {
      server.close()
      for (const end of ends) await end()
    },
  }
})

describe('the receiver of the guide', () => {
  it('takes nothing that is unsigned, old, changed or recorded', async () => {
    const { url: recording, received } = await startReceiver()
    const sending = createWebhookTarget({ url: recording, secret: SECRET }, { reach: 'any' })
    await sending.deploy(certificate, { signal: ALWAYS, reason: 'deploy' })
    await targetAt(recording).deploy(certificate, { signal: ALWAYS, reason: 'rollback' })
    const [fresh, old] = received
    if (!fresh || !old) throw new Error('nothing came')
    const applied: string[] = []
    const server = (await receiverOfGuide())(SECRET, async ({ reason }) => applied.push(reason) > 0)
    const port = await listening(server)
    onTestFinished(() => void server.close())
    const send = async ({ headers, body }: typeof fresh) => {
      const ours = Object.entries(headers).filter(([name]) => name.startsWith('domainctl-')) as [string, string][]
      return (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers: ours, body })).status
    }
    expect(await send({ ...fresh, body: fresh.body.replace('shop', 'evil') })).toBe(401)
    expect(await send({ ...fresh, headers: {} })).toBe(401)
    expect(await send(old)).toBe(401)
    expect(await send({ ...old, headers: { ...old.headers, 'domainctl-timestamp': fresh.headers['domainctl-timestamp'] } })).toBe(
      401,
    )
    expect(await send(fresh)).toBe(200)
    expect(await send(fresh)).toBe(409)
    expect(applied).toEqual(['deploy'])
  })
})

describe('a webhook', () => {
  it('posts what the guide says, with an id of its own each time', async () => {
    const { url, received } = await startReceiver((response) => response.end('{"changed":false}'))
    const target = targetAt(url)
    expect(await target.deploy(certificate, { signal: ALWAYS, reason: 'deploy' })).toEqual({ changed: false })
    const { privateKey: _, ...withoutKey } = certificate
    await target.deploy({ ...withoutKey, upstream: 'http://10.0.0.5:8080' }, { signal: ALWAYS, reason: 'rollback' })
    const [first, second] = received.map(({ body }) => JSON.parse(body))
    expect(first).toEqual({
      id: received[0]?.headers['domainctl-id'],
      reason: 'deploy',
      domain: 'shop.example.test',
      names: ['shop.example.test'],
      fingerprint: certificate.fingerprint,
      serial: '01',
      notAfter: '2030-01-01T00:00:00.000Z',
      certificateChain: certificate.fullchain,
      privateKey: certificate.privateKey,
    })
    expect(second).not.toHaveProperty('privateKey')
    expect(second).toMatchObject({ reason: 'rollback', upstream: 'http://10.0.0.5:8080', fingerprint: certificate.fingerprint })
    expect(second.id).not.toBe(first.id)
  })

  it.each([
    [200, null],
    [204, null],
    [301, 'DEPLOY_FAILED'],
    [307, 'DEPLOY_FAILED'],
    [400, 'DEPLOY_FAILED'],
    [401, 'DEPLOY_FAILED'],
    [404, 'DEPLOY_FAILED'],
    [409, 'DEPLOY_REFUSED'],
    [422, 'DEPLOY_REFUSED'],
    [429, 'DEPLOY_FAILED'],
    [500, 'DEPLOY_FAILED'],
  ])('takes an answer %i as %s, follows nothing, and shows neither key nor secret', async (status, code) => {
    const elsewhere = await startReceiver()
    const { url } = await startReceiver((response) => {
      const said = `no ${SECRET} ${keyLine} \u001b[31m`
      response.writeHead(status, { location: elsewhere.url }).end(status === 204 ? undefined : said)
    })
    const error = await failure(targetAt(url))
    if (code === null) return expect(error).toBeNull()
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/.{20}/) })
    const shown = `${JSON.stringify(error)} ${(error as Error).stack}`
    for (const secret of [SECRET, keyLine, '\u001b']) expect(shown).not.toContain(secret)
    expect(elsewhere.received).toEqual([])
  })

  it('says when the receiver wants to be asked again', async () => {
    const { url } = await startReceiver((response) => response.writeHead(503, { 'retry-after': '600' }).end())
    expect(await failure(targetAt(url))).toMatchObject({
      code: 'DEPLOY_FAILED',
      retryAt: new Date(NOW.getTime() + 600_000),
    })
  })

  it('connects to no private address unless it may, and in a sandbox to no other', async () => {
    const { url, received } = await startReceiver()
    for (const base of [url, url.replace('127.0.0.1', 'localhost')])
      expect(await failure(targetAt(base, { reach: 'public' })), base).toMatchObject({
        code: 'DEPLOY_FAILED',
        hint: expect.stringContaining('--allow-private'),
      })
    expect(await failure(targetAt('https://9.9.9.9/apply', { reach: 'private' }))).toMatchObject({
      code: 'DEPLOY_FAILED',
      hint: expect.stringContaining('sandbox'),
    })
    expect(received).toEqual([])
  })

  it('sends nothing to a server that it does not trust, and trusts the roots that it is given', async () => {
    const root = await makeAuthority('Root of the receiver')
    const { pem, key } = await makeLeaf(root, ['localhost'])
    const bodies: string[] = []
    const server = createSecureServer({ cert: pem, key }, (request, response) => {
      request.on('data', (chunk) => bodies.push(String(chunk)))
      request.on('end', () => response.end())
    })
    onTestFinished(() => void server.close())
    const port = await listening(server)
    const folder = await mkdtemp(join(tmpdir(), 'domainctl-roots-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const caFile = join(folder, 'root.pem')
    const url = `https://localhost:${port}/apply`
    expect(await failure(targetAt(url))).toMatchObject({ code: 'DEPLOY_FAILED', message: expect.stringContaining('not trusted') })
    expect(await failure(targetAt(url, { caFile }))).toMatchObject({ message: expect.stringContaining(caFile) })
    await writeFile(caFile, root.pem)
    expect(bodies).toEqual([])
    expect(await failure(targetAt(url, { caFile }))).toBeNull()
    expect(bodies.join('')).toContain(certificate.fingerprint)
    const otherName = `https://127.0.0.1:${port}/apply`
    expect(await failure(targetAt(otherName, { caFile }))).toMatchObject({ message: expect.stringContaining('not trusted') })
    expect(bodies).toHaveLength(1)
  })

  it('does not wait for ever, nor read an endless answer, and says that it may be in place all the same', async () => {
    const silent = await startReceiver(() => undefined)
    const cut = await startReceiver((response) => response.destroy())
    for (const [url, why] of [
      [silent.url, 'no answer in 0.2 s'],
      [cut.url, 'ECONNRESET'],
      ['http://127.0.0.1:1', 'ECONNREFUSED'],
    ] as const)
      expect(await failure(targetAt(url, { timeoutMs: 200 }))).toMatchObject({
        code: 'DEPLOY_FAILED',
        message: expect.stringContaining(why),
      })
    const endless = await startReceiver((response) => {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(await failure(targetAt(endless.url))).toBeNull()
  })

  it('takes no answer that is none', async () => {
    const answers = [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      'SSH-2.0-OpenSSH_9.2\r\n',
      '',
    ]
    for (const answer of answers) {
      const server = createTcpServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(answer)))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      expect(await failure(targetAt(`http://127.0.0.1:${port}`)), answer).toMatchObject({ code: 'DEPLOY_FAILED' })
      server.close()
    }
  })

  it('ends with its caller', async () => {
    const { url } = await startReceiver(() => stop.abort(new Error('enough')))
    const stop = new AbortController()
    expect(await failure(targetAt(url), stop.signal)).toBe(stop.signal.reason)
  })

  it.each([
    { url: 'http://edge.example.com/apply' },
    { url: 'https://user:secret@edge.example.com/apply' },
    { url: 'https://edge.example.com/apply?token=x' },
    { url: 'edge.example.com' },
    { secret: 'short' },
    { caFile: 'relative.pem' },
    { timeoutMs: 3_600_000 },
  ])('refuses %j', (wrong) => {
    expect(() => createWebhookTarget({ url: 'https://edge.example.com', secret: SECRET, ...wrong })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})
