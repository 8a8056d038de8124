import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConfiguredTarget, defineDeployTarget } from '@domainctl/core'
import { createExecTarget, createFilesTarget } from '@domainctl/providers'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { openShell } from './command.ts'
import { openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { startTlsServer } from './tls-server.ts'

// Requirements V1, V3 and V4: a certificate is put where it serves, proven there, and else what was there before comes back.

let world: SandboxWorld
beforeAll(async () => {
  world = await startSandboxWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const MINUTE = 60_000
let names = 0
const newName = () => `deploy${names++}.example.test`

/** An engine with a target `web`: files that a TLS server serves. */
async function openWeb(more: Partial<ConfiguredTarget> = {}) {
  await using opening = new AsyncDisposableStack()
  const plain = opening.use(await openEngine(world))
  const folder = join(plain.directory, 'tls')
  const server = opening.use(await startTlsServer(folder))
  const web: ConfiguredTarget = {
    target: createFilesTarget({ folder: join(folder, '{name}') }),
    proveAt: [server.address],
    proveTimeoutMs: 400,
    ...more,
  }
  const domainctl = await plain.again({ targets: { web } })
  const kept = opening.move()
  const fingerprintIn = async (name: string) => (await readFile(join(folder, name, 'cert.pem'), 'utf8')).length > 0
  return { domainctl, server, folder, plain, fingerprintIn, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

describe('a target of files', () => {
  it('serves what was issued, proven, then what was renewed; and goes back when it is asked to', async () => {
    await using web = await openWeb()
    const { domainctl } = web
    const name = newName()
    const issued = await domainctl.issue(name, { deploy: ['web'] })
    expect(issued.deployments).toMatchObject([{ target: 'web', done: 'deployed', proven: true }])
    const [first] = (await domainctl.get(name)).deployments
    expect(first).toMatchObject({ target: 'web', status: 'deployed', fingerprint: issued.certificate.fingerprint, attempts: 0 })
    expect(await domainctl.deploy(name)).toMatchObject({ ok: true, deployments: [{ done: 'unchanged', proven: true }] })

    const renewed = await domainctl.renew(name, { force: true })
    expect(renewed.deployments).toMatchObject([{ done: 'deployed', proven: true }])
    const back = await domainctl.deploy(name, { rollback: true })
    expect(back.deployments).toMatchObject([{ done: 'rolled back', proven: true }])
    expect(back.domain.deployments[0]?.live?.fingerprint).toBe(issued.certificate.fingerprint)
    // A person has gone back: nothing goes ahead by itself.
    const outcomes: unknown[] = []
    await domainctl.run({ signal: new AbortController().signal, once: true, onOutcome: (outcome) => outcomes.push(outcome) })
    expect((await domainctl.get(name)).deployments[0]?.live?.fingerprint).toBe(issued.certificate.fingerprint)
    const ahead = await domainctl.deploy(name)
    expect(ahead.domain.deployments[0]?.live?.fingerprint).toBe(renewed.certificate.fingerprint)
    const events = (await domainctl.history(name)).map(({ event }) => event)
    expect(events.filter((event) => event === 'deployment.done')).toHaveLength(4)
  })

  it('that lies has what was there before put back; it is tried again by itself and orders nothing', async () => {
    await using web = await openWeb()
    const { domainctl, server, folder } = web
    const name = newName()
    const issued = await domainctl.issue(name, { deploy: ['web'] })
    server.freeze()
    const renewed = await domainctl.renew(name, { force: true })
    expect(renewed.deployError).toMatchObject({ code: 'DEPLOY_UNPROVEN', actor: 'operator', kind: 'provider' })
    expect(renewed.deployError?.message).toContain('is served')
    expect(await readFile(join(folder, name, 'fullchain.pem'), 'utf8')).toContain(
      (await readFile(join(folder, name, 'cert.pem'), 'utf8')).trim(),
    )
    const { deployments, certificate } = await domainctl.get(name)
    expect(certificate?.serial).toBe(renewed.certificate.serial)
    expect(deployments[0]).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'DEPLOY_UNPROVEN' } })
    expect(deployments[0]?.live?.fingerprint).toBe(issued.certificate.fingerprint)

    const orders = (await world.requests()).newOrder
    server.thaw()
    const once = async () => {
      const done: unknown[] = []
      await domainctl.run({
        signal: new AbortController().signal,
        once: true,
        onOutcome: (outcome) => outcomeOf(outcome, name, done),
      })
      return done
    }
    expect(await once()).toEqual([])
    world.clock.advance(2 * MINUTE)
    expect(await once()).toEqual(['deploy deployed'])
    expect((await domainctl.get(name)).deployments[0]).toMatchObject({ status: 'deployed', attempts: 0 })
    expect((await world.requests()).newOrder).toBe(orders)
  })

  it('that does not come to serve a renewed one goes back to what it has, and is left at that', async () => {
    await using web = await openWeb()
    const { domainctl, server } = web
    const name = newName()
    const issued = await domainctl.issue(name, { deploy: ['web'] })
    server.freeze()
    expect((await domainctl.renew(name, { force: true })).deployError).toMatchObject({ code: 'DEPLOY_UNPROVEN' })
    const back = await domainctl.deploy(name, { rollback: true })
    expect(back.deployments).toMatchObject([{ done: 'rolled back', proven: true }])
    const { fingerprint } = issued.certificate
    const [row] = back.domain.deployments
    expect(row).toMatchObject({ status: 'deployed', fingerprint, live: { fingerprint } })
    expect(row).not.toHaveProperty('nextAttemptAt')
  })

  it('that nobody serves is without the files again, and says where it has looked', async () => {
    await using web = await openWeb({ proveAt: ['127.0.0.1:1'] })
    const name = newName()
    const { deployError, certificate } = await web.domainctl.issue(name, { deploy: ['web'] })
    expect(certificate.serial).toBeDefined()
    expect(deployError?.message).toMatch(/127\.0\.0\.1:1 for deploy.*ECONNREFUSED/)
    await expect(readFile(join(web.folder, name, 'privkey.pem'))).rejects.toThrow('ENOENT')
    const row = (await web.domainctl.get(name)).deployments[0]
    expect(row).toMatchObject({ status: 'failed' })
    expect(row).not.toHaveProperty('live')
  })

  it('that cannot be written leaves everything as it was', async () => {
    await using web = await openWeb()
    const name = newName()
    await mkdir(web.folder, { recursive: true })
    await writeFile(join(web.folder, name), 'no folder')
    const { deployError } = await web.domainctl.issue(name, { deploy: ['web'] })
    expect(deployError).toMatchObject({ code: 'DEPLOY_FAILED', kind: 'provider' })
    expect(await readFile(join(web.folder, name), 'utf8')).toBe('no folder')
  })
})

describe('a domain', () => {
  it('can get targets and lose them; one that is not configured is refused', async () => {
    await using web = await openWeb()
    const { domainctl } = web
    const name = newName()
    await expect(domainctl.add(name, { deploy: ['wbe'] })).rejects.toMatchObject({ code: 'TARGET_UNKNOWN' })
    await domainctl.issue(name)
    await expect(domainctl.deploy(name)).rejects.toMatchObject({ code: 'TARGET_UNKNOWN' })
    const later = await domainctl.issue(name, { deploy: ['web'] })
    expect(later).toMatchObject({ issued: false, deployments: [{ done: 'deployed' }] })
    await expect(domainctl.deploy(name, { rollback: true })).rejects.toMatchObject({ code: 'CERTIFICATE_NONE' })
    await domainctl.issue(name, { deploy: false })
    expect((await domainctl.get(name)).deployments).toEqual([])
  })

  it('that is removed leaves its files, says so, and is due no more', async () => {
    await using web = await openWeb()
    const name = newName()
    await web.domainctl.issue(name, { deploy: ['web'] })
    const { warnings } = await web.domainctl.remove(name)
    expect(warnings).toContain('Its certificate and key stay at the target web.')
    expect(await web.fingerprintIn(name)).toBe(true)
    const again = await web.domainctl.add(name)
    expect(again.deployments).toEqual([])
  })
})

it('a target that hangs is left when the caller goes, and done by the next run', async () => {
  const held = Promise.withResolvers<void>()
  const stop = new AbortController()
  let calls = 0
  const hanging = defineDeployTarget({
    async deploy(_, { signal }) {
      calls += 1
      if (calls > 1) return { changed: true }
      held.resolve()
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
      return { changed: true }
    },
  })
  await using engine = await openEngine(world, { targets: { slow: { target: hanging } } })
  const name = newName()
  const issuing = engine.domainctl.issue(name, { deploy: ['slow'], signal: stop.signal })
  await held.promise
  stop.abort()
  expect((await issuing).deployError).toMatchObject({ code: 'INTERRUPTED' })
  expect((await engine.domainctl.get(name)).deployments).toMatchObject([{ status: 'pending', attempts: 0 }])
  const done: unknown[] = []
  await engine.domainctl.run({
    signal: new AbortController().signal,
    once: true,
    onOutcome: (outcome) => outcomeOf(outcome, name, done),
  })
  expect(done).toEqual(['deploy deployed'])
})

it('one target that fails keeps no other from being served', async () => {
  await using web = await openWeb()
  const broken = createExecTarget({ command: ['sh', '-c', 'echo no luck >&2; exit 3'] })
  const ok = createExecTarget({ command: ['true'] })
  await using engine = await openEngine(world, { targets: { broken: { target: broken }, ok: { target: ok } } })
  const name = newName()
  const { deployments, deployError } = await engine.domainctl.issue(name, { deploy: ['ok', 'broken'] })
  expect(deployments).toMatchObject([
    { target: 'broken', done: 'failed' },
    { target: 'ok', done: 'deployed', proven: false },
  ])
  expect(deployError?.message).toContain('it ended with 3 and said "no luck"')
  void web
})

it('a target that is not configured any more keeps no other from being looked at', async () => {
  await using web = await openWeb()
  const target = createFilesTarget({ folder: join(web.folder, '{name}') })
  const proveAt = [web.server.address]
  const both = await web.plain.again({ targets: { gone: { target, proveAt }, web: { target, proveAt } } })
  const name = newName()
  await both.issue(name, { deploy: ['gone', 'web'] })
  const { deployments } = await web.domainctl.deploy(name)
  expect(deployments).toMatchObject([
    { target: 'gone', done: 'failed', error: { code: 'TARGET_UNKNOWN' } },
    { target: 'web', done: 'unchanged', proven: true },
  ])
})

it('a target that is named twice is called once', async () => {
  const calls: string[] = []
  const target = defineDeployTarget({
    async deploy({ serial }) {
      calls.push(serial)
      return { changed: true }
    },
  })
  await using engine = await openEngine(world, { targets: { web: { target } } })
  const name = newName()
  const { certificate } = await engine.domainctl.issue(name, { deploy: ['web', 'web'] })
  await engine.domainctl.renew(name, { force: true })
  const back = await engine.domainctl.deploy(name, { rollback: true, targets: ['web', 'web'] })
  expect(back.deployments).toMatchObject([{ target: 'web', done: 'rolled back' }])
  expect(calls).toHaveLength(3)
  expect(calls.at(-1)).toBe(certificate.serial)
})

it('of two tenants with one name, the one that has it not yet puts nothing where the other one serves', async () => {
  const calls: string[] = []
  const target = defineDeployTarget({
    async deploy({ serial }) {
      calls.push(serial)
      return { changed: true }
    },
  })
  await using engine = await openEngine(world, { targets: { web: { target } } })
  const name = newName()
  await engine.domainctl.issue(name, { deploy: ['web'] })
  const other = await engine.again({ tenant: 'other', targets: { web: { target } } })
  await expect(other.issue(name, { deploy: ['web'] })).rejects.toMatchObject({ code: 'DNS_NOT_READY' })
  expect(calls).toHaveLength(1)
})

test('the command deploys what the configuration says, exits with 6 when it cannot, and rolls back', async () => {
  await using shell = await openShell(world)
  const folder = join(shell.directory, 'tls')
  await using server = await startTlsServer(folder)
  const name = newName()
  const web = { type: 'files', folder: `${folder}/{name}`, proveAt: [server.address], proveTimeout: '1s' }
  const bad = { type: 'exec', command: ['sh', '-c', 'cat "$DOMAINCTL_KEY_FILE"; exit 1'] }
  await writeFile(join(shell.directory, 'domainctl.config.json'), JSON.stringify({ targets: { web, bad } }))
  const issued = await shell.domainctl('issue', name, '--deploy', 'web')
  expect(issued).toMatchObject({ code: 0 })
  expect(issued.stdout).toContain('deployed to web, and is served (handshake)')
  expect(await shell.domainctl('renew', name, '--force')).toMatchObject({ code: 0 })
  const back = await shell.domainctl('deploy', name, '--rollback', '--json')
  expect(back.code).toBe(0)
  expect(JSON.parse(back.stdout)).toMatchObject({
    results: [{ ok: true, deployments: [{ target: 'web', done: 'rolled back', proven: true }] }],
  })
  expect((await shell.domainctl('show', name)).stdout).toMatch(/serves at\s+web deployed/)

  const failed = await shell.domainctl('issue', name, '--deploy', 'web,bad', '--json')
  expect(failed.code).toBe(6)
  const key = await readFile(join(folder, name, 'privkey.pem'), 'utf8')
  expect(failed.stdout + failed.stderr).not.toContain(key.split('\n')[1])
  expect(JSON.parse(failed.stdout)).toMatchObject({ results: [{ ok: false, error: { code: 'DEPLOY_FAILED' } }] })
  expect((await shell.domainctl('deploy', name, '--target', 'wbe')).code).toBe(2)
  expect((await shell.domainctl('config', 'show')).stdout).toContain('targets.web.type')
  await writeFile(join(shell.directory, 'domainctl.config.json'), JSON.stringify({ targets: { web: { ...web, folder: 'tls' } } }))
  const refused = await shell.domainctl('list')
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.stderr).toContain('targets.web.folder')
})

function outcomeOf(
  { kind, name, done, error }: { kind: string; name: string; done?: string; error?: { code: string } },
  wanted: string,
  into: unknown[],
): void {
  if (name === wanted && kind === 'deploy') into.push(`${kind} ${error?.code ?? done}`)
}
