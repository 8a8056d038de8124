import { expect, test } from 'vitest'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

// External accounts (RFC 8555 §7.3.4), as ZeroSSL and Google Trust Services ask for.

const NAME = 'shop.example.test'

test('the account is bound to the external one; without it nothing but the directory is asked', async () => {
  await using world = await startSandboxWorld()
  const { ca } = world.sandbox
  ca.settings.externalAccount = { required: true }
  const externalAccount = ca.addExternalAccountKey()
  await using engine = await openEngine(world)
  await expect(engine.domainctl.issue(NAME)).rejects.toMatchObject({ code: 'EXTERNAL_ACCOUNT_MISSING', actor: 'operator' })
  expect(ca.requests).toMatchObject({ newAccount: 0, newOrder: 0 })

  const house = { directory: world.ca, externalAccount }
  const bound = await engine.again({ ca: 'house', cas: { house } })
  expect(await bound.issue(NAME)).toMatchObject({ issued: true })
  // The account is there: nothing has to be bound any more.
  expect(await engine.domainctl.renew(NAME, { force: true })).toMatchObject({ issued: true })
})

test('a key that the CA does not know is its refusal, and is not shown', async () => {
  await using world = await startSandboxWorld()
  const { ca } = world.sandbox
  ca.settings.externalAccount = { required: true }
  const { kid } = ca.addExternalAccountKey()
  const hmacKey = 'bm90LXRoZS1rZXktb2YtdGhlLWFjY291bnQ'
  const cas = { house: { directory: world.ca, externalAccount: { kid, hmacKey } } }
  await using engine = await openEngine(world, { ca: 'house', cas })
  const error: Error = await engine.domainctl.issue(NAME).then(
    () => Promise.reject(new Error('it was issued')),
    (thrown) => thrown,
  )
  expect(error).toMatchObject({ kind: 'ca-refused' })
  expect(JSON.stringify(await engine.domainctl.history(NAME)) + error.message).not.toContain(hmacKey)
  expect(ca.requests.newOrder).toBe(0)
})
