import { expect, test } from 'vitest'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

const NAME = 'shop.example.test'

test('the live certificate is revoked, once, and is due; the next one has another key', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { certificate } = await domainctl.issue(NAME)
  const before = await domainctl.export(NAME)
  expect(await domainctl.revoke(NAME, { reason: 'keyCompromise' })).toMatchObject({ serial: certificate.serial, was: 'revoked' })
  expect(await domainctl.revoke(NAME, { reason: 'keyCompromise' })).toMatchObject({ was: 'revoked already' })
  expect(await domainctl.renewals()).toMatchObject([{ name: NAME, due: true, reason: 'it was revoked' }])
  expect(await domainctl.get(NAME)).toMatchObject({ certificate: { revokedAt: expect.any(String) } })
  const renewed = await domainctl.renew(NAME)
  expect(renewed).toMatchObject({ issued: true, reason: 'it was revoked' })
  expect((await domainctl.export(NAME)).privateKey).not.toBe(before.privateKey)
  expect(await domainctl.renewals()).toEqual([])
  expect((await domainctl.history(NAME)).map(({ event }) => event)).toEqual(
    expect.arrayContaining(['revocation.planned', 'certificate.revoked']),
  )
})

test("a state that has lost the account revokes by the certificate's own key", async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(`${engine.directory}/state.db`)
  database.exec("update certificates set account_id = 'of another state'")
  database.close()
  expect(await engine.domainctl.revoke(NAME)).toMatchObject({ was: 'revoked' })
})

test('without a certificate there is nothing to revoke', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.add(NAME)
  await expect(engine.domainctl.revoke(NAME)).rejects.toMatchObject({ code: 'CERTIFICATE_NONE' })
  await expect(engine.domainctl.revoke('other.example.test')).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  expect(world.sandbox.ca.requests.revokeCert).toBe(0)
})

test('a CA that refuses says why, and nothing has changed', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  world.sandbox.ca.addFault({
    resource: 'revokeCert',
    nth: 1,
    answer: { status: 403, type: 'unauthorized', detail: 'Not yours.' },
  })
  await expect(engine.domainctl.revoke(NAME)).rejects.toMatchObject({
    code: 'CA_REFUSED',
    message: expect.stringContaining('Not yours'),
  })
  expect(await engine.domainctl.renewals()).toEqual([])
  expect(await engine.domainctl.revoke(NAME)).toMatchObject({ was: 'revoked' })
})

test('an account that has ended since is no hindrance, and `issue` has a new certificate', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  world.sandbox.ca.addFault({
    resource: 'revokeCert',
    nth: 1,
    answer: { status: 401, type: 'unauthorized', detail: 'Account is not valid, has status "deactivated"' },
  })
  expect(await engine.domainctl.revoke(NAME)).toMatchObject({ was: 'revoked' })
  expect(world.sandbox.ca.requests.revokeCert).toBe(2)
  expect(await engine.domainctl.issue(NAME)).toMatchObject({ issued: true })
})

test('what is revoked of a removed domain plans nothing for it', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  await engine.domainctl.remove(NAME)
  const { nextActionAt } = await engine.domainctl.get(NAME)
  const { domain } = await engine.domainctl.revoke(NAME)
  expect(domain).toMatchObject({ status: 'deleted', certificate: { revokedAt: expect.any(String) } })
  expect(domain.nextActionAt).toBe(nextActionAt)
})
