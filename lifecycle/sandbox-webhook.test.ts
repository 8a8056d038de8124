import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '@domainctl/core'
import { createWebhookTarget } from '@domainctl/providers'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { faultOf } from '../packages/cli/src/schema/checked-output.test.support.ts'
import { type AppliedCertificate, receiverOfGuide } from '../packages/providers/src/deploy/webhook/guide.test.support.ts'
import { openShell } from './command.ts'
import { openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { startTlsServer } from './tls-server.ts'

// Requirements V2 to V4 over the network: an agent gets the certificate, serves it, and gets the one before when it does not.

let world: SandboxWorld
beforeAll(async () => {
  world = await startSandboxWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const SECRET = 'a-secret-of-twenty-bytes'
const MINUTE = 60_000

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/internal/v1/certificates/apply`
}

const targetAt = (url: string, more: { timeoutMs?: number } = {}, runtime: { clock?: Clock } = {}) =>
  createWebhookTarget({ url, secret: SECRET, ...more }, { reach: 'private', ...runtime })

/** An agent as the guide has it, which writes what it gets where a TLS server reads it. */
async function startAgent(folder: string): Promise<{ url: string; applied: AppliedCertificate[] }> {
  const applied: AppliedCertificate[] = []
  const createReceiver = await receiverOfGuide()
  const server = createReceiver(SECRET, async (certificate) => {
    applied.push(certificate)
    const { domain, certificateChain, privateKey = '' } = certificate
    await mkdir(join(folder, domain), { recursive: true })
    await writeFile(join(folder, domain, 'privkey.pem'), privateKey, { mode: 0o600 })
    await writeFile(join(folder, domain, 'fullchain.pem'), certificateChain)
    return true
  })
  return { url: await listen(server), applied }
}

/** What `run` has done for this domain. */
async function runOnce(domainctl: Awaited<ReturnType<typeof openEngine>>['domainctl'], name: string): Promise<unknown[]> {
  const done: unknown[] = []
  await domainctl.run({
    signal: new AbortController().signal,
    once: true,
    onOutcome: (outcome) => outcome.name === name && outcome.kind === 'deploy' && done.push(outcome.error?.code ?? outcome.done),
  })
  return done
}

// First, as the clock of the command is the machine's.
it('the command posts to the agent of the configuration, and shows neither secret nor key', async () => {
  await using shell = await openShell(world, { APPLY_SECRET: SECRET })
  const { url, applied } = await startAgent(join(shell.directory, 'tls'))
  const write = (web: Record<string, unknown>) =>
    writeFile(join(shell.directory, 'domainctl.config.json'), JSON.stringify({ targets: { web: { type: 'webhook', ...web } } }))
  await write({ url, secret: SECRET })
  expect(await shell.domainctl('list')).toMatchObject({ code: 2, stderr: expect.stringContaining('env:NAME or file:PATH') })
  await write({ url, secret: 'env:APPLY_SECRET' })
  const name = 'command.example.test'
  const issued = await shell.domainctl('issue', name, '--deploy', 'web')
  expect(issued).toMatchObject({ code: 0, stdout: expect.stringContaining('web') })
  const shown = await shell.domainctl('config', 'show')
  const audit = await shell.domainctl('history', name, '--json')
  const [, key = ''] = applied[0]?.privateKey?.split('\n') ?? []
  expect(key).not.toBe('')
  for (const { stdout, stderr } of [issued, shown, audit])
    for (const secret of [SECRET, key]) expect(stdout + stderr).not.toContain(secret)
  await write({ url: url.replace('internal', 'nowhere'), secret: 'env:NOT_SET' })
  expect(await shell.domainctl('deploy', name)).toMatchObject({ stderr: expect.stringContaining('NOT_SET') })
})

it('an agent serves what was issued, and gets the certificate before where it does not serve the new one', async () => {
  await using plain = await openEngine(world)
  const folder = join(plain.directory, 'tls')
  await using server = await startTlsServer(folder)
  const { url, applied } = await startAgent(folder)
  const web = { target: targetAt(url), proveAt: [server.address], proveTimeoutMs: 400 }
  const domainctl = await plain.again({ targets: { web } })
  const name = 'agent.example.test'
  const issued = await domainctl.issue(name, { deploy: ['web'] })
  expect(issued.deployments).toMatchObject([{ target: 'web', done: 'deployed', proven: true }])
  server.freeze()
  const { deployError } = await domainctl.renew(name, { force: true })
  expect(deployError).toMatchObject({ code: 'DEPLOY_UNPROVEN', message: expect.stringContaining('was put back') })
  server.thaw()
  expect(applied.map(({ reason, fingerprint }) => `${reason} ${fingerprint === issued.certificate.fingerprint ? 1 : 2}`)).toEqual(
    ['deploy 1', 'deploy 2', 'rollback 1'],
  )
  // The receiver takes the id off.
  for (const posted of applied) expect(faultOf('post-certificate.json', { id: 'of the request', ...posted })).toBeNull()
  expect((await domainctl.deploy(name)).deployments).toMatchObject([{ done: 'deployed', proven: true }])
  expect((await domainctl.deploy(name, { rollback: true })).deployments).toMatchObject([{ done: 'rolled back', proven: true }])
})

it('an agent is asked again when it says so, and once a day where it has refused', async () => {
  const answers: RequestListener[] = []
  const url = await listen(
    createServer((request, response) => {
      request.resume().on('end', () => (answers.shift() ?? ((_, ok) => ok.end()))(request, response))
    }),
  )
  await using engine = await openEngine(world, { targets: { web: { target: targetAt(url, {}, world) } } })
  const { domainctl } = engine
  const name = 'asked.example.test'
  const planned = async () => {
    const [row] = (await domainctl.get(name)).deployments
    return (Date.parse(row?.nextAttemptAt ?? '') - world.clock.now().getTime()) / MINUTE
  }
  answers.push((_, response) => response.writeHead(503, { 'retry-after': '600' }).end())
  expect((await domainctl.issue(name, { deploy: ['web'] })).deployError).toMatchObject({ code: 'DEPLOY_FAILED' })
  expect(await planned()).toBeCloseTo(10, 0)
  world.clock.advance(9 * MINUTE)
  expect(await runOnce(domainctl, name)).toEqual([])
  world.clock.advance(2 * MINUTE)
  answers.push((_, response) => response.writeHead(422).end('{"error":"no such site"}'))
  expect(await runOnce(domainctl, name)).toEqual(['DEPLOY_REFUSED'])
  expect(await planned()).toBeCloseTo(24 * 60, 0)
  expect((await domainctl.get(name)).deployments).toMatchObject([{ status: 'failed', error: { code: 'DEPLOY_REFUSED' } }])
  expect((await domainctl.deploy(name)).deployments).toMatchObject([{ done: 'deployed', proven: false }])
})

it('an agent that lost its answer gets the same certificate again, and orders nothing', async () => {
  let posts = 0
  const seen: string[] = []
  const url = await listen(
    createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push(JSON.parse(body).fingerprint)
      if (++posts > 1) response.end('{"changed":false}')
    }),
  )
  await using engine = await openEngine(world, { targets: { web: { target: targetAt(url, { timeoutMs: 200 }) } } })
  const name = 'lost.example.test'
  const { deployError } = await engine.domainctl.issue(name, { deploy: ['web'] })
  expect(deployError?.message).toContain('It may have taken the certificate all the same.')
  const orders = (await world.requests()).newOrder
  world.clock.advance(2 * MINUTE)
  expect(await runOnce(engine.domainctl, name)).toEqual(['deployed'])
  expect(seen[1]).toBe(seen[0])
  expect((await world.requests()).newOrder).toBe(orders)
})
