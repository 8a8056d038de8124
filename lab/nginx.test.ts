import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createNginxTarget } from '@domainctl/providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openShell } from '../lifecycle/command.ts'
import { openEngine } from '../lifecycle/engine.ts'
import { type SandboxWorld, startSandboxWorld } from '../lifecycle/sandbox-world.ts'
import { type Nginx, startNginx } from './servers/nginx.ts'
import { visitors as visitorsOf } from './visitors.ts'

// Certificates at Debian's nginx (requirements V2 to V4): proven by handshakes, many domains in one reload, no request that fails, and
// a configuration that is broken is never loaded.

const LONG = process.env.DOMAINCTL_LAB_LONG === '1'
const RENEWALS = LONG ? 50 : 8
const NAMES = Array.from({ length: 12 }, (_, n) => `n${n}.example.test`)
const [NAME = ''] = NAMES

let world: SandboxWorld
let nginx: Nginx
beforeAll(async () => {
  world = await startSandboxWorld()
  nginx = await startNginx(NAMES)
})
afterAll(async () => {
  await nginx?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

function openWeb(debounceMs: number) {
  const { folder, test: check, reload, port } = nginx
  const target = createNginxTarget({ folder: join(folder, '{name}'), test: check, reload, debounceMs })
  return openEngine(world, { targets: { web: { target, proveAt: [`127.0.0.1:${port}`], proveTimeoutMs: 20_000 } } })
}

test('many domains that come at once share one reload, and each is served', async () => {
  await using engine = await openWeb(3_000)
  const before = await nginx.reloads()
  const issued = await Promise.all(NAMES.map((name) => engine.domainctl.issue(name, { deploy: ['web'] })))
  for (const { deployments } of issued) expect(deployments).toMatchObject([{ done: 'deployed', proven: true }])
  // The first may have been alone, where the CA takes its time with the others.
  expect((await nginx.reloads()) - before).toBeLessThanOrEqual(3)
})

test(`not one request fails while ${RENEWALS} renewals are deployed`, { timeout: 600_000 }, async () => {
  await using engine = await openWeb(0)
  const name = NAMES.at(-1) ?? ''
  await engine.domainctl.issue(name, { deploy: ['web'] })
  const visitors = visitorsOf(nginx.port, name)
  const serials: string[] = []
  for (let n = 0; n < RENEWALS; n++) {
    const { deployments, certificate } = await engine.domainctl.renew(name, { force: true })
    expect(deployments).toMatchObject([{ done: 'deployed', proven: true }])
    serials.push(certificate.serial)
  }
  const { failures, serials: seen, answered } = await visitors.stop()
  expect(failures).toEqual([])
  expect(answered).toBeGreaterThan(RENEWALS)
  for (const serial of serials.slice(0, -1)) expect(seen).toContain(serial)
})

test('a configuration that is broken is not loaded: what was there before goes on, and the files are those of before', async () => {
  await using engine = await openWeb(0)
  const { domainctl } = engine
  const first = await domainctl.issue(NAME, { deploy: ['web'] })
  expect(first.deployError).toBeUndefined()
  const file = join(nginx.folder, NAME, 'fullchain.pem')
  const before = await readFile(file, 'utf8')
  const reloads = await nginx.reloads()
  await nginx.spoil('no_such_directive on;')
  const renewed = await domainctl.renew(NAME, { force: true })
  expect(renewed.deployError).toMatchObject({ code: 'DEPLOY_FAILED' })
  expect(renewed.deployError?.message).toContain('no_such_directive')
  expect(await readFile(file, 'utf8')).toBe(before)
  expect(await nginx.reloads()).toBe(reloads)
  const visitors = visitorsOf(nginx.port, NAME)
  const { failures, serials } = await visitors.stop()
  expect(failures).toEqual([])
  expect([...serials]).toEqual([first.certificate.serial])

  await nginx.spoil('')
  expect(await domainctl.deploy(NAME)).toMatchObject({ ok: true, deployments: [{ done: 'deployed', proven: true }] })
  const rolled = await domainctl.deploy(NAME, { rollback: true })
  expect(rolled).toMatchObject({ ok: true, deployments: [{ done: 'rolled back', proven: true }] })
  expect(await readFile(file, 'utf8')).toBe(before)
})

test('the command exits with 6 when the configuration is broken, and people are told of that and of its end', async () => {
  const told: { event: string }[] = []
  const receiver = createServer(async (request, response) => {
    told.push(JSON.parse(await text(request)))
    response.writeHead(204).end()
  })
  await once(receiver.listen(0, '127.0.0.1'), 'listening')
  const { port } = receiver.address() as AddressInfo
  await using shell = await openShell(world, { OPS_URL: `http://127.0.0.1:${port}/`, OPS_SECRET: 'a'.repeat(32) })
  const web = {
    folder: join(nginx.folder, '{name}'),
    test: nginx.test,
    reload: nginx.reload,
    proveAt: [`127.0.0.1:${nginx.port}`],
  }
  await writeFile(
    join(shell.directory, 'domainctl.config.json'),
    JSON.stringify({
      targets: { web: { type: 'nginx', ...web } },
      notifications: { channels: { ops: { type: 'webhook', url: 'env:OPS_URL', secret: 'env:OPS_SECRET' } } },
    }),
  )
  try {
    expect(await shell.domainctl('issue', NAME, '--deploy', 'web')).toMatchObject({ code: 0 })
    await nginx.spoil('no_such_directive on;')
    const renewed = await shell.domainctl('renew', NAME, '--force')
    expect(renewed).toMatchObject({ code: 6, stderr: expect.stringContaining('no_such_directive') })
    expect(await shell.domainctl('deploy', NAME)).toMatchObject({ code: 6 })
    await nginx.spoil('')
    expect(await shell.domainctl('deploy', NAME)).toMatchObject({ code: 0 })
    expect(await shell.domainctl('notify', 'deliver')).toMatchObject({ code: 0 })
  } finally {
    await nginx.spoil('')
    receiver.closeAllConnections()
    receiver.close()
  }
  expect(told.map(({ event }) => event)).toEqual([
    'domain.certificate_issued',
    'domain.deployed',
    'domain.renewed',
    'domain.failed',
    'domain.deployed',
  ])
})
