import { createPublicKey, webcrypto, X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requestOf } from '../packages/core/src/acme/certificate-requests.test.support.ts'
import { makeCsr } from '../packages/sandbox/src/acme/acme.test.support.ts'
import { openShell } from './command.ts'
import { openEngine, readChain } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

const NAME = 'shop.example.test'
const NAMES = [NAME, 'www.example.test']

/** A certificate request and the public key that it is for. */
async function requestFor(names: string[]): Promise<{ csr: string; publicKey: string; der: Buffer }> {
  const { csr, privateKey } = await makeCsr(names)
  const der = Buffer.from(csr, 'base64url')
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    csr: ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n'),
    publicKey: await fingerprint(new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))),
    der,
  }
}

const fingerprint = async (spki: Uint8Array<ArrayBuffer>) =>
  Buffer.from(await webcrypto.subtle.digest('SHA-256', spki)).toString('hex')
const keyOf = (pem: string) =>
  fingerprint(new Uint8Array(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })))

test('a certificate for a request of somebody else, and its renewals, are for their key', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { csr, publicKey } = await requestFor(NAMES)
  const issued = await domainctl.issue(NAME, { csr })
  expect(issued).toMatchObject({ issued: true, domain: { names: NAMES, keyType: 'ec256', csr: { keyType: 'ec256', publicKey } } })
  const first = await domainctl.export(NAME)
  expect(first).not.toHaveProperty('privateKey')
  expect(await keyOf(first.certificate)).toBe(publicKey)
  expect(readChain(world, first.fullchain)).toMatchObject({ trusted: true, names: NAMES })
  expect(await domainctl.renew(NAME, { force: true })).toMatchObject({ issued: true })
  const second = await domainctl.export(NAME)
  expect(second.certificate).not.toBe(first.certificate)
  expect(await keyOf(second.certificate)).toBe(publicKey)
})

test('another request is for a new certificate at once, and none is for a key made here', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  await domainctl.issue(NAME)
  const one = await requestFor([NAME])
  expect(await domainctl.issue(NAME, { csr: one.csr })).toMatchObject({ issued: true })
  expect(await domainctl.issue(NAME, { csr: one.csr })).toMatchObject({ issued: false })
  const other = await requestFor([NAME])
  expect(await domainctl.issue(NAME, { csr: other.csr })).toMatchObject({ issued: true })
  expect(await keyOf((await domainctl.export(NAME)).certificate)).toBe(other.publicKey)
  await expect(domainctl.issue(NAME, { keyType: 'ec384' })).rejects.toMatchObject({ code: 'USAGE' })
  const back = await domainctl.issue(NAME, { csr: false, keyType: 'ec384' })
  expect(back).toMatchObject({ issued: true, domain: { keyType: 'ec384' } })
  expect(back.domain).not.toHaveProperty('csr')
  expect((await domainctl.export(NAME)).privateKey).toMatch(/BEGIN PRIVATE KEY/)
})

test('an open order takes the request that was given since', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { ca } = world.sandbox
  ca.addFault({ resource: 'challenge', nth: 1, answer: { status: 503, type: 'serverInternal', detail: 'Later.' } })
  const { csr, publicKey } = await requestFor([NAME])
  await expect(engine.domainctl.issue(NAME)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  expect(await engine.domainctl.issue(NAME, { csr })).toMatchObject({ reason: 'an order was open' })
  expect(await keyOf((await engine.domainctl.export(NAME)).certificate)).toBe(publicKey)
  expect(ca.requests.newOrder).toBe(1)
})

test('a certificate that may have been made for another request is not what is wanted', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { ca } = world.sandbox
  const [one, other] = [await requestFor([NAME]), await requestFor([NAME])]
  ca.addFault({ resource: 'certificate', nth: 1, answer: { status: 503, type: 'serverInternal', detail: 'Later.' } })
  await expect(engine.domainctl.issue(NAME, { csr: one.csr })).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  expect(await engine.domainctl.issue(NAME, { csr: other.csr })).toMatchObject({ issued: true })
  expect(await keyOf((await engine.domainctl.export(NAME)).certificate)).toBe(other.publicKey)
  expect(ca.requests.newOrder).toBe(2)
})

test('what is no request for the domain is refused before the CA hears of it', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { csr } = await requestFor(NAMES)
  const refused = (code: string) => expect.objectContaining({ code })
  await expect(domainctl.issue('other.example.test', { csr })).rejects.toEqual(refused('CSR_INVALID'))
  await expect(domainctl.issue(NAME, { csr: 'x' })).rejects.toEqual(refused('CSR_INVALID'))
  await expect(domainctl.issue(NAME, { csr, wildcard: true })).rejects.toEqual(refused('USAGE'))
  await expect(domainctl.add(NAME, { csr, keyType: 'ec256' })).rejects.toEqual(refused('USAGE'))
  await expect(domainctl.get(NAME)).rejects.toEqual(refused('DOMAIN_NOT_FOUND'))
  await domainctl.add(NAME)
  await expect(domainctl.issue(NAME, { csr })).rejects.toEqual(refused('CSR_INVALID'))
  await expect(domainctl.add(NAME, { csr: (await requestFor([NAME])).csr })).rejects.toEqual(refused('DOMAIN_EXISTS'))
  expect(world.sandbox.ca.requests.newOrder).toBe(0)
})

test('a request whose key is in wrong hands is not used again', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { csr } = await requestFor([NAME])
  await domainctl.issue(NAME, { csr })
  await domainctl.revoke(NAME, { reason: 'keyCompromise' })
  await expect(domainctl.renew(NAME)).rejects.toMatchObject({
    code: 'CSR_INVALID',
    message: expect.stringMatching(/in wrong hands/),
  })
  expect(world.sandbox.ca.requests.newOrder).toBe(1)
  expect(await domainctl.issue(NAME, { csr: (await requestFor([NAME])).csr })).toMatchObject({ issued: true })
})

test('nor is it by another domain, or once a certificate with another key has come between', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const csr = await requestOf({ sans: [NAME], keys })
  await domainctl.issue(NAME, { csr })
  const other = 'other.example.test'
  await domainctl.issue(other, { csr: await requestOf({ sans: [other], keys }) })
  await domainctl.revoke(NAME, { reason: 'keyCompromise' })
  await domainctl.issue(NAME, { csr: false })
  const { newOrder } = world.sandbox.ca.requests
  const refused = expect.objectContaining({ code: 'CSR_INVALID', message: expect.stringMatching(/in wrong hands/) })
  await expect(domainctl.issue(NAME, { csr })).rejects.toEqual(refused)
  await expect(domainctl.renew(other, { force: true })).rejects.toEqual(refused)
  expect(world.sandbox.ca.requests.newOrder).toBe(newOrder)
})

test('neither is it by an order that is open', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  await domainctl.issue(NAME, { csr: (await requestFor([NAME])).csr })
  ca.addFault({ resource: 'challenge', nth: 1, answer: { status: 503, type: 'serverInternal', detail: 'Later.' } })
  await expect(domainctl.renew(NAME, { force: true })).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  await domainctl.revoke(NAME, { reason: 'keyCompromise' })
  await expect(domainctl.renew(NAME)).rejects.toMatchObject({ code: 'CSR_INVALID' })
  expect(ca.requests.finalize).toBe(1)
  expect(await domainctl.issue(NAME, { csr: false })).toMatchObject({ reason: 'an order was open' })
  expect(ca.requests.finalize).toBe(2)
})

test('without the account nobody here can revoke what others have the key of', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME, { csr: (await requestFor([NAME])).csr })
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(`${engine.directory}/state.db`)
  database.exec("update certificates set account_id = 'of another state'")
  database.close()
  await expect(engine.domainctl.revoke(NAME)).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' })
})

test('the command takes a file, in PEM or DER, and the name from it', async () => {
  await using world = await startSandboxWorld()
  await using shell = await openShell(world)
  const { csr, der } = await requestFor(NAMES)
  await writeFile(join(shell.directory, 'shop.csr'), csr)
  await writeFile(join(shell.directory, 'shop.der'), der)
  const issued = await shell.domainctl('issue', '--csr', 'shop.csr', '--json')
  expect(issued).toMatchObject({ code: 0 })
  expect(JSON.parse(issued.stdout)).toMatchObject({ results: [{ name: NAME, ok: true, domain: { names: NAMES } }] })
  expect(await shell.domainctl('issue', NAME, '--csr', 'shop.der')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to do'),
  })
  const exported = await shell.domainctl('export', NAME, '--out', 'tls')
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('No privkey.pem was written') })
  await expect(readFile(join(shell.directory, 'tls/privkey.pem'))).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await shell.domainctl('issue', NAME, 'b.example.test', '--csr', 'shop.csr')).toMatchObject({ code: 2 })
  expect(await shell.domainctl('issue', '--csr', 'none.csr')).toMatchObject({ code: 2, stderr: expect.stringMatching(/ENOENT/) })
  await writeFile(join(shell.directory, 'large.csr'), csr.repeat(1000))
  const large = await shell.domainctl('issue', '--csr', 'large.csr')
  expect(large).toMatchObject({ code: 2, stderr: expect.stringContaining('64 KiB, which no certificate request is') })
  expect((await shell.domainctl('show', NAME)).stdout).toMatch(/certificate request/)
})
