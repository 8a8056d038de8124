import { type CertificateToImport, type Domainctl, verifyState } from '@domainctl/core'
import { expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// Certificates of other clients: another state stands for theirs.

const NAME = 'shop.example.test'
const DAY = 86_400_000

/** A certificate with its key, and the account that got it. */
async function another(world: SandboxWorld, wildcard = false): Promise<{ pem: CertificateToImport; account: string }> {
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME, { wildcard })
  const { fullchain: chain, privateKey = '' } = await engine.domainctl.export(NAME)
  const { privateKey: account } = await engine.domainctl.exportAccountKey()
  return { pem: { chain, privateKey, ca: world.ca }, account }
}

const once = async (domainctl: Domainctl) => domainctl.run({ once: true, signal: AbortSignal.timeout(60_000) })

async function findings(engine: Engine) {
  return (await verifyState({ state: `file:${engine.directory}/state.db` })).findings
}

test('it is active, renews when it is due by the account that it came with, and nothing is issued before', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { pem, account: key } = await another(world, true)
  const { account } = await domainctl.importAccount({ key })
  const orders = world.sandbox.ca.requests.newOrder
  const { was, domain, certificate } = await domainctl.importCertificate({ ...pem, accountId: account.id, from: 'theirs' })
  expect({ was, domain }).toMatchObject({
    was: 'added',
    domain: { name: NAME, names: [NAME, `*.${NAME}`], status: 'active', records: [], keyType: 'ec256' },
  })
  expect(await domainctl.importCertificate(pem)).toMatchObject({ was: 'there' })
  await once(domainctl)
  expect(await domainctl.renew(NAME)).toMatchObject({ issued: false })
  expect(world.sandbox.ca.requests.newOrder).toBe(orders)
  expect(await domainctl.accounts()).toMatchObject([{ id: account.id, domains: 1 }])
  expect((await domainctl.history(NAME)).slice(0, 2)).toMatchObject([
    { event: 'domain.added' },
    { event: 'certificate.imported', details: { from: 'theirs', serial: certificate.serial } },
  ])
  expect(await findings(engine)).toEqual([])

  world.clock.advance(80 * DAY)
  const renewed = await domainctl.renew(NAME)
  expect(renewed).toMatchObject({ issued: true, domain: { names: [NAME, `*.${NAME}`] } })
  expect(renewed.certificate.serial).not.toBe(certificate.serial)
  expect(await domainctl.importCertificate(pem)).toMatchObject({ was: 'kept' })
  expect(await domainctl.accounts()).toHaveLength(1)
})

test('stopped before it has its certificate, nothing orders one, and repeating it gives the domain this one', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { pem } = await another(world)
  await expect(domainctl.importCertificate({ ...pem, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'INTERRUPTED',
  })
  expect(await domainctl.get(NAME)).toMatchObject({ status: 'issuing' })
  const orders = world.sandbox.ca.requests.newOrder
  world.clock.advance(DAY)
  await once(domainctl)
  expect(world.sandbox.ca.requests.newOrder).toBe(orders)
  expect(await domainctl.importCertificate(pem)).toMatchObject({ was: 'given', domain: { status: 'active' } })
  // Whose account is not known can be revoked by its key all the same.
  expect(await domainctl.revoke(NAME, { reason: 'superseded' })).toMatchObject({ was: 'revoked' })
  expect(await findings(engine)).toEqual([])
})

test('of any number at once one adds the domain; a newer one takes its place; a suspended domain keeps what it has', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { pem } = await another(world)
  const all = await Promise.allSettled(Array.from({ length: 5 }, () => domainctl.importCertificate(pem)))
  for (const one of all) {
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'LEASE_HELD' })
  }
  expect(await domainctl.importCertificate(pem)).toMatchObject({ was: 'there' })
  expect((await domainctl.history(NAME)).filter(({ event }) => event === 'certificate.imported')).toHaveLength(1)
  world.clock.advance(DAY)
  const { pem: newer } = await another(world)
  await domainctl.suspend(NAME)
  expect(await domainctl.importCertificate(newer)).toMatchObject({ was: 'kept', reason: expect.stringContaining('suspended') })
  await domainctl.resume(NAME)
  expect(await domainctl.importCertificate({ ...newer, dryRun: true })).toMatchObject({ was: 'given' })
  expect(await domainctl.importCertificate(newer)).toMatchObject({ was: 'given' })
  const { pem: wider } = await another(world, true)
  expect(await domainctl.importCertificate(wider)).toMatchObject({ was: 'kept', reason: expect.stringContaining('other names') })
})

test('a key that was said to be in wrong hands does not come back, also once its domain is gone', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { pem } = await another(world)
  await domainctl.importCertificate(pem)
  await domainctl.revoke(NAME, { reason: 'keyCompromise' })
  await domainctl.remove(NAME)
  await domainctl.release(NAME)
  const refused = { code: 'CERTIFICATE_INVALID', message: expect.stringContaining('in wrong hands') }
  await expect(domainctl.importCertificate({ ...pem, dryRun: true })).rejects.toMatchObject(refused)
  await expect(domainctl.importCertificate(pem)).rejects.toMatchObject(refused)
  const tenant = await engine.again({ tenant: 'acme' })
  await expect(tenant.importCertificate(pem)).rejects.toMatchObject(refused)
  await expect(tenant.get(NAME)).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
})

test('a tenant has to show whose name it is before it renews, and what has ended is refused', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { pem } = await another(world)
  const tenant = await engine.again({ tenant: 'acme' })
  const { domain } = await tenant.importCertificate(pem)
  expect(domain).toMatchObject({ status: 'active', records: [{ purpose: 'ownership' }] })
  await expect(tenant.renew(NAME, { force: true })).rejects.toMatchObject({ code: 'DNS_NOT_READY' })
  world.clock.advance(91 * DAY)
  const refused = { code: 'CERTIFICATE_INVALID', message: expect.stringContaining('it ended at') }
  await expect(engine.domainctl.importCertificate(pem)).rejects.toMatchObject(refused)
  await expect(engine.domainctl.importCertificate({ ...pem, name: 'x.example.test' })).rejects.toMatchObject({
    code: 'CERTIFICATE_INVALID',
  })
  await expect(engine.domainctl.get(NAME)).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
})
