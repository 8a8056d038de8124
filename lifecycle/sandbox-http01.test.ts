import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDomainctl, type Domainctl, DomainctlError, type DomainctlOptions, systemClock } from '@domainctl/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openEngine } from './engine.ts'
import { txtAt } from './lookup.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { freeHttpPort, hasIpv6, startWebServer, type WebServer } from './web-server.ts'

// HTTP-01 (RFC 8555 §8.3): who answers, what is looked at before the CA is told, and that nothing stays.

const NAME = 'shop.example.test'
const PATH = '/.well-known/acme-challenge/'
const A = { name: NAME, type: 'A', value: '127.0.0.1' } as const
const HTTP = { challenge: 'http-01' } as const
const UNSERVED = (message: RegExp, more = {}) => ({
  code: 'HTTP_CHALLENGE_UNSERVED',
  kind: 'not-ready',
  message: expect.stringMatching(message),
  ...more,
})
const HAS_IPV6 = await hasIpv6()
if (!HAS_IPV6) console.warn('sandbox-http01: this machine has no ::1; what concerns IPv6 is skipped')

/** An engine without any provider. */
interface Bare {
  domainctl: Domainctl
  directory: string
  /** Another one on the same state, as another process would be. */
  again(options?: Partial<DomainctlOptions>): Promise<Domainctl>
}

/** A world whose CA asks this port. */
async function open(port: number, options: Partial<DomainctlOptions> = {}): Promise<{ world: SandboxWorld; engine: Bare }> {
  const world = await startSandboxWorld({ ca: { httpPort: port } })
  onTestFinished(() => world[Symbol.asyncDispose]())
  await world.publish([A])
  const directory = await temporaryFolder()
  const again = async (more: Partial<DomainctlOptions> = {}) => {
    const state = `file:${join(directory, 'state.db')}`
    const { sandbox } = world
    // Its time-outs are real: a probe waits for nothing but answers.
    const clock = { ...systemClock(), now: world.clock.now }
    const engine = await createDomainctl({
      ...{ ...sandbox.engine, state, acceptTerms: true, httpPort: port, runtime: { clock } },
      ...options,
      ...more,
    })
    onTestFinished(() => engine.close())
    return engine
  }
  return { world, engine: { domainctl: await again(), directory, again } }
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-http01-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function serve(...args: Parameters<typeof startWebServer>): Promise<WebServer> {
  const server = await startWebServer(...args)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

/** The CA of this world stands at a server that lets it wait until it is released, and answers nobody else after it. */
async function lookedAtByCa() {
  const CA = 2
  const asked = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  let engine: Bare | undefined
  const server = await serve(async (request, response) => {
    const nth = server.paths.length
    if (nth === CA) {
      asked.resolve()
      await release.promise
    }
    const text = nth > CA ? null : await engine?.domainctl.challengeResponse(request.url?.slice(PATH.length) ?? '')
    response.writeHead(text ? 200 : 404).end(text)
  })
  const opened = await open(server.port)
  engine = opened.engine
  return { ...opened, server, asked: asked.promise, release: () => release.resolve() }
}

const eventsOf = async ({ domainctl }: Bare) => (await domainctl.history(NAME)).map(({ event }) => event)
const failureOf = (work: Promise<unknown>): Promise<DomainctlError> =>
  work.then(
    () => Promise.reject(new Error('it went well')),
    (error) => error,
  )

describe('who answers', () => {
  test('a listener of this process, for the time that it is needed; no provider is asked, no record is written', async () => {
    const port = await freeHttpPort()
    const { world, engine } = await open(port, { http01: { listen: [`127.0.0.1:${port}`] } })
    const { domainctl } = engine
    const issued = await domainctl.issue(NAME, HTTP)
    expect(issued).toMatchObject({ issued: true, warnings: [], domain: { challenge: 'http-01', records: [], status: 'active' } })
    expect((await world.requests()).challenge).toBe(1)
    expect(await txtAt(world, `_acme-challenge.${NAME}`)).toEqual([])
    // The port is free again.
    await using _ = await startWebServer((_, response) => response.end(), { port })
    const events = await eventsOf(engine)
    expect(events).toEqual(expect.arrayContaining(['answer.planned', 'order.challenged', 'answer.removed', 'certificate.stored']))
    expect(events).not.toContain('record.planned')
  })

  test('a webroot, which is as it was afterwards', async () => {
    const root = await temporaryFolder()
    const server = await serve((request, response) => {
      readFile(join(root, request.url ?? '')).then(
        (body) => response.end(body),
        () => response.writeHead(404).end(),
      )
    })
    const { engine } = await open(server.port, { http01: { webroot: root } })
    expect(await engine.domainctl.issue(NAME, HTTP)).toMatchObject({ issued: true })
    // Once by ourselves, once by the CA.
    expect(server.paths).toHaveLength(2)
    expect(await readdir(root)).toEqual([])
    expect(await engine.domainctl.renew(NAME, { force: true })).toMatchObject({ issued: true })
    expect(await readdir(root)).toEqual([])
  })

  test('a proxy that asks the state, of another process and for another tenant', async () => {
    const root = await temporaryFolder()
    const state = `file:${join(root, 'state.db')}`
    let proxy: { challengeResponse(token: string): Promise<string | null> } | undefined
    const server = await serve(async (request, response) => {
      const text = await proxy?.challengeResponse(request.url?.slice(PATH.length) ?? '')
      response.writeHead(text ? 200 : 404).end(text)
    })
    const { engine } = await open(server.port, { state })
    const opened = await createDomainctl({ state, readOnly: true, tenant: 'somebody-else' })
    onTestFinished(() => opened.close())
    proxy = opened
    expect(await engine.domainctl.issue(NAME, HTTP)).toMatchObject({ issued: true })
    const token = server.paths[0]?.slice(PATH.length) ?? ''
    expect(await opened.challengeResponse(token)).toBeNull()
    for (const nothing of ['', 'unknown', '../../etc/passwd', "' or 1=1 --", 'a'.repeat(10_000), '\0'])
      expect(await opened.challengeResponse(nothing)).toBeNull()
    // As a program in JavaScript may ask.
    for (const nothing of [undefined, null, 7, ['a']]) expect(await opened.challengeResponse(nothing as never)).toBeNull()
  })

  test('several names of one certificate, and several certificates at a time, by one listener', async () => {
    const port = await freeHttpPort()
    const { world, engine } = await open(port, { http01: { listen: [`127.0.0.1:${port}`] } })
    const names = ['a', 'b', 'c', 'd'].map((label) => `${label}.example.test`)
    await world.publish([...names, 'www.a.example.test'].map((name) => ({ ...A, name })))
    const issued = await Promise.all(
      names.map((name) => engine.domainctl.issue(name, { ...HTTP, ...(name.startsWith('a.') && { san: [`www.${name}`] }) })),
    )
    expect(issued.map(({ certificate }) => certificate.names.length)).toEqual([2, 1, 1, 1])
    await using _ = await startWebServer((_, response) => response.end(), { port })
  })

  test.skipIf(!HAS_IPV6)('over IPv6 and IPv4', async () => {
    const port = await freeHttpPort(['127.0.0.1', '::1'])
    const { world, engine } = await open(port, { http01: { listen: [`127.0.0.1:${port}`, `[::1]:${port}`] } })
    await world.publish([{ name: NAME, type: 'AAAA', value: '::1' }])
    expect(await engine.domainctl.issue(NAME, HTTP)).toMatchObject({ issued: true, warnings: [] })
  })
})

describe('before the CA is told', () => {
  const cases: [string, Parameters<typeof startWebServer>[0], RegExp][] = [
    ['404', (_, response) => response.writeHead(404).end('no such page'), /at 127\.0\.0\.1 the answer is 404 \(Not Found\)/],
    [
      'something else',
      (_, response) => response.end('<html>\u001b[31mhello'),
      /with something else in place of the key authorization/,
    ],
    ['nothing', (_, response) => response.end(), /with nothing in place of the key authorization/],
    [
      'a redirect to a host without an address',
      (_, response) => response.writeHead(301, { location: 'https://login.example.test/' }).end(),
      /redirect to https:\/\/login\.example\.test\/, which has no address/,
    ],
    ['a redirect in a circle', ({ url }, response) => response.writeHead(301, { location: url ?? '' }).end(), /a circle/],
    ['a broken answer', (request) => void request.socket.destroy(), /closed without an answer/],
    [
      'an answer of 10 GB',
      (_, response) => {
        response.writeHead(200, { 'content-length': 10_000_000_000 })
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      },
      /more than 64 KB/,
    ],
  ]
  test.each(cases)('%s is no answer: nothing is burned, nothing stays, and the order is kept', async (_, answer, message) => {
    const server = await serve(answer)
    const root = await temporaryFolder()
    const { world, engine } = await open(server.port, { http01: { webroot: root } })
    const error = await failureOf(engine.domainctl.issue(NAME, HTTP))
    expect(error).toMatchObject(UNSERVED(message, { actor: 'operator' }))
    expect(error.message).toContain(`http://${NAME}${PATH}`)
    expect(await world.requests()).toMatchObject({ newOrder: 1, challenge: 0 })
    expect(await readdir(root)).toEqual([])
    const token = /acme-challenge\/([\w-]+)/.exec(error.message)?.[1] ?? ''
    expect(await engine.domainctl.challengeResponse(token)).toBeNull()
    expect((await engine.domainctl.get(NAME)).lastError).toMatchObject({ code: 'HTTP_CHALLENGE_UNSERVED' })
    // The next run, by which it is mended.
    await server[Symbol.asyncDispose]()
    const again = await engine.again({ http01: { listen: [`127.0.0.1:${server.port}`] } })
    expect(await again.issue(NAME)).toMatchObject({ issued: true })
    expect(await world.requests()).toMatchObject({ newOrder: 1, challenge: 1 })
  })

  test('with a wait it looks again until the answer is there', async () => {
    let open404 = 2
    let engine: Bare | undefined
    const server = await serve(async (request, response) => {
      open404 -= 1
      const text = open404 >= 0 ? null : await engine?.domainctl.challengeResponse(request.url?.slice(PATH.length) ?? '')
      response.writeHead(text ? 200 : 404).end(text)
    })
    const opened = await open(server.port)
    engine = opened.engine
    const sleeps: number[] = []
    const clock = {
      ...systemClock(),
      now: opened.world.clock.now,
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms > 3_000 && ms <= 3_333) sleeps.push(ms)
        else await systemClock().sleep(ms, signal)
      },
    }
    const hurried = await engine.again({ runtime: { clock } })
    expect(await hurried.issue(NAME, { ...HTTP, waitMs: 3_333 })).toMatchObject({ issued: true })
    expect(sleeps).toHaveLength(2)
    expect((await opened.world.requests()).challenge).toBe(1)
  })

  test.skipIf(!HAS_IPV6)('an AAAA record that nothing listens at is told, since CAs ask there first', async () => {
    const port = await freeHttpPort(['127.0.0.1', '::1'])
    const { world, engine } = await open(port, { http01: { listen: [`127.0.0.1:${port}`] } })
    await world.publish([{ name: NAME, type: 'AAAA', value: '::1' }])
    const error = await failureOf(engine.domainctl.issue(NAME, HTTP))
    expect(error).toMatchObject(UNSERVED(/at ::1 nothing listens/, { actor: 'customer', hint: expect.stringMatching(/AAAA/) }))
    expect(error.message).not.toContain('127.0.0.1')
    expect((await world.requests()).challenge).toBe(0)
  })

  test('where nothing could be reached the way without looking is named, and nowhere else', async () => {
    const port = await freeHttpPort()
    const { engine } = await open(port)
    const unreached = await failureOf(engine.domainctl.issue(NAME, HTTP))
    expect(unreached).toMatchObject(UNSERVED(/nothing listens/, { hint: expect.stringMatching(/--http01-skip-self-check/) }))
    await serve((_, response) => response.writeHead(404).end(), { port })
    const { hint } = await failureOf(engine.domainctl.issue(NAME))
    expect(hint).not.toContain('skip')
  })

  test('a name without an address is the affair of whoever has the DNS', async () => {
    const { world, engine } = await open(await freeHttpPort())
    await expect(engine.domainctl.issue('lost.example.test', HTTP)).rejects.toMatchObject(
      UNSERVED(/the name has no address/, { actor: 'customer' }),
    )
    expect((await world.requests()).challenge).toBe(0)
    const { ok, checks } = await engine.domainctl.doctor('lost.example.test')
    expect(ok).toBe(false)
    expect(checks).toContainEqual(
      expect.objectContaining({ purpose: 'http', ok: false, problem: 'HTTP_UNREACHABLE', actor: 'customer' }),
    )
  })

  test('private addresses are not asked, unless that is allowed', async () => {
    const server = await serve((_, response) => response.end())
    const { world, engine } = await open(server.port)
    // Its name servers are private as well here, so that only the probe is to be strict.
    const strict = await engine.again({ allowPrivate: false })
    await expect(strict.issue(NAME, HTTP)).rejects.toBeInstanceOf(DomainctlError)
    expect(server.paths).toEqual([])
    expect((await world.requests()).challenge).toBe(0)
  })

  test('a port that somebody else has: no order is burned; what answers there from the same state is enough', async () => {
    let asksState = false
    let engine: Bare | undefined
    const server = await serve(async (request, response) => {
      const text = asksState ? await engine?.domainctl.challengeResponse(request.url?.slice(PATH.length) ?? '') : null
      response.writeHead(text ? 200 : 404).end(text)
    })
    const opened = await open(server.port, { http01: { listen: [`127.0.0.1:${server.port}`] } })
    engine = opened.engine
    await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({
      code: 'HTTP_CHALLENGE_CANNOT_SERVE',
      message: expect.stringMatching(/another program listens there.*404/s),
    })
    expect((await opened.world.requests()).challenge).toBe(0)
    asksState = true
    expect(await engine.domainctl.issue(NAME)).toMatchObject({ issued: true })
  })

  test.each([true, false])('an address that this machine does not have, self-check %s: nothing is burned', async (selfCheck) => {
    const { world, engine } = await open(await freeHttpPort(), { http01: { listen: ['192.0.2.1:8080'], selfCheck } })
    await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({
      code: 'HTTP_CHALLENGE_CANNOT_SERVE',
      message: expect.stringMatching(/192\.0\.2\.1:8080: this machine has no such address/),
      hint: expect.stringMatching(/behind NAT/),
    })
    expect((await world.requests()).challenge).toBe(0)
  })

  test('a webroot that cannot be written costs no order', async () => {
    const root = await temporaryFolder()
    await writeFile(join(root, '.well-known'), 'a file')
    const { world, engine } = await open(await freeHttpPort(), { http01: { webroot: root } })
    await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({ code: 'HTTP_CHALLENGE_CANNOT_SERVE' })
    expect((await world.requests()).newOrder).toBe(0)
  })

  test('without the self-check the CA is told at once, and what it sees is told', async () => {
    const server = await serve((_, response) => response.writeHead(403).end())
    const { world, engine } = await open(server.port, { http01: { selfCheck: false } })
    await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({ code: 'CA_VALIDATION_FAILED' })
    expect(server.paths).toHaveLength(1)
    expect((await world.requests()).challenge).toBe(1)
    const port = await freeHttpPort()
    world.sandbox.ca.settings.httpPort = port
    const listening = await engine.again({ http01: { listen: [`127.0.0.1:${port}`], selfCheck: false } })
    expect(await listening.issue(NAME)).toMatchObject({ issued: true })
  })
})

describe('the settings of a domain', () => {
  test('a wildcard and a delegation are refused before anything is written', async () => {
    const { engine } = await open(await freeHttpPort())
    const { domainctl } = engine
    for (const options of [{ wildcard: true }, { san: ['*.other.example.test'] }, { delegate: 'validation.test' }]) {
      await expect(domainctl.add(NAME, { ...HTTP, ...options })).rejects.toMatchObject({ code: 'USAGE' })
      await expect(domainctl.issue(NAME, { ...HTTP, ...options })).rejects.toMatchObject({ code: 'USAGE' })
    }
    await expect(domainctl.get(NAME)).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  })

  test('the configured challenge is that of domains which say nothing; a tenant proves ownership all the same', async () => {
    const { engine } = await open(await freeHttpPort(), { challenge: 'http-01' })
    expect(await engine.domainctl.add(NAME)).toMatchObject({ challenge: 'http-01', records: [], status: 'issuing' })
    expect(await engine.domainctl.add(NAME)).toMatchObject({ challenge: 'http-01' })
    const tenant = await engine.again({ tenant: 'acme' })
    expect(await tenant.add(NAME)).toMatchObject({
      challenge: 'http-01',
      status: 'pending_dns',
      records: [{ purpose: 'ownership' }],
    })
    await expect(engine.domainctl.add('*.example.test')).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('another challenge ends the order that is open, and its answers with it', async () => {
    const server = await serve((_, response) => response.writeHead(404).end())
    const root = await temporaryFolder()
    const { world, engine } = await open(server.port, { http01: { webroot: root } })
    await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({ code: 'HTTP_CHALLENGE_UNSERVED' })
    await using withProvider = await openEngine(world, { state: `file:${join(engine.directory, 'state.db')}` })
    // It was added without a provider, by hand therefore.
    const asked = await failureOf(withProvider.domainctl.issue(NAME, { challenge: 'dns-01' }))
    expect(asked).toMatchObject({ code: expect.stringMatching(/^DNS_/) })
    expect(await eventsOf(engine)).toContain('order.ended')
    expect(await world.requests()).toMatchObject({ newOrder: 2, challenge: 0 })
    expect(await readdir(root)).toEqual([])
    await server[Symbol.asyncDispose]()
    const again = await engine.again({ http01: { listen: [`127.0.0.1:${server.port}`] } })
    expect(await again.issue(NAME, HTTP)).toMatchObject({ issued: true, domain: { challenge: 'http-01', records: [] } })
  })

  test('CAA that lets only the other method issue is seen first', async () => {
    const port = await freeHttpPort()
    const { world, engine } = await open(port, { http01: { listen: [`127.0.0.1:${port}`] } })
    const { ca, dns } = world.sandbox
    dns.add({ name: 'example.test', type: 'CAA', value: `0 issue "${ca.caaIdentity}; validationmethods=dns-01"` })
    await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({
      code: 'DNS_CAA_FORBIDS',
      message: expect.stringMatching(/does not allow http-01/),
    })
    expect((await world.requests()).newOrder).toBe(0)
    const { checks } = await engine.domainctl.doctor(NAME)
    expect(checks.find(({ purpose }) => purpose === 'caa')).toMatchObject({ ok: false, problem: 'DNS_CAA_FORBIDS' })
    dns.remove({ name: 'example.test', type: 'CAA' })
    dns.add({ name: 'example.test', type: 'CAA', value: `0 issue "${ca.caaIdentity}; validationmethods=http-01"` })
    expect(await engine.domainctl.issue(NAME, HTTP)).toMatchObject({ issued: true })
  })

  test('nothing at the name of a DNS challenge, and no provider, concerns it', async () => {
    const { world, engine } = await open(await freeHttpPort())
    await world.publish([{ name: `_acme-challenge.${NAME}`, type: 'CNAME', value: 'nowhere.example.test' }])
    await engine.domainctl.add(NAME, HTTP)
    for (const { ok, checks } of [await engine.domainctl.verify(NAME), await engine.domainctl.doctor(NAME)]) {
      expect(ok).toBe(true)
      expect(checks.map(({ purpose }) => purpose)).not.toContain('challenge')
    }
    expect(await engine.domainctl.records(NAME)).toEqual([])
  })
})

describe('an account whose key is changed while the answers are looked at', () => {
  test.each([
    ['a new order', false],
    ['an order of an earlier run', true],
  ])('%s goes on with other answers, and nothing is burned', async (_, isResumed) => {
    let answering: 'no' | 'rotating' | 'yes' = isResumed ? 'no' : 'rotating'
    let engine: Bare | undefined
    const server = await serve(async (request, response) => {
      const text = answering === 'no' ? null : await engine?.domainctl.challengeResponse(request.url?.slice(PATH.length) ?? '')
      if (answering === 'rotating') {
        answering = 'yes'
        await (await engine?.again())?.rotateAccountKey()
      }
      response.writeHead(text ? 200 : 404).end(text)
    })
    const opened = await open(server.port)
    engine = opened.engine
    if (isResumed) {
      await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({ code: 'HTTP_CHALLENGE_UNSERVED' })
      answering = 'rotating'
    }
    expect(await engine.domainctl.issue(NAME, HTTP)).toMatchObject({ issued: true })
    expect(await opened.world.requests()).toMatchObject({ newOrder: 1, keyChange: 1 })
    expect(await eventsOf(engine)).not.toContain('order.ended')
  })
})

describe('what a run leaves', () => {
  test('an abort takes the answers away and frees the port; the next run ends the same order', async () => {
    const port = await freeHttpPort()
    const { world, engine } = await open(port, { http01: { listen: [`127.0.0.1:${port}`] } })
    const abort = new AbortController()
    const fault = world.addFault({ resource: 'challenge', nth: 1, delay: async () => abort.abort() })
    await expect(engine.domainctl.issue(NAME, { ...HTTP, signal: abort.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(fault.hits).toBe(1)
    await (await startWebServer((_, response) => response.end(), { port }))[Symbol.asyncDispose]()
    expect(await engine.domainctl.issue(NAME)).toMatchObject({ issued: true })
    expect((await world.requests()).newOrder).toBe(1)
  })

  test('a file that cannot be removed is kept in mind, told, and removed later', async () => {
    const root = await temporaryFolder()
    // Somebody puts a folder in its place while it is asked for.
    const server = await serve(async ({ url = '' }, response) => {
      const file = join(root, url)
      await rm(file)
      await mkdir(join(file, 'full'), { recursive: true })
      response.writeHead(404).end()
    })
    const { world, engine } = await open(server.port, { http01: { webroot: root } })
    await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({ code: 'HTTP_CHALLENGE_UNSERVED' })
    const [token = ''] = await readdir(join(root, PATH))
    expect(await engine.domainctl.remove(NAME)).toMatchObject({ warnings: [expect.stringMatching(/could not be removed/)] })
    // Erased, nobody would know of the file any more.
    const left = { code: 'DOMAIN_STATUS', message: expect.stringContaining(join(root, PATH, token)) }
    await expect(engine.domainctl.release(NAME)).rejects.toMatchObject(left)
    world.clock.advance(8 * 86_400_000)
    await engine.domainctl.run({ once: true, signal: AbortSignal.timeout(60_000) })
    expect(await engine.domainctl.get(NAME)).toMatchObject({ status: 'deleted' })
    await rm(join(root, PATH, token), { recursive: true })
    // By a process that is told nothing of the webroot.
    const again = await engine.again({ http01: {} })
    expect(await again.remove(NAME)).toMatchObject({ warnings: [] })
    expect(await readdir(root)).toEqual([])
    expect(await again.challengeResponse(token)).toBeNull()
  })
  test('a file that cannot be removed keeps nobody from another webroot; it is told', async () => {
    const roots = [await temporaryFolder(), await temporaryFolder()]
    let isFirst = true
    const server = await serve(async ({ url = '' }, response) => {
      if (isFirst) {
        const file = join(roots[0] ?? '', url)
        await rm(file)
        await mkdir(join(file, 'full'), { recursive: true })
      }
      const body = await readFile(join(roots[1] ?? '', url)).catch(() => null)
      response.writeHead(body ? 200 : 404).end(body)
    })
    const { engine } = await open(server.port, { http01: { webroot: roots[0] ?? '' } })
    await expect(engine.domainctl.issue(NAME, HTTP)).rejects.toMatchObject({ code: 'HTTP_CHALLENGE_UNSERVED' })
    isFirst = false
    const again = await engine.again({ http01: { webroot: roots[1] ?? '' } })
    expect(await again.issue(NAME)).toMatchObject({
      issued: true,
      warnings: [expect.stringMatching(/of an earlier run could not be removed: remove it by hand/)],
    })
    expect(await readdir(roots[1] ?? '')).toEqual([])
  })
  test('the CA that an ended run has told to look is waited for: it is not asked whether the answer is there, which is given', async () => {
    const { engine, world, server, asked, release } = await lookedAtByCa()
    // Its lease is over, and another process takes the order up.
    const first = engine.domainctl.issue(NAME, HTTP)
    first.catch(() => undefined)
    await asked
    world.clock.advance(120_000)
    const port = await freeHttpPort()
    let answered: Promise<Response> | undefined
    const onProgress = ({ message }: { message: string }) => {
      // Before anything is asked of the CA it could be answered.
      if (message === 'continuing the open order') answered = fetch(`http://127.0.0.1:${port}${server.paths[0]}`)
      if (message === 'waiting for the CA to look') release()
    }
    const second = (await engine.again({ http01: { listen: [`127.0.0.1:${port}`] } })).issue(NAME, { onProgress })
    await second.finally(() => release())
    expect(await second).toMatchObject({ issued: true })
    expect(await answered).toMatchObject({ status: 200 })
    expect(server.paths).toHaveLength(2)
    expect(await world.requests()).toMatchObject({ newOrder: 1, challenge: 1 })
    await Promise.allSettled([first])
  })

  test('nor is the answer taken away from under that CA when the next run is aborted', async () => {
    const { engine, world, asked, release } = await lookedAtByCa()
    const first = engine.domainctl.issue(NAME, HTTP)
    first.catch(() => undefined)
    await asked
    world.clock.advance(120_000)
    const abort = new AbortController()
    const onProgress = ({ message }: { message: string }) => {
      if (message === 'preparing the answers to the challenges') abort.abort()
    }
    const second = failureOf((await engine.again()).issue(NAME, { onProgress, signal: abort.signal }))
    if (!abort.signal.aborted) await once(abort.signal, 'abort')
    // It looks how the order stands, for as long as the CA has not looked.
    const { order = 0 } = await world.requests()
    await vi.waitFor(async () => expect((await world.requests()).order).toBeGreaterThan(order), { timeout: 10_000 })
    release()
    expect(await second).toMatchObject({ code: 'INTERRUPTED' })
    expect(await (await engine.again()).issue(NAME)).toMatchObject({ issued: true })
    expect(await world.requests()).toMatchObject({ newOrder: 1, challenge: 1 })
    await Promise.allSettled([first])
  })
})
