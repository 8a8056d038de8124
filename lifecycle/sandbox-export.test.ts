import { createPrivateKey, X509Certificate } from 'node:crypto'
import { lstat, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { expect, test } from 'vitest'
import { openShell } from './command.ts'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

// Requirements C9: certificates as files.

const NAME = 'shop.example.test'
const SECRET = 'correct horse battery'

test('the library gives PKCS#12 where it is asked for, and refuses passwords that cannot be used', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const asked = { pkcs12: { password: SECRET } }
  await expect(domainctl.export(NAME, asked)).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  await domainctl.add(NAME)
  await expect(domainctl.export(NAME, asked)).rejects.toMatchObject({ code: 'CERTIFICATE_NONE' })
  await domainctl.issue(NAME)
  expect(await domainctl.export(NAME)).not.toHaveProperty('pkcs12')
  for (const password of ['', 'two\nlines', 'null\0', '\ud800']) {
    await expect(domainctl.export(NAME, { pkcs12: { password } })).rejects.toMatchObject({ code: 'USAGE', actor: 'operator' })
  }
  const [one, other] = await Promise.all([domainctl.export(NAME, asked), domainctl.export(NAME, asked)])
  expect(Buffer.from(one.pkcs12 ?? '').equals(other.pkcs12 ?? Buffer.alloc(0))).toBe(false)
  for (const pfx of [one.pkcs12, other.pkcs12]) createSecureContext({ pfx: Buffer.from(pfx ?? ''), passphrase: SECRET })
  const empty = await domainctl.export(NAME, { pkcs12: { password: null } })
  createSecureContext({ pfx: Buffer.from(empty.pkcs12 ?? ''), passphrase: '' })
})

test('the command replaces the set after a renewal, with the password of a file, and says nothing of it', async () => {
  await using world = await startSandboxWorld()
  await using shell = await openShell(world)
  const at = (file: string) => join(shell.directory, 'tls', file)
  const run = async (...args: string[]) => {
    const ran = await shell.domainctl(...args)
    expect(ran.stdout + ran.stderr).not.toContain(SECRET)
    return ran
  }
  await writeFile(join(shell.directory, 'secret'), `${SECRET}\n`)
  const command = ['export', NAME, '--out', 'tls', '--pkcs12', '--password-file', 'secret']
  expect(await run('issue', NAME)).toMatchObject({ code: 0 })
  expect(await run(...command)).toMatchObject({ code: 0, stderr: '' })
  const before = await readFile(at('cert.pem'), 'utf8')
  expect(await run('renew', NAME, '--force')).toMatchObject({ code: 0 })

  // Without the file of before, a server that reads it would be left behind.
  const partly = await run('export', NAME, '--out', 'tls', '--json')
  expect(partly.code).toBe(2)
  expect(JSON.parse(partly.stdout)).toMatchObject({ results: [{ error: { code: 'OUTPUT_UNWRITABLE' } }] })
  expect(await readFile(at('cert.pem'), 'utf8')).toBe(before)

  const again = await run(...command, '--json')
  expect(JSON.parse(again.stdout)).toMatchObject({
    results: [{ ok: true, warnings: [], files: expect.arrayContaining([at('keystore.p12')]) }],
  })
  const certificate = new X509Certificate(await readFile(at('fullchain.pem')))
  expect(certificate.fingerprint256).not.toBe(new X509Certificate(before).fingerprint256)
  expect(certificate.checkPrivateKey(createPrivateKey(await readFile(at('privkey.pem'))))).toBe(true)
  createSecureContext({ pfx: await readFile(at('keystore.p12')), passphrase: SECRET })
  expect((await lstat(at('.domainctl-set'))).isSymbolicLink()).toBe(true)
})

test('files of others are kept, and told of', async () => {
  await using world = await startSandboxWorld()
  await using shell = await openShell(world)
  await shell.domainctl('issue', NAME)
  await shell.domainctl('export', NAME, '--out', 'tls', '--plain-files')
  const key = join(shell.directory, 'tls', 'privkey.pem')
  expect((await lstat(key)).isFile()).toBe(true)
  await writeFile(key, 'of somebody else')
  const { code, stdout } = await shell.domainctl('export', NAME, '--out', 'tls', '--json')
  expect(code).toBe(0)
  const [warning = ''] = JSON.parse(stdout).results[0].warnings
  const kept = /kept in (\S+);/.exec(warning)?.[1] ?? ''
  expect(await readFile(join(kept, 'privkey.pem'), 'utf8')).toBe('of somebody else')
  await rm(kept, { recursive: true })
  expect(await readFile(key, 'utf8')).toContain('PRIVATE KEY')
})
