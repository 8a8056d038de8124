import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { DomainctlError, DomainctlOptions } from '@domainctl/core'
import { expect, onTestFinished, test } from 'vitest'
import { openShell } from './command.ts'
import { openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { startZerosslApi, type ZerosslApi } from './zerossl-api.ts'

// External accounts by an API key, as ZeroSSL has them.

const NAME = 'shop.example.test'

async function openScene() {
  await using opening = new AsyncDisposableStack()
  const world = opening.use(await startSandboxWorld())
  world.sandbox.ca.settings.externalAccount = { required: true }
  const api = opening.use(await startZerosslApi(world.sandbox))
  const opened = opening.move()
  return { world, api, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

function optionsFor(world: SandboxWorld, { url, apiKey }: ZerosslApi): Partial<DomainctlOptions> {
  return { ca: 'house', cas: { house: { directory: world.ca, externalAccountApi: url, apiKey: async () => apiKey } } }
}

test('the account is bound to one that the API gives, which is asked once', async () => {
  await using scene = await openScene()
  await using engine = await openEngine(scene.world, optionsFor(scene.world, scene.api))
  const names = ['a', 'b', 'c'].map((label) => `${label}.example.test`)
  const issued = await Promise.all(names.map((name) => engine.domainctl.issue(name)))
  expect(issued.map(({ issued }) => issued)).toEqual([true, true, true])
  expect(await engine.domainctl.renew('a.example.test', { force: true })).toMatchObject({ issued: true })
  expect(scene.api.asked).toBe(1)
  expect(scene.world.sandbox.ca.requests.newAccount).toBe(1)
})

test('an account that could not be made is tried again with the external account that is there', async () => {
  await using scene = await openScene()
  await using engine = await openEngine(scene.world, optionsFor(scene.world, scene.api))
  scene.world.addFault({ resource: 'newAccount', nth: 1, refuse: { status: 503 } })
  await expect(engine.domainctl.issue(NAME)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  expect(await engine.domainctl.issue(NAME, { force: true })).toMatchObject({ issued: true })
  expect(scene.api.asked).toBe(1)
})

test('a known external account goes before the key', async () => {
  await using scene = await openScene()
  const { ca, cas } = optionsFor(scene.world, scene.api)
  const house = { ...cas?.house, externalAccount: scene.world.sandbox.ca.addExternalAccountKey() }
  await using engine = await openEngine(scene.world, { ...(ca && { ca }), cas: { house } })
  expect(await engine.domainctl.issue(NAME)).toMatchObject({ issued: true })
  expect(scene.api.asked).toBe(0)
})

const refusal =
  (status: number, body: object | string, headers = {}) =>
  (_: unknown, response: Parameters<NonNullable<ZerosslApi['answer']>>[1]) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
const error = (code: number, type: string) => ({ success: false, error: { code, type } })

test.each<[string, ZerosslApi['answer'], Partial<DomainctlError>]>([
  ['a key that it does not know', refusal(200, error(101, 'invalid_access_key')), { code: 'CONFIG_INVALID', actor: 'operator' }],
  ['403 without more', refusal(403, ''), { code: 'CONFIG_INVALID' }],
  ['no account for now', refusal(200, error(2902, 'failed_creating_eab_account')), { code: 'CA_UNAVAILABLE' }],
  ['too many today', refusal(200, error(2904, 'too_many_eab_credentials_created_today')), { code: 'CA_RATE_LIMITED' }],
  ['too many for good', refusal(200, error(2905, 'too_many_eab_credentials_created_for_user')), { code: 'CA_REFUSED' }],
  ['429 with a time', refusal(429, '', { 'retry-after': '60' }), { code: 'CA_RATE_LIMITED', retryAt: expect.any(Date) }],
  ['a page of HTML', refusal(200, '<html>Maintenance</html>'), { code: 'CA_UNAVAILABLE' }],
  ['500', refusal(500, 'Internal Server Error'), { code: 'CA_UNAVAILABLE' }],
  ['success without a key', refusal(200, { success: true, eab_kid: 'x' }), { code: 'CA_UNAVAILABLE' }],
  ['a key that is none', refusal(200, { success: 1, eab_kid: 'x', eab_hmac_key: '\u001b[31m!' }), { code: 'CA_UNAVAILABLE' }],
  ['a redirect', refusal(302, '', { location: 'http://127.0.0.1:1/' }), { code: 'CA_UNAVAILABLE' }],
  ['2 MiB', refusal(200, 'x'.repeat(2 * 1024 * 1024)), { code: 'CA_REFUSED' }],
  ['nothing', (request) => void request.socket.destroy(), { code: 'CA_UNREACHABLE' }],
])('%s is told as what it is, and the key is in none of it', async (_, answer, expected) => {
  await using scene = await openScene()
  const { world, api } = scene
  // What it answers may hold what it was asked.
  api.answer = answer
  await using engine = await openEngine(world, optionsFor(world, api))
  const thrown = await engine.domainctl.issue(NAME).catch((thrown) => thrown)
  expect(thrown).toMatchObject(expected)
  const told =
    inspect(thrown, { depth: 20 }) +
    thrown.hint +
    JSON.stringify([await engine.domainctl.history(NAME), await engine.domainctl.get(NAME)])
  expect(told).not.toContain(api.apiKey)
  expect(world.sandbox.ca.requests.newAccount).toBe(0)
})

test.each<[string, (key: string, url: string) => string]>([
  ['as it is', (key) => key],
  ['in the URL', (_, url) => `invalid_access_key ${url}`],
])('an answer that repeats the key, %s, does not make it known', async (_, type) => {
  await using scene = await openScene()
  const apiKey = 'a/key+with=signs'
  const encoded = encodeURIComponent(apiKey)
  scene.api.answer = ({ url = '' }, response) => void response.end(JSON.stringify(error(101, type(apiKey, url))))
  await using engine = await openEngine(scene.world, optionsFor(scene.world, { ...scene.api, apiKey }))
  const thrown = await engine.domainctl.issue(NAME).catch((thrown) => thrown)
  expect(thrown).toMatchObject({ code: 'CA_UNAVAILABLE' })
  for (const secret of [apiKey, encoded]) expect(inspect(thrown, { depth: 20 })).not.toContain(secret)
})

test('an answer whose type of error is the key does not make it known', async () => {
  await using scene = await openScene()
  scene.api.answer = (_, response) => void response.end(JSON.stringify(error(101, `x_${scene.api.apiKey}`)))
  await using engine = await openEngine(scene.world, optionsFor(scene.world, scene.api))
  const thrown = await engine.domainctl.issue(NAME).catch((thrown) => thrown)
  expect(inspect(thrown, { depth: 20 })).not.toContain(scene.api.apiKey)
})

test('a CA of which no such API is known is refused at once', async () => {
  await using world = await startSandboxWorld()
  const cas = { house: { directory: world.ca, apiKey: 'x' } }
  await expect(openEngine(world, { ca: 'house', cas })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('plain HTTP is for this machine alone', async () => {
  await using scene = await openScene()
  const { cas, ...rest } = optionsFor(scene.world, { ...scene.api, url: 'http://api.example.test/acme' })
  await using engine = await openEngine(scene.world, { ...rest, ...(cas && { cas }) })
  await expect(engine.domainctl.issue(NAME)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('https'),
  })
})

test('the command takes the key from a reference of its configuration', async () => {
  await using scene = await openScene()
  const { world, api } = scene
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-zerossl-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'key'), `${api.apiKey}\n`, { mode: 0o600 })
  await using shell = await openShell(world, { DOMAINCTL_CA: 'house' })
  const house = { directory: world.ca, apiKey: `file:${join(folder, 'key')}`, externalAccountApi: api.url }
  await writeFile(join(shell.directory, 'domainctl.config.yaml'), JSON.stringify({ cas: { house } }))
  const issued = await shell.domainctl('issue', NAME, '--verbose')
  expect(issued.code, issued.stderr).toBe(0)
  const shown = await shell.domainctl('config', 'show', '--json')
  expect(shown.stdout).toContain('cas.house.apiKey')
  expect(issued.stdout + issued.stderr + shown.stdout).not.toContain(api.apiKey)
  expect(api.asked).toBe(1)
})
