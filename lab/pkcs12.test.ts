import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Domainctl, ExportedCertificate, KeyType } from '@domainctl/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openShell, type Shell } from '../lifecycle/command.ts'
import { type Engine, openEngine } from '../lifecycle/engine.ts'
import { type SandboxWorld, startSandboxWorld } from '../lifecycle/sandbox-world.ts'
import { runTool } from './tool.ts'

// Requirements C9: OpenSSL and Java judge the PKCS#12 files.

const TYPES: readonly KeyType[] = ['ec256', 'ec384', 'rsa2048', 'rsa4096']
const PASSWORD = 'correct horse; "battery" $taple'

let world: SandboxWorld
let engine: Engine
let folder: string

beforeAll(async () => {
  world = await startSandboxWorld()
  engine = await openEngine(world)
  folder = await mkdtemp(join(tmpdir(), 'domainctl-pkcs12-'))
  for (const keyType of TYPES) await engine.domainctl.issue(nameOf(keyType), { keyType, san: [`www.${nameOf(keyType)}`] })
})
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const nameOf = (keyType: KeyType) => `${keyType}.example.test`

/** The exported certificate, its PKCS#12 file and the file with its password. */
async function write(keyType: KeyType, password: Parameters<Domainctl['export']>[1]) {
  const exported = await engine.domainctl.export(nameOf(keyType), password)
  const secret = password?.pkcs12?.password ?? ''
  const paths = { file: join(folder, 'keystore.p12'), password: join(folder, 'password') }
  await writeFile(paths.file, exported.pkcs12 ?? '')
  // OpenSSL reads a line: an empty one is an empty password.
  await writeFile(paths.password, `${secret}\n`)
  return { exported, ...paths }
}

/** OpenSSL's view of a file as PEM: its key, and its certificates in their order. */
async function opened(file: string, password: string): Promise<{ key: string; certificates: string[]; text: string }> {
  const { code, stdout, stderr } = await runTool([
    'openssl',
    'pkcs12',
    '-in',
    file,
    '-passin',
    `file:${password}`,
    '-noenc',
    '-info',
  ])
  expect(code, stderr).toBe(0)
  return {
    key: /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(stdout)?.[0] ?? '',
    certificates: stdout.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [],
    text: stdout + stderr,
  }
}

function expectSame({ key, certificates }: { key: string; certificates: string[] }, exported: ExportedCertificate): void {
  expect(certificates.join('')).toBe(exported.fullchain)
  expect(createPrivateKey(key).equals(createPrivateKey(exported.privateKey ?? ''))).toBe(true)
}

describe.each(TYPES)('%s', (keyType) => {
  test('OpenSSL opens it, with strong algorithms', async () => {
    const { exported, file, password } = await write(keyType, { pkcs12: { password: PASSWORD } })
    const seen = await opened(file, password)
    expectSame(seen, exported)
    expect(seen.text).toContain('MAC: sha256, Iteration 100000')
    expect(seen.text.match(/PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256/g)).toHaveLength(2)
    expect(seen.text).toContain(`friendlyName: ${nameOf(keyType)}`)
  })

  test("Java's keytool lists it, and takes key and chain into a keystore of its own", async () => {
    const { exported, file, password } = await write(keyType, { pkcs12: { password: PASSWORD } })
    const source = ['-storetype', 'PKCS12', '-keystore', file, '-storepass:file', password]
    const listed = await runTool(['keytool', '-list', '-rfc', ...source])
    expect(listed.code, listed.stdout).toBe(0)
    expect(listed.stdout).toContain(`Alias name: ${nameOf(keyType)}`)
    expect(listed.stdout).toContain('Entry type: PrivateKeyEntry')
    const chain = listed.stdout.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    const fingerprints = (pems: readonly string[]) => pems.map((pem) => new X509Certificate(pem).fingerprint256)
    expect(fingerprints(chain)).toEqual(
      fingerprints(exported.fullchain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []),
    )

    const copy = join(folder, `${keyType}.copy.p12`)
    const imported = await runTool([
      ...(['keytool', '-importkeystore', '-noprompt', '-srckeystore', file, '-srcstoretype', 'PKCS12'] as const),
      ...['-srcstorepass:file', password, '-destkeystore', copy, '-deststoretype', 'PKCS12', '-deststorepass:file', password],
    ])
    expect(imported.code, imported.stdout + imported.stderr).toBe(0)
    // What Java wrote of the key is read by OpenSSL: it had understood it.
    expectSame(await opened(copy, password), exported)
  })
})

test('a wrong password opens nothing', async () => {
  const { file, password } = await write('ec256', { pkcs12: { password: PASSWORD } })
  await writeFile(password, 'another\n')
  expect((await runTool(['openssl', 'pkcs12', '-in', file, '-passin', `file:${password}`, '-noenc'])).code).not.toBe(0)
  const listed = await runTool(['keytool', '-list', '-storetype', 'PKCS12', '-keystore', file, '-storepass:file', password])
  expect(listed.code).not.toBe(0)
  expect(listed.stdout).toContain('password was incorrect')
})

test('the empty password, where it was asked for, opens it', async () => {
  const { exported, file } = await write('ec256', { pkcs12: { password: null } })
  const run = await runTool(['openssl', 'pkcs12', '-in', file, '-passin', 'pass:', '-noenc'])
  expect(run.code, run.stderr).toBe(0)
  expect(run.stdout).toContain(exported.certificate)
})

// Java takes no password but ASCII for the ciphers of PKCS#12 ("Password is not ASCII").
test.each(['Zürich-ß-€', 'smile-😀-key', 'x'.repeat(900)])('OpenSSL opens it by the password %s', async (secret) => {
  const { exported, file, password } = await write('ec384', { pkcs12: { password: secret } })
  expectSame(await opened(file, password), exported)
})

test('OpenSSL opens it by any password that can be typed', async () => {
  const secrets = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TYPES), secrets, async (keyType, secret) => {
      const { exported, file, password } = await write(keyType, { pkcs12: { password: secret } })
      expectSame(await opened(file, password), exported)
    }),
    { numRuns: 20 },
  )
})

describe('the command', () => {
  let shell: Shell
  beforeAll(async () => {
    shell = await openShell(world, { DOMAINCTL_PKCS12_PASSWORD: PASSWORD })
    expect(await shell.domainctl('issue', 'command.example.test')).toMatchObject({ code: 0 })
  })
  afterAll(() => shell?.[Symbol.asyncDispose]())

  test('writes keystore.p12 with the password of the environment, beside the PEM files', async () => {
    const { code, stdout, stderr } = await shell.domainctl('export', 'command.example.test', '--out', 'tls', '--pkcs12')
    expect(code, stderr).toBe(0)
    expect(stdout + stderr).not.toContain(PASSWORD)
    const at = (file: string) => join(shell.directory, 'tls', file)
    const password = join(folder, 'password')
    await writeFile(password, `${PASSWORD}\n`)
    const { certificates } = await opened(at('keystore.p12'), password)
    expect(certificates.join('')).toBe(await readFile(at('fullchain.pem'), 'utf8'))
    const listed = await runTool([
      'keytool',
      '-list',
      '-storetype',
      'PKCS12',
      '-keystore',
      at('keystore.p12'),
      '-storepass:file',
      password,
    ])
    expect(listed.stdout).toContain('command.example.test')
  })
})
