import { readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { createHaproxyTarget } from '@domainctl/providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEngine } from '../lifecycle/engine.ts'
import { type SandboxWorld, startSandboxWorld } from '../lifecycle/sandbox-world.ts'
import { type Haproxy, startHaproxy } from './servers/haproxy.ts'
import { visitors } from './visitors.ts'

// Certificates at Debian's HAProxy (requirements V2 to V4): new names and renewals by its Runtime API, without a reload; what it
// starts with the next time is the same.

const LONG = process.env.DOMAINCTL_LAB_LONG === '1'
const RENEWALS = LONG ? 50 : 8

let world: SandboxWorld
let haproxy: Haproxy
beforeAll(async () => {
  world = await startSandboxWorld()
  haproxy = await startHaproxy()
})
afterAll(async () => {
  await haproxy?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

function openWeb(proveAt = [`127.0.0.1:${haproxy.port}`]) {
  const { file, crtList, socket } = haproxy
  const target = createHaproxyTarget({ file, crtList, socket })
  return openEngine(world, { targets: { web: { target, proveAt, proveTimeoutMs: 2_000 } } })
}
const fileOf = (name: string) => haproxy.file.replace('{name}', name)

test('new names are served without a reload, many at once, and after a restart', async () => {
  await using engine = await openWeb()
  const { pid } = haproxy
  const names = [1, 2, 3, 4, 5].map((n) => `h${n}.example.test`)
  const issued = await Promise.all(names.map((name) => engine.domainctl.issue(name, { deploy: ['web'] })))
  for (const { deployments } of issued) expect(deployments).toMatchObject([{ done: 'deployed', proven: true }])
  expect(haproxy.pid).toBe(pid)
  for (const name of names) expect((await stat(fileOf(name))).mode & 0o777).toBe(0o600)
  await haproxy.restart()
  for (const name of names)
    expect(await engine.domainctl.deploy(name)).toMatchObject({ ok: true, deployments: [{ done: 'unchanged', proven: true }] })
})

test(`not one request fails while ${RENEWALS} renewals are deployed`, { timeout: 600_000 }, async () => {
  await using engine = await openWeb()
  const name = 'load.example.test'
  await engine.domainctl.issue(name, { deploy: ['web'] })
  const load = visitors(haproxy.port, name)
  const serials: string[] = []
  for (let n = 0; n < RENEWALS; n++) {
    const { deployments, certificate } = await engine.domainctl.renew(name, { force: true })
    expect(deployments).toMatchObject([{ done: 'deployed', proven: true }])
    serials.push(certificate.serial)
  }
  const { failures, serials: seen } = await load.stop()
  expect(failures).toEqual([])
  for (const serial of serials.slice(0, -1)) expect(seen).toContain(serial)
})

test('what is not proven is taken back: a new name is forgotten, a renewed one has the certificate before', async () => {
  await using good = await openWeb()
  const name = 'back.example.test'
  const first = await good.domainctl.issue(name, { deploy: ['web'] })
  const before = await readFile(fileOf(name), 'utf8')
  const target = createHaproxyTarget({ file: haproxy.file, crtList: haproxy.crtList, socket: haproxy.socket })
  const elsewhere = { target, proveAt: ['127.0.0.1:1'], proveTimeoutMs: 300 }
  const lying = await good.again({ targets: { web: elsewhere } })
  expect((await lying.renew(name, { force: true })).deployError).toMatchObject({ code: 'DEPLOY_UNPROVEN' })
  expect(await readFile(fileOf(name), 'utf8')).toBe(before)
  const { serials } = await visitors(haproxy.port, name).stop()
  expect([...serials]).toEqual([first.certificate.serial])

  const fresh = 'fresh.example.test'
  expect((await lying.issue(fresh, { deploy: ['web'] })).deployError).toMatchObject({ code: 'DEPLOY_UNPROVEN' })
  await expect(stat(fileOf(fresh))).rejects.toThrow('ENOENT')
  expect(await readFile(haproxy.crtList, 'utf8')).not.toContain(fresh)
  expect(await good.domainctl.deploy(fresh)).toMatchObject({ ok: true, deployments: [{ done: 'deployed', proven: true }] })
})

test('a transaction that a killed process has left open keeps nobody from deploying', { timeout: 60_000 }, async () => {
  await using engine = await openWeb()
  const left = 'left.example.test'
  await engine.domainctl.issue(left, { deploy: ['web'] })
  const api = connect(haproxy.socket)
  api.end(`set ssl cert ${fileOf(left)} <<\n${(await readFile(fileOf(left), 'utf8')).trim()}\n\n`)
  expect(await text(api)).toMatch(/^Transaction created/)
  const { deployments, deployError } = await engine.domainctl.issue('next.example.test', { deploy: ['web'] })
  expect(deployError).toBeUndefined()
  expect(deployments).toMatchObject([{ done: 'deployed', proven: true }])
  expect(await engine.domainctl.renew(left, { force: true })).toMatchObject({ deployments: [{ done: 'deployed', proven: true }] })
})

test("two processes at once do not get into each other's transactions", { timeout: 60_000 }, async () => {
  const { file, crtList, socket, port } = haproxy
  const web = () => ({
    target: createHaproxyTarget({ file, crtList, socket }),
    proveAt: [`127.0.0.1:${port}`],
    proveTimeoutMs: 2_000,
  })
  await using engine = await openEngine(world, { targets: { one: web(), other: web() } })
  const names = [1, 2, 3, 4, 5, 6].map((n) => ({ name: `both${n}.example.test`, deploy: [n % 2 === 0 ? 'one' : 'other'] }))
  await Promise.all(names.map(({ name, deploy }) => engine.domainctl.issue(name, { deploy })))
  for (let n = 0; n < 4; n++) {
    const done = await Promise.all(names.map(({ name }) => engine.domainctl.renew(name, { force: true })))
    for (const { deployError, deployments } of done) {
      expect(deployError).toBeUndefined()
      expect(deployments).toMatchObject([{ done: 'deployed', proven: true }])
    }
  }
})

test('one that does not run is told as it is, with the files as they were', async () => {
  const target = createHaproxyTarget({ file: haproxy.file, crtList: haproxy.crtList, socket: `${haproxy.socket}.none` })
  await using engine = await openEngine(world, { targets: { web: { target } } })
  const name = 'none.example.test'
  const { deployError } = await engine.domainctl.issue(name, { deploy: ['web'] })
  expect(deployError).toMatchObject({ code: 'DEPLOY_FAILED' })
  expect(deployError?.message).toContain('ENOENT')
  expect(await readFile(haproxy.crtList, 'utf8')).not.toContain(name)
})
