import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDomainctl } from '@domainctl/core'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Finished, openShell, type Shell } from '../lifecycle/command.ts'
import { txtAt } from '../lifecycle/lookup.ts'
import { hasIpv6, startWebServer, type WebServer } from '../lifecycle/web-server.ts'
import type { CaResource, FaultInForce } from '../lifecycle/world.ts'
import { type FaultyLabWorld, startFaultyLabWorld } from './world.ts'

// HTTP-01 with the command, validated by Pebble: every way to answer, what is not right, and what a killed run leaves.

const PATH = '/.well-known/acme-challenge/'
const HAS_IPV6 = await hasIpv6()
if (!HAS_IPV6) console.warn('lab/http01: this machine has no ::1; IPv6 is skipped')

let world: FaultyLabWorld
beforeAll(async () => {
  world = await startFaultyLabWorld({ pebble: { nonceReject: 0 } })
})
afterEach(() => world.clearFaults())
afterAll(() => world[Symbol.asyncDispose]())

let names = 0
/** A name that nothing was done with yet, at 127.0.0.1. */
async function freshName(): Promise<string> {
  names += 1
  const name = `http-${names}.example.test`
  await world.publish([{ name, type: 'A', value: '127.0.0.1' }])
  return name
}

async function shellWith(env: Record<string, string> = {}): Promise<Shell> {
  const port = String(world.pebble.httpPort)
  const shell = await openShell(world, {
    DOMAINCTL_CHALLENGE: 'http-01',
    DOMAINCTL_HTTP_PORT: port,
    DOMAINCTL_PROVIDER: '',
    ...env,
  })
  onTestFinished(() => shell[Symbol.asyncDispose]())
  return shell
}

async function webroot(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-webroot-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void, host?: string): Promise<WebServer> {
  const server = await startWebServer(answer, { port: world.pebble.httpPort, ...(host !== undefined && { host }) })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

const files = (root: string) => (request: IncomingMessage, response: ServerResponse) => {
  readFile(join(root, request.url ?? '')).then(
    (body) => response.end(body),
    () => response.writeHead(404).end(),
  )
}
const listen = () => ({ DOMAINCTL_HTTP01_LISTEN: `127.0.0.1:${world.pebble.httpPort}` })
const challenges = async () => (await world.requests()).challenge ?? 0
const orders = async () => (await world.requests()).newOrder ?? 0
const errorOf = ({ stdout }: Finished) => JSON.parse(stdout).results[0].error

/** The tokens that were planned for a name, and its events. */
async function historyOf(shell: Shell, name: string): Promise<{ tokens: string[]; events: string[] }> {
  const { events } = JSON.parse((await shell.domainctl('history', name, '--json')).stdout)
  const planned = events.filter(({ event }: { event: string }) => event === 'answer.planned')
  return {
    tokens: planned.map(({ details }: { details: { token: string } }) => details.token),
    events: events.map(({ event }: { event: string }) => event),
  }
}

async function isForgotten(shell: Shell, name: string): Promise<void> {
  const { tokens } = await historyOf(shell, name)
  expect(tokens.length).toBeGreaterThan(0)
  for (const token of tokens) expect(await shell.domainctl('challenge', '--', token)).toMatchObject({ code: 3, stdout: '' })
}

describe('who answers', () => {
  test('the command listens itself, with no provider configured, and writes no record', async () => {
    const [shell, name] = [await shellWith(listen()), await freshName()]
    const issued = await shell.domainctl('issue', name)
    expect(issued, issued.stderr).toMatchObject({ code: 0 })
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
    await isForgotten(shell, name)
  })

  test('files in a webroot', async () => {
    const root = await webroot()
    await serve(files(root))
    const [shell, name] = [await shellWith({ DOMAINCTL_HTTP01_WEBROOT: root }), await freshName()]
    const issued = await shell.domainctl('issue', name)
    expect(issued, issued.stderr).toMatchObject({ code: 0 })
    expect(await readdir(root)).toEqual([])
    const renewed = await shell.domainctl('renew', name, '--force')
    expect(renewed, renewed.stderr).toMatchObject({ code: 0 })
    expect(await readdir(root)).toEqual([])
  })

  test('a proxy that asks the state, by the library in another process', async () => {
    const [shell, name] = [await shellWith(), await freshName()]
    const proxy = await createDomainctl({ state: `file:${join(shell.directory, '.domainctl/state.db')}` })
    onTestFinished(() => proxy.close())
    const server = await serve(async (request, response) => {
      const text = await proxy.challengeResponse(request.url?.slice(PATH.length) ?? '')
      response.writeHead(text === null ? 404 : 200).end(text)
    })
    const issued = await shell.domainctl('issue', name)
    expect(issued, issued.stderr).toMatchObject({ code: 0 })
    expect(server.paths.length).toBeGreaterThanOrEqual(2)
  })

  test('a proxy that runs the command for each token', async () => {
    const [shell, name] = [await shellWith(), await freshName()]
    await serve(async (request, response) => {
      const { code, stdout } = await shell.domainctl('challenge', '--', request.url?.slice(PATH.length) ?? '')
      response.writeHead(code === 0 ? 200 : 404).end(stdout)
    })
    const issued = await shell.domainctl('issue', name)
    expect(issued, issued.stderr).toMatchObject({ code: 0 })
  })

  test('the other process, where two issue at the same time by one address', async () => {
    const [shell, first, second] = [await shellWith(listen()), await freshName(), await freshName()]
    const both = await Promise.all([shell.domainctl('issue', first), shell.domainctl('issue', second)])
    for (const one of both) expect(one, one.stderr).toMatchObject({ code: 0 })
  })

  test.skipIf(!HAS_IPV6)('over IPv6, which Pebble asks first', async () => {
    const [name, port] = [await freshName(), world.pebble.httpPort]
    await world.publish([{ name, type: 'AAAA', value: '::1' }])
    const before = await challenges()
    const half = await (await shellWith(listen())).domainctl('issue', name, '--json')
    expect(half.code, half.stderr).toBe(3)
    expect(errorOf(half)).toMatchObject({ code: 'HTTP_CHALLENGE_UNSERVED', actor: 'customer' })
    expect(errorOf(half).message).toContain('at ::1 nothing listens')
    expect(await challenges()).toBe(before)
    const shell = await shellWith({ DOMAINCTL_HTTP01_LISTEN: `127.0.0.1:${port},[::1]:${port}` })
    const issued = await shell.domainctl('issue', name)
    expect(issued, issued.stderr).toMatchObject({ code: 0 })
  })
})

describe('what is not right', () => {
  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string]>([
    ['404', (_, response) => response.writeHead(404).end(), '404 (Not Found)'],
    ['another text', (_, response) => response.end('parked'), 'something else in place of the key authorization'],
    [
      'a redirect to nowhere',
      (_, response) => response.writeHead(302, { location: 'http://gone.example.test/' }).end(),
      'has no address',
    ],
    ['silence', () => undefined, 'there is no whole answer within 10 s'],
  ])('%s: the CA is not told', async (_, answer, message) => {
    const server = await serve(answer)
    const [shell, name, before] = [await shellWith(), await freshName(), await challenges()]
    const refused = await shell.domainctl('issue', name, '--json')
    expect(refused.code, refused.stderr).toBe(3)
    expect(errorOf(refused)).toMatchObject({ code: 'HTTP_CHALLENGE_UNSERVED', message: expect.stringContaining(message) })
    expect(await challenges()).toBe(before)
    await isForgotten(shell, name)
    await server[Symbol.asyncDispose]()
    // The same order.
    const ordered = await orders()
    const issued = await shell.domainctl('issue', name, '--http01-listen', `127.0.0.1:${world.pebble.httpPort}`)
    expect(issued, issued.stderr).toMatchObject({ code: 0 })
    expect(await orders()).toBe(ordered)
  })

  test('a port that is taken, a webroot that is none, a wildcard: told before the CA is', async () => {
    const server = await serve((_, response) => response.writeHead(404).end())
    const [name, before] = [await freshName(), await challenges()]
    const taken = await (await shellWith(listen())).domainctl('issue', name, '--json')
    expect(taken.code, taken.stderr).toBe(2)
    expect(errorOf(taken)).toMatchObject({
      code: 'HTTP_CHALLENGE_CANNOT_SERVE',
      message: expect.stringContaining('another program listens'),
    })
    await server[Symbol.asyncDispose]()
    const ordered = await orders()
    const shell = await shellWith({ DOMAINCTL_HTTP01_WEBROOT: join(tmpdir(), 'domainctl-no-such-webroot') })
    const unwritable = await shell.domainctl('issue', await freshName(), '--json')
    expect(unwritable.code, unwritable.stderr).toBe(2)
    expect(errorOf(unwritable)).toMatchObject({
      code: 'HTTP_CHALLENGE_CANNOT_SERVE',
      message: expect.stringContaining('no such folder'),
    })
    const wildcard = await shell.domainctl('issue', '*.example.test', '--json')
    expect(wildcard).toMatchObject({ code: 2 })
    expect(await orders()).toBe(ordered)
    expect(await challenges()).toBe(before)
  })
})

const stations = ['newOrder', 'authorization', 'challenge', 'order', 'finalize', 'certificate'] as const satisfies CaResource[]

describe('SIGKILL', () => {
  const ordersAre = (n: number) => vi.waitFor(async () => expect(await orders()).toBe(n), { timeout: 5_000 })

  test.each(stations.flatMap((station) => [['webroot', station] as const, ['listener', station] as const]))(
    'with a %s while %s is on its way: the next run ends it, and neither file nor answer stays',
    async (way, resource) => {
      const root = await webroot()
      if (way === 'webroot') await serve(files(root))
      const shell = await shellWith(way === 'webroot' ? { DOMAINCTL_HTTP01_WEBROOT: root } : listen())
      const name = await freshName()
      // The account is there already: only the order is at stake.
      const warm = await freshName()
      expect(await shell.domainctl('issue', warm)).toMatchObject({ code: 0 })
      const before = await orders()
      const fault = world.addFault({ resource, nth: 1, delay: () => sleep(400) })
      const { child, finished } = shell.start('issue', name)
      await isHit(fault, finished)
      child.kill('SIGKILL')
      expect(await finished).toMatchObject({ signal: 'SIGKILL' })
      if (resource === 'newOrder') await ordersAre(before + 1)
      const second = await shell.domainctl('issue', name)
      expect(second, second.stderr).toMatchObject({ code: 0 })
      // Who listens by itself answers no more when it is killed: a CA that was told to look finds nothing, and says so.
      const lost = way === 'listener' && (resource === 'challenge' || resource === 'order')
      const most = before + (lost ? 2 : 1)
      expect(await orders()).toBeLessThanOrEqual(most)
      expect(await readdir(root)).toEqual([])
      const { events } = await historyOf(shell, name)
      expect(events.filter((event) => event === 'order.planned').length).toBeLessThanOrEqual(most - before)
      expect(events.filter((event) => event === 'certificate.stored')).toHaveLength(1)
      await isForgotten(shell, name)
    },
  )

  async function isHit(fault: FaultInForce, finished: Promise<Finished>): Promise<void> {
    const ended = finished.then(({ code, stderr }) => {
      if (fault.hits === 0) throw new Error(`the command ended with ${code} before it met the fault: ${stderr}`)
    })
    await Promise.race([vi.waitFor(() => expect(fault.hits).toBe(1), { timeout: 20_000, interval: 2 }), ended])
  }
})
