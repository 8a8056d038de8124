import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openShell } from '../lifecycle/command.ts'
import { openEngine } from '../lifecycle/engine.ts'
import { runTool } from './tool.ts'
import { startLabWorld } from './world.ts'

// Certificate requests that OpenSSL made, and the several chains of Pebble; OpenSSL judges what comes out.

const NAME = 'example.test'

/** What OpenSSL prints. @throws Error with its complaint when it refuses */
async function openssl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool(['openssl', ...args])
  if (code !== 0) throw new Error(`openssl ${args[0]} ended with ${code}: ${stderr}${stdout}`)
  return stdout
}

/** What `openssl req` is told of the key, by the type that domainctl calls it. */
const KEYS = {
  ec256: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  ec384: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  rsa2048: ['-newkey', 'rsa:2048'],
  rsa3072: ['-newkey', 'rsa:3072'],
} as const

test.each(Object.entries(KEYS))('a request that OpenSSL made with a key of type %s, and its renewal', async (keyType, key) => {
  await using world = await startLabWorld()
  await using shell = await openShell(world)
  const file = (name: string) => join(shell.directory, name)
  const names = `subjectAltName=DNS:${NAME},DNS:*.${NAME}`
  await openssl(
    'req',
    '-new',
    ...key,
    '-nodes',
    '-keyout',
    file('own.key'),
    '-out',
    file('own.csr'),
    '-subj',
    `/CN=${NAME}`,
    '-addext',
    names,
  )
  const issued = await shell.domainctl('issue', '--csr', file('own.csr'), '--json')
  expect(issued).toMatchObject({ code: 0 })
  expect(JSON.parse(issued.stdout)).toMatchObject({
    results: [{ name: NAME, domain: { keyType, names: [NAME, `*.${NAME}`], certificate: { keyType } } }],
  })
  const publicKey = await openssl('pkey', '-in', file('own.key'), '-pubout')
  await writeFile(file('root.pem'), world.issuerRoot)
  for (const folder of ['first', 'renewed']) {
    expect(await shell.domainctl('export', NAME, '--out', folder)).toMatchObject({ code: 0 })
    const certificate = file(`${folder}/cert.pem`)
    expect(await openssl('x509', '-in', certificate, '-noout', '-pubkey')).toBe(publicKey)
    await openssl('verify', '-CAfile', file('root.pem'), '-untrusted', file(`${folder}/chain.pem`), certificate)
    if (folder === 'first') {
      const renewed = await shell.domainctl('renew', NAME, '--force')
      expect(renewed, renewed.stderr).toMatchObject({ code: 0 })
    }
  }
  expect(await readFile(file('first/cert.pem'))).not.toEqual(await readFile(file('renewed/cert.pem')))
})

test('the chain below the root that is preferred, as OpenSSL follows it', async () => {
  await using world = await startLabWorld({ pebble: { alternateRoots: 2 } })
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const file = (name: string) => join(engine.directory, name)
  const roots = [world.issuerRoot, await world.pebble.alternateRoot(1), await world.pebble.alternateRoot(2)]
  for (const [i, root] of roots.entries()) {
    const preferredChain = /^CN=(.*)$/m.exec(new X509Certificate(root).subject)?.[1] ?? ''
    expect(await domainctl.issue(NAME, { preferredChain, force: true })).toMatchObject({ issued: true, warnings: [] })
    const { certificate, chain } = await domainctl.export(NAME)
    await writeFile(file('root.pem'), root)
    await writeFile(file('other.pem'), roots[(i + 1) % roots.length] ?? '')
    await writeFile(file('cert.pem'), certificate)
    await writeFile(file('chain.pem'), chain)
    const verify = (ca: string) => openssl('verify', '-CAfile', file(ca), '-untrusted', file('chain.pem'), file('cert.pem'))
    expect(await verify('root.pem')).toMatch(/cert\.pem: OK/)
    await expect(verify('other.pem')).rejects.toThrow(/unable to get (local )?issuer certificate/)
  }
  const { warnings } = await domainctl.issue(NAME, { preferredChain: 'No Such Root', force: true })
  expect(warnings).toEqual([expect.stringMatching(/offers no chain below "No Such Root"/)])
})

test('a renewal keeps the key', async () => {
  await using world = await startLabWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  await domainctl.issue(NAME, { reuseKey: true })
  const first = await domainctl.export(NAME)
  await domainctl.renew(NAME, { force: true })
  const second = await domainctl.export(NAME)
  expect(second.privateKey).toBe(first.privateKey)
  expect(second.certificate).not.toBe(first.certificate)
})
