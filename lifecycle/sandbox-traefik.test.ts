import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTraefikTarget } from '@domainctl/providers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { visitors } from '../lab/visitors.ts'
import { openShell } from './command.ts'
import { openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { read, serviceFor, startTraefikReader } from './traefik-reader.ts'

// Certificates, routers and services for the file provider of Traefik (requirements V2 to V4, L12), read as Traefik's source says.

let world: SandboxWorld
beforeAll(async () => {
  world = await startSandboxWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

let names = 0
const newName = () => `traefik${names++}.example.test`

async function openEdge() {
  await using opening = new AsyncDisposableStack()
  const plain = opening.use(await openEngine(world))
  const [dynamic, tls] = [join(plain.directory, 'dynamic'), join(plain.directory, 'tls')]
  await mkdir(dynamic)
  const reader = opening.use(await startTraefikReader(dynamic))
  const target = createTraefikTarget({ file: join(dynamic, '{name}.yml'), folder: join(tls, '{name}') })
  const domainctl = await plain.again({ targets: { edge: { target, proveAt: [reader.address], proveTimeoutMs: 5_000 } } })
  const kept = opening.move()
  const urlOf = async (host: string) => serviceFor((await read(dynamic)).files, host)
  return { domainctl, plain, dynamic, tls, reader, target, urlOf, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

it('serves what was issued and renewed while visitors come, and no reader ever finds a part', { timeout: 120_000 }, async () => {
  await using edge = await openEdge()
  const { domainctl, dynamic, reader } = edge
  const name = newName()
  const upstream = 'http://127.0.0.1:8080'
  const issued = await domainctl.issue(name, { deploy: ['edge'], upstream })
  expect(issued.deployments).toMatchObject([{ target: 'edge', done: 'deployed', proven: true }])
  const load = visitors(reader.port, name)
  let [isOver, looks] = [false, 0]
  const looking = (async () => {
    for (; !isOver; looks++) expect(serviceFor((await read(dynamic)).files, name)).toBe(upstream)
  })()
  const serials: string[] = []
  for (let n = 0; n < 6; n++) {
    const { deployments, certificate } = await domainctl.renew(name, { force: true })
    expect(deployments).toMatchObject([{ done: 'deployed', proven: true }])
    serials.push(certificate.serial)
  }
  isOver = true
  await looking
  const { failures, serials: seen } = await load.stop()
  expect(failures).toEqual([])
  for (const serial of serials.slice(0, -1)) expect(seen).toContain(serial)
  expect(reader.complaints).toEqual([])
  expect(looks).toBeGreaterThan(serials.length)

  expect(await domainctl.deploy(name, { rollback: true })).toMatchObject({ deployments: [{ done: 'rolled back', proven: true }] })
  expect(await domainctl.deploy(name)).toMatchObject({ deployments: [{ done: 'deployed', proven: true }] })
})

it('routes exact names before wildcards that cover them, and another upstream is put there with the same certificate', async () => {
  await using edge = await openEdge()
  const { domainctl, urlOf } = edge
  const name = newName()
  await domainctl.issue(name, { wildcard: true, deploy: ['edge'], upstream: 'HTTP://10.0.0.1:80/' })
  await domainctl.issue(`a.${name}`, { deploy: ['edge'], upstream: 'http://[2001:db8::1]:81' })
  expect(await urlOf(name)).toBe('http://10.0.0.1')
  expect(await urlOf(`b.${name}`)).toBe('http://10.0.0.1')
  expect(await urlOf(`a.${name}`)).toBe('http://[2001:db8::1]:81')
  expect(await urlOf(`b.a.${name}`)).toBeUndefined()

  const orders = (await world.requests()).newOrder
  const moved = await domainctl.issue(name, { upstream: 'http://10.0.0.2' })
  expect(moved).toMatchObject({ issued: false, deployments: [{ done: 'deployed', proven: true }] })
  expect(await urlOf(`b.${name}`)).toBe('http://10.0.0.2')
  expect((await domainctl.get(name)).upstream).toBe('http://10.0.0.2')
  // Nothing was chosen anew.
  expect(await domainctl.issue(name, { upstream: 'http://10.0.0.2' })).not.toHaveProperty('deployments.0')
  await domainctl.issue(name, { upstream: false })
  expect(await urlOf(name)).toBeUndefined()
  expect(await domainctl.get(name)).not.toHaveProperty('upstream')
  expect((await world.requests()).newOrder).toBe(orders)
  for (const wrong of [
    '10.0.0.1:80',
    'ftp://a.b',
    'http://a/b',
    'http://u:p@a',
    'http://a?b',
    'http://{{env}}',
    'http://a`b',
    '',
  ])
    await expect(domainctl.issue(name, { upstream: wrong })).rejects.toMatchObject({ code: 'USAGE' })
})

it('keeps an earlier certificate that a person has gone back to when other settings are chosen', async () => {
  await using edge = await openEdge()
  const { domainctl } = edge
  const name = newName()
  const first = await domainctl.issue(name, { deploy: ['edge'] })
  await domainctl.renew(name, { force: true })
  await domainctl.deploy(name, { rollback: true })
  const there = async () => (await domainctl.get(name)).deployments[0]?.live?.fingerprint
  await domainctl.issue(name, { labels: { a: 'b' } })
  expect(await there()).toBe(first.certificate.fingerprint)
  await domainctl.issue(name, { upstream: 'http://10.0.0.3' })
  expect(await there()).toBe(first.certificate.fingerprint)
  expect(await edge.urlOf(name)).toBe('http://10.0.0.3')
})

it('that is not proven has its file as it was; a first one is gone again', async () => {
  await using edge = await openEdge()
  const name = newName()
  const file = join(edge.dynamic, `${name}.yml`)
  await edge.domainctl.issue(name, { deploy: ['edge'] })
  const before = await readFile(file, 'utf8')
  const lying = await edge.plain.again({
    targets: { edge: { target: edge.target, proveAt: ['127.0.0.1:1'], proveTimeoutMs: 300 } },
  })
  expect((await lying.renew(name, { force: true })).deployError).toMatchObject({ code: 'DEPLOY_UNPROVEN' })
  expect(await readFile(file, 'utf8')).toBe(before)
  const fresh = newName()
  expect((await lying.issue(fresh, { deploy: ['edge'] })).deployError).toMatchObject({ code: 'DEPLOY_UNPROVEN' })
  expect(await readdir(edge.dynamic)).toEqual([`${name}.yml`])
})

it('removes certificates that nothing has named for a while, with the next deployment', async () => {
  await using edge = await openEdge()
  const { domainctl, tls } = edge
  const name = newName()
  await domainctl.issue(name, { deploy: ['edge'] })
  const folder = join(tls, name)
  await writeFile(join(folder, 'dhparams.pem'), 'mine')
  const age = async () => {
    const { mtimeMs } = await stat(folder)
    for (const file of await readdir(folder)) await utimes(join(folder, file), mtimeMs / 1000, mtimeMs / 1000 - 601)
  }
  const left = `.${'0'.repeat(32)}.key.0123456789ab.new`
  await writeFile(join(folder, left), 'the key of a call that was killed')
  for (let n = 0; n < 3; n++) {
    await age()
    await domainctl.renew(name, { force: true })
  }
  // The one that is served, and the one before.
  expect((await readdir(folder)).filter((file) => /^[\da-f]{32}\.(crt|key)$/.test(file))).toHaveLength(4)
  expect(await readdir(folder)).not.toContain(left)
  expect(await readFile(join(folder, 'dhparams.pem'), 'utf8')).toBe('mine')
  const [key = ''] = (await readdir(folder)).filter((file) => file.endsWith('.key'))
  expect((await stat(join(folder, key))).mode & 0o777).toBe(0o600)
})

it('does not write over a file that is not its own', async () => {
  await using edge = await openEdge()
  const name = newName()
  const file = join(edge.dynamic, `${name}.yml`)
  await writeFile(file, 'tls: {certificates: []}\n')
  const { deployError } = await edge.domainctl.issue(name, { deploy: ['edge'] })
  expect(deployError).toMatchObject({ code: 'DEPLOY_FAILED', message: expect.stringContaining(file) })
  expect(await readFile(file, 'utf8')).toBe('tls: {certificates: []}\n')
})

it('can be had by the command, seen by Traefik at other paths, and is refused with settings that are not right', async () => {
  await using shell = await openShell(world)
  const dynamic = join(shell.directory, 'dynamic')
  await mkdir(dynamic)
  await using reader = await startTraefikReader(dynamic, (seen) => seen.replace('/certificates', join(shell.directory, 'tls')))
  const name = newName()
  const edge = {
    type: 'traefik',
    file: join(dynamic, '{name}.yml'),
    folder: join(shell.directory, 'tls', '{name}'),
    seenAs: '/certificates/{name}',
    entryPoints: ['https'],
    proveAt: [reader.address],
    proveTimeout: '5s',
  }
  const configure = (more: object) =>
    writeFile(join(shell.directory, 'domainctl.config.json'), JSON.stringify({ targets: { edge: { ...edge, ...more } } }))
  await configure({})
  const issued = await shell.domainctl('issue', name, '--deploy', 'edge', '--upstream', 'http://10.0.0.5:8080')
  expect(issued).toMatchObject({ code: 0 })
  expect(issued.stdout).toContain('deployed to edge, and is served (handshake)')
  expect((await shell.domainctl('show', name)).stdout).toMatch(/upstream\s+http:\/\/10\.0\.0\.5:8080/)
  expect(await readFile(join(dynamic, `${name}.yml`), 'utf8')).toContain('entryPoints: ["https"]')
  const wrong = await shell.domainctl('issue', name, '--upstream', 'http://user:secret@10.0.0.5')
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).not.toContain('secret')
  for (const more of [
    { file: '/etc/{name}.conf' },
    { file: '/etc/{name}/a.yml' },
    { folder: '/etc/{{env "X"}}/{name}' },
    { seenAs: 'tls/{name}' },
    { entryPoints: [] },
  ]) {
    await configure(more)
    const refused = await shell.domainctl('list')
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.stderr).toContain(`targets.edge.${Object.keys(more)[0]}`)
  }
})
