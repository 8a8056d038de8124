import { once } from 'node:events'
import { createServer } from 'node:http'
import { get } from 'node:https'
import { json } from 'node:stream/consumers'
import type { DomainctlError, Issuance } from '@domainctl/core'
import { createManual } from '@domainctl/providers'
import { describe, expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { txtAt } from './lookup.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// CAA is looked at before the CA is: what it forbids costs no order and no failed validation.

const name = 'shop.example.test'
const APEX = { name: 'example.test', type: 'CAA' } as const
const ELSEWHERE = { ...APEX, value: '0 issue "ca.elsewhere.test"' }
const DAY = 86_400_000
const REFUSED_BY_CAA = { kind: 'ca-refused', cause: { problem: { type: 'urn:ietf:params:acme:error:caa' } } }

const failureOf = (work: Promise<Issuance>): Promise<DomainctlError> =>
  work.then(
    () => Promise.reject(new Error('it was issued')),
    (error) => error,
  )
const eventsOf = async ({ domainctl }: Engine, of = name) => (await domainctl.history(of)).map(({ event }) => event)

/** Adds the record that the hint of an error gives, as a customer would. */
function heed(world: SandboxWorld, hint: string): void {
  const [, owner = '', value = ''] = /add (\S+)\. IN CAA (\d+ \w+ "[^"]*") \(keep/.exec(hint) ?? []
  world.sandbox.dns.add({ name: owner, type: 'CAA', value })
}

describe('before anything is ordered', () => {
  test('CAA at the parent that names another CA: no order; the record that is given mends it, and so does removing', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    dns.add(ELSEWHERE)
    const error = await failureOf(engine.domainctl.issue(name))
    expect(error).toMatchObject({ code: 'DNS_CAA_FORBIDS', kind: 'not-ready', actor: 'customer' })
    expect(error.message).toContain(
      `CAA does not let ${ca.caaIdentity} issue for ${name}: CAA at example.test: 0 issue "ca.elsewhere.test"`,
    )
    expect(error.hint).toContain(`add example.test. IN CAA 0 issue "${ca.caaIdentity}" (keep what is there)`)
    expect(ca.requests).toMatchObject({ newOrder: 0, challenge: 0 })
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
    const events = await eventsOf(engine)
    expect(events.at(-1)).toBe('order.failed')
    expect(events).not.toContain('order.planned')
    // It is not the CA that failed, and it is tried again soon.
    expect(await engine.domainctl.get(name)).toMatchObject({ status: 'issuing', attempts: 0 })
    // It only protects: nothing switches it off.
    await expect(engine.domainctl.issue(name, { preflight: false, force: true })).rejects.toMatchObject({
      code: 'DNS_CAA_FORBIDS',
    })

    heed(world, error.hint)
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    dns.remove(APEX)
    dns.add(ELSEWHERE)
    await expect(engine.domainctl.renew(name, { force: true })).rejects.toMatchObject({ code: 'DNS_CAA_FORBIDS' })
    dns.remove(APEX)
    expect(await engine.domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
    expect(ca.requests.newOrder).toBe(2)
  })

  test('CAA that allows is told in the history with where it stands', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    dns.add({ ...APEX, value: `0 issue "${ca.caaIdentity}; validationmethods=dns-01"` })
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    expect(await engine.domainctl.history(name)).toContainEqual(
      expect.objectContaining({ event: 'caa.allows', message: 'CAA at example.test' }),
    )
  })

  test('issuewild forbids wildcards alone', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    dns.add({ ...APEX, value: '0 issuewild ";"' })
    const error = await failureOf(engine.domainctl.issue('wild.example.test', { wildcard: true }))
    expect(error).toMatchObject({ code: 'DNS_CAA_FORBIDS', message: expect.stringContaining('for *.wild.example.test:') })
    expect(ca.requests.newOrder).toBe(0)
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
    heed(world, error.hint)
    expect(await engine.domainctl.issue('wild.example.test')).toMatchObject({ issued: true })
  })

  test('accounturi of another account: the record that is given names ours', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    dns.add({ ...APEX, value: `0 issue "${ca.caaIdentity}; accounturi=https://ca.sandbox.test/account/0"` })
    const error = await failureOf(engine.domainctl.issue(name))
    expect(error).toMatchObject({ code: 'DNS_CAA_FORBIDS', message: expect.stringContaining('another account (accounturi)') })
    expect(ca.requests.newOrder).toBe(0)
    heed(world, error.hint)
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
  })

  test('CAA that cannot be seen, as behind a loop of CNAMEs', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    dns.add({ name, type: 'CNAME', value: 'loop.example.test' })
    dns.add({ name: 'loop.example.test', type: 'CNAME', value: name })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'DNS_CAA_FAILED', kind: 'not-ready' })
    expect(ca.requests.newOrder).toBe(0)
  })
})

describe('before an order of an earlier run is continued', () => {
  test('records by hand: nothing is answered while CAA forbids, then the same order goes on', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world, { provider: 'manual', providers: { manual: createManual() } })
    const { ca, dns } = world.sandbox
    await expect(engine.domainctl.issue(name, { ownership: 'none' })).rejects.toMatchObject({ code: 'DNS_RECORDS_WANTED' })
    const [record] = (await engine.domainctl.get(name)).records
    dns.add({ name: record?.name ?? '', type: 'TXT', value: record?.value ?? '' })
    dns.add(ELSEWHERE)
    const later = await engine.again()
    await expect(later.issue(name)).rejects.toMatchObject({ code: 'DNS_CAA_FORBIDS' })
    expect(ca.requests).toMatchObject({ newOrder: 1, challenge: 0 })
    dns.remove(APEX)
    expect(await later.issue(name)).toMatchObject({ issued: true })
    expect(ca.requests).toMatchObject({ newOrder: 1, challenge: 1 })
  })

  test('a CA that was down: no record stays, and nothing is waited for', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    world.addFault({ resource: 'challenge', refuse: { status: 503 } })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
    world.clearFaults()
    const { challenge, order } = ca.requests
    dns.add(ELSEWHERE)
    const later = await engine.again()
    await expect(later.issue(name, { force: true })).rejects.toMatchObject({ code: 'DNS_CAA_FORBIDS' })
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
    expect(ca.requests).toMatchObject({ newOrder: 1, challenge, order: order + 1 })
    dns.remove(APEX)
    expect(await later.issue(name, { force: true })).toMatchObject({ issued: true })
    expect(ca.requests.newOrder).toBe(1)
  })

  test('one whose newOrder was lost is not ordered again', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    world.addFault({ resource: 'newOrder', nth: 1, loseAnswer: true })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ code: 'CA_UNREACHABLE' })
    dns.add(ELSEWHERE)
    await expect((await engine.again()).issue(name, { force: true })).rejects.toMatchObject({ code: 'DNS_CAA_FORBIDS' })
    expect(ca.requests.newOrder).toBe(1)
  })
})

describe('what the CA alone can tell', () => {
  test('CAA that changes after it was looked at: the CA refuses, and no record stays', async () => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    world.addFault({ resource: 'newOrder', nth: 1, delay: async () => dns.add(ELSEWHERE) })
    const error = await failureOf(engine.domainctl.issue(name))
    expect(error).toMatchObject({ ...REFUSED_BY_CAA, code: 'CA_VALIDATION_FAILED' })
    expect(error.message).toContain(name)
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])

    dns.add({ ...APEX, value: `0 issue "${ca.caaIdentity}"` })
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true })
  })

  test('the same when a proof is taken over after weeks: refused at the end', async () => {
    await using world = await startSandboxWorld({ ca: { reuseAuthorizations: true } })
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    await engine.domainctl.issue(name)
    world.clock.advance(20 * DAY)
    world.addFault({ resource: 'newOrder', nth: 1, delay: async () => dns.add(ELSEWHERE) })
    expect(await failureOf(engine.domainctl.renew(name, { force: true }))).toMatchObject(REFUSED_BY_CAA)
    expect(ca.requests).toMatchObject({ challenge: 1, finalize: 2, certificate: 1 })
    expect(await engine.domainctl.get(name)).toMatchObject({ status: 'active' })

    // From now on it is seen before.
    world.clock.advance(30_000)
    await expect(engine.domainctl.renew(name, { force: true })).rejects.toMatchObject({ code: 'DNS_CAA_FORBIDS' })
    expect(ca.requests).toMatchObject({ newOrder: 2, finalize: 2 })
    dns.add({ ...APEX, value: `0 issue "${ca.caaIdentity}"` })
    expect(await engine.domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
  })

  test('a CA that does not say how CAA names it decides by itself', async () => {
    await using world = await startSandboxWorld()
    const directory = await directoryOf(world)
    await using nameless = await serveJson({ ...directory, meta: { ...directory.meta, caaIdentities: undefined } })
    await using engine = await openEngine(world, { ca: nameless.url })
    world.sandbox.dns.add(ELSEWHERE)
    expect(await failureOf(engine.domainctl.issue(name))).toMatchObject(REFUSED_BY_CAA)
    expect(await eventsOf(engine)).not.toContain('caa.allows')
  })
})

describe('of several CAs', () => {
  test('the first that CAA allows is asked, and those before it hear nothing but who they are', async () => {
    await using world = await startSandboxWorld()
    const { ca, dns } = world.sandbox
    const directory = await directoryOf(world)
    await using other = await serveJson({ ...directory, meta: { ...directory.meta, caaIdentities: ['ca.other.test'] } })
    await using engine = await openEngine(world, { ca: [other.url, world.ca] })
    dns.add({ ...APEX, value: `0 issue "${ca.caaIdentity}"` })
    expect(await engine.domainctl.issue(name)).toMatchObject({ issued: true, certificate: { ca: world.ca } })
    expect(new Set(other.asked)).toEqual(new Set(['GET /directory']))
    // The CAs of one domain go before those of the configuration.
    await expect(engine.domainctl.issue('b.example.test', { ca: other.url })).rejects.toMatchObject({ code: 'DNS_CAA_FORBIDS' })
    expect(new Set(other.asked)).toEqual(new Set(['GET /directory']))
  })

  test('when CAA allows none of them, each is named with what it lacks', async () => {
    await using world = await startSandboxWorld()
    const { ca, dns } = world.sandbox
    const directory = await directoryOf(world)
    await using other = await serveJson({ ...directory, meta: { ...directory.meta, caaIdentities: ['ca.other.test'] } })
    await using engine = await openEngine(world, { ca: [other.url, world.ca] })
    dns.add(ELSEWHERE)
    const error = await failureOf(engine.domainctl.issue(name))
    expect(error).toMatchObject({ code: 'DNS_CAA_FORBIDS', kind: 'not-ready', actor: 'customer' })
    expect(error.message).toContain('CAA does not let ca.other.test issue')
    expect(error.message).toContain(`CAA does not let ${ca.caaIdentity} issue`)
    expect(ca.requests).toMatchObject({ newOrder: 0, newAccount: 0 })
    expect(await eventsOf(engine)).toContain('order.failed')
  })

  test('an order that is open is continued where it is', async () => {
    await using world = await startSandboxWorld()
    const { ca, dns } = world.sandbox
    const directory = await directoryOf(world)
    await using other = await serveJson({ ...directory, meta: { ...directory.meta, caaIdentities: ['ca.other.test'] } })
    await using engine = await openEngine(world, { ca: [other.url, world.ca] })
    dns.add({ ...APEX, value: `0 issue "${ca.caaIdentity}"` })
    world.addFault({ resource: 'challenge', nth: 1, refuse: { status: 503 } })
    await expect(engine.domainctl.issue(name)).rejects.toMatchObject({ kind: 'ca-unavailable' })
    dns.add({ ...APEX, value: '0 issue "ca.other.test"' })
    expect(await engine.domainctl.issue(name, { force: true })).toMatchObject({ certificate: { ca: world.ca } })
    expect(ca.requests.newOrder).toBe(1)
  })
})

type Directory = { meta: Record<string, unknown> }

async function directoryOf({ ca, tlsRoot }: SandboxWorld): Promise<Directory> {
  const [response] = await once(get(ca, { ca: tlsRoot, agent: false, headers: { 'user-agent': 'a test' } }), 'response')
  return (await json(response)) as Directory
}

async function serveJson(document: unknown): Promise<AsyncDisposable & { url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}/directory`, asked, [Symbol.asyncDispose]: close }
}
