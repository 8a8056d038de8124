// The whole service, as customers and their visitors meet it, on a CA and name servers of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { createDomainctl } from '@domainctl/core'
import { startSandbox } from '@domainctl/sandbox'
import { expect, onTestFinished, test } from 'vitest'
import { type CustomerView, customerPage } from './customer-view.ts'
import { type ServiceOptions, startService } from './service.ts'

const NAME = 'shop.example.test'

test('a customer adds a name, makes the records, is served over HTTPS, is renewed under way, and leaves', async () => {
  await using world = await startWorld()
  const { sandbox, ask, visit, untilServed } = world
  await expect(visit(NAME)).rejects.toThrow()

  const added = await ask('ann', 'POST', '/domains', { name: 'Shop.Example.Test' })
  expect(added).toMatchObject({ status: 201, body: { name: NAME, status: 'waiting for your DNS', whoActs: 'you' } })
  const records = added.body.records ?? []
  expect(records).toMatchObject([
    { type: 'TXT', name: `_domainctl.${NAME}`, isThere: false },
    { type: 'CNAME', name: NAME, value: 'edge.example.test', isThere: false },
  ])

  // Half of it: what is missing is said, and that it is the customer's turn.
  const [txt, cname] = records
  if (!txt || !cname) throw new Error('records are missing')
  sandbox.dns.add({ name: txt.name, type: 'TXT', value: txt.value })
  const half = await ask('ann', 'POST', `/domains/${NAME}/check`)
  expect(half.body).toMatchObject({
    status: 'waiting for your DNS',
    whoActs: 'you',
    records: [{ isThere: true }, { isThere: false }],
  })
  expect(half.body.explanation).toContain(NAME)
  const page = await world.api('ann', `/domains/${NAME}`, { headers: { accept: 'text/html' } })
  expect(await page.text()).toContain('Your turn.')

  sandbox.dns.add({ name: cname.name, type: 'CNAME', value: cname.value })
  const checked = await ask('ann', 'POST', `/domains/${NAME}/check`)
  expect(checked.body).toMatchObject({ status: 'certificate under way', whoActs: 'nobody' })
  const first = await untilServed(NAME)
  expect(first).toMatchObject({ status: 200, body: 'The site of ann\n' })
  expect((await ask('ann', 'GET', `/domains/${NAME}`)).body).toMatchObject({ status: 'connected', whoActs: 'nobody' })

  // Another process renews: nothing is started again here.
  await using other = await world.otherProcess()
  await other.domainctl.forTenant('ann').renew(NAME, { force: true })
  const second = await untilServed(NAME, first.serial)
  expect(second.body).toBe('The site of ann\n')

  // Nobody else sees any of it, takes it, or is served under its certificate.
  expect((await ask('bob', 'GET', '/domains')).body).toEqual([])
  expect(await ask('bob', 'GET', `/domains/${NAME}`)).toMatchObject({ status: 404 })
  expect(await ask('bob', 'DELETE', `/domains/${NAME}`)).toMatchObject({ status: 404 })
  await ask('bob', 'POST', '/domains', { name: NAME })
  expect((await ask('bob', 'POST', `/domains/${NAME}/check`)).body).not.toMatchObject({ status: 'certificate under way' })
  expect((await visit(NAME)).body).toBe('The site of ann\n')
  expect(await visit(NAME, 'other.example.test')).toMatchObject({ status: 421 })

  expect(await ask('ann', 'DELETE', `/domains/${NAME}`)).toMatchObject({ status: 204 })
  expect(await ask('ann', 'GET', `/domains/${NAME}`)).toMatchObject({ status: 404 })
  await expect
    .poll(() =>
      visit(NAME).then(
        () => 'served',
        () => 'refused',
      ),
    )
    .toBe('refused')
  expect(world.logged).toEqual([])
})

test('what customers send wrong is their matter, and said as such', async () => {
  await using world = await startWorld()
  expect(await world.ask('nobody', 'GET', '/domains')).toMatchObject({ status: 401 })
  expect(await world.ask('ann', 'POST', '/domains', { name: 'no name' })).toMatchObject({
    status: 400,
    body: { code: 'NAME_INVALID' },
  })
  expect(await world.ask('ann', 'POST', '/domains', { name: 7 })).toMatchObject({ status: 400 })
  expect(await world.ask('ann', 'POST', '/domains/x.example.test/check')).toMatchObject({ status: 404 })
  expect(world.logged).toEqual([])
})

test('a hostile customer is answered, and holds up nobody', async () => {
  await using world = await startWorld()
  for (const body of ['null', '7', '"x"', '[]', '{"name":', '', '{"name":{"toString":1}}', '{"name":["x.example.test"]}']) {
    expect(await world.api('ann', '/domains', { method: 'POST', body }), body).toMatchObject({ status: 400 })
  }
  const names = [
    '*.example.test',
    'com',
    '127.0.0.1',
    '<script>.test',
    'x'.repeat(2_000),
    'a.test\nb.test',
    '__proto__',
    `${'x.'.repeat(120)}test`,
  ]
  for (const name of names) expect(await world.ask('ann', 'POST', '/domains', { name }), name).toMatchObject({ status: 400 })
  const huge = JSON.stringify({ name: 'x.example.test', more: 'x'.repeat(5_000) })
  expect(await world.api('ann', '/domains', { method: 'POST', body: huge })).toMatchObject({ status: 413 })
  const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(1_000).fill(32)) })
  const streamed = await world.api('ann', '/domains', { method: 'POST', body: endless, duplex: 'half' }).catch(() => null)
  expect([413, 400, undefined]).toContain(streamed?.status)
  for (const path of ['/domains/%00', '/domains/%0Afaked', '/domains/..%2f..%2fetc', '/domains/%E0%A4%A', '/domains/__proto__']) {
    expect((await world.api('ann', path)).status, path).toBe(400)
  }
  for (const path of ['/domains/../..', '//', '/nothing']) expect((await world.api('ann', path)).status, path).toBe(404)
  for (const authorization of ['Bearer __proto__', 'Bearer', 'Basic token-of-ann', 'Bearer token-of-ann token-of-bob']) {
    expect((await world.api('ann', '/domains', { headers: { authorization } })).status, authorization).toBe(401)
  }
  expect((await world.ask('ann', 'GET', '/domains')).body).toEqual([])
  expect(world.logged).toEqual([])
})

test('what comes from the DNS of a customer is text on the page', () => {
  const hostile = '"><script>alert(1)</script>'
  const records = [{ type: 'TXT', name: hostile, value: hostile, isThere: false }]
  const page = customerPage({ name: hostile, status: 'given up', whoActs: 'you', explanation: hostile, records })
  expect(String(page)).not.toContain('<script>')
})

test('strangers at the open ports get what there is for them, and no request takes others with it', async () => {
  await using world = await startWorld({
    site: (_, request, response) => {
      if (request.url === '/half') response.write('half')
      if (request.url !== '/') throw new Error('the site has a fault')
      response.end('whole')
    },
  })
  const { body } = await world.ask('ann', 'POST', '/domains', { name: NAME })
  for (const { type, name, value } of body.records ?? [])
    world.sandbox.dns.add({ name, type, value } as Parameters<typeof world.sandbox.dns.add>[0])
  await world.ask('ann', 'POST', `/domains/${NAME}/check`)
  expect((await world.untilServed(NAME)).body).toBe('whole')

  expect(await world.plain('/a?b', NAME)).toMatchObject({ status: 308, location: `https://${NAME}/a?b` })
  expect(await world.plain('//evil.example/', `${NAME.toUpperCase()}.:80`)).toMatchObject({
    location: `https://${NAME}//evil.example/`,
  })
  const odd = [
    ['//', 'nobody.example.test'],
    ['http://evil.example/', NAME],
    ['/.well-known/acme-challenge/../../etc/passwd', 'nobody.example.test'],
    [`/.well-known/acme-challenge/${'x'.repeat(5_000)}`, 'nobody.example.test'],
    ['/', `evil.example/${NAME}`],
    ['/', `${NAME}@evil.example`],
    ['/', '[::1]'],
  ] as const
  for (const [path, host] of odd) expect(await world.plain(path, host), `${path} at ${host}`).toMatchObject({ status: 404 })
  expect(world.logged).toEqual([])

  expect(await world.visit(NAME, NAME, '/fault')).toMatchObject({ status: 503 })
  await expect(world.visit(NAME, NAME, '/half')).rejects.toThrow()
  expect((await world.visit(NAME)).body).toBe('whole')
  expect(world.logged).toEqual(['https: Error: the site has a fault', 'https: Error: the site has a fault'])
})

test('the program takes its environment, answers, and stops when it is told to', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'custom-domains-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'customers.json'), '{"token-of-ann":"ann"}')
  const ports = { HTTP_PORT: '0', HTTPS_PORT: '0', API_PORT: '0', HOST: '127.0.0.1' }
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...ports },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const [line] = await once(createInterface(child.stdout), 'line')
  const port = /port (\d+)/.exec(line)?.[1]
  const response = await fetch(`http://127.0.0.1:${port}/domains`, { headers: { authorization: 'Bearer token-of-ann' } })
  expect(await response.json()).toEqual([])
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})

async function startWorld({ site }: Partial<Pick<ServiceOptions, 'site'>> = {}) {
  await using starting = new AsyncDisposableStack()
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  starting.defer(() => {
    http.close()
    http.closeAllConnections()
  })
  const httpPort = (http.address() as AddressInfo).port
  const sandbox = starting.use(await startSandbox({ ca: { httpPort } }))
  const directory = await mkdtemp(join(tmpdir(), 'custom-domains-'))
  starting.defer(() => rm(directory, { recursive: true, force: true }))
  const open = () =>
    createDomainctl({ ...sandbox.engine, httpPort, acceptTerms: true, state: `file:${join(directory, 'state.db')}` })
  const domainctl = await open()
  starting.defer(() => domainctl.close())
  const logged: string[] = []
  const customers = new Map([
    ['token-of-ann', 'ann'],
    ['token-of-bob', 'bob'],
  ])
  const service = await startService(domainctl, {
    http,
    edge: 'edge.example.test',
    listen: { https: 0, api: 0, host: '127.0.0.1' },
    customerOf: (token) => customers.get(token),
    site: site ?? ((customer, _, response) => void response.end(`The site of ${customer}\n`)),
    log: (line) => logged.push(line),
  })
  starting.defer(() => service.stop())

  const api = (customer: string, path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${service.apiPort}${path}`, {
      ...init,
      headers: { authorization: `Bearer token-of-${customer}`, ...init.headers },
    })

  async function ask(customer: string, method: string, path: string, body?: unknown) {
    const response = await api(customer, path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
    const answer = await response.text()
    return { status: response.status, body: (answer === '' ? {} : JSON.parse(answer)) as Partial<CustomerView> }
  }

  /** As a browser that trusts the CA: a certificate for another name is refused. */
  async function visit(name: string, host = name, path = '/') {
    const asked = request({
      path,
      host: '127.0.0.1',
      port: service.httpsPort,
      servername: name,
      ca: sandbox.ca.issuerRoot,
      headers: { host },
      agent: false,
    })
    asked.end()
    const [response] = await once(asked, 'response')
    const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate()
    return { status: response.statusCode as number, body: await text(response), serial: serialNumber }
  }

  /** Without TLS, as it is written. */
  async function plain(path: string, host: string) {
    const asked = get({ host: '127.0.0.1', port: httpPort, path, headers: { host }, agent: false })
    const [response] = await once(asked, 'response')
    response.resume()
    return { status: response.statusCode as number, location: response.headers.location as string | undefined }
  }

  /** The loop looks every five seconds. */
  async function untilServed(name: string, otherThan?: string) {
    await expect
      .poll(
        () =>
          visit(name).then(
            ({ serial }) => serial !== otherThan,
            () => false,
          ),
        { timeout: 30_000, interval: 200 },
      )
      .toBe(true)
    return visit(name)
  }

  async function otherProcess() {
    const other = await open()
    return { domainctl: other, [Symbol.asyncDispose]: () => other.close() }
  }

  const world = starting.move()
  return { sandbox, logged, api, ask, visit, plain, untilServed, otherProcess, [Symbol.asyncDispose]: () => world.disposeAsync() }
}
