// The whole service, as customers and their visitors meet it, on a CA and name servers of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
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
import type { CustomerView } from './customer-view.ts'
import { startService } from './service.ts'

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

async function startWorld() {
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
    site: (customer, _, response) => response.end(`The site of ${customer}\n`),
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
  async function visit(name: string, host = name) {
    const asked = request({
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
  return { sandbox, logged, api, ask, visit, untilServed, otherProcess, [Symbol.asyncDispose]: () => world.disposeAsync() }
}
