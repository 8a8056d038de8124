import { createPrivateKey } from 'node:crypto'
import { KEY_TYPES } from '@domainctl/core'
import { expect, test } from 'vitest'
import { openEngine, readChain } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

const DETAILS = {
  ec256: { type: 'ec', details: { namedCurve: 'prime256v1' } },
  ec384: { type: 'ec', details: { namedCurve: 'secp384r1' } },
  rsa2048: { type: 'rsa', details: { modulusLength: 2048 } },
  rsa4096: { type: 'rsa', details: { modulusLength: 4096 } },
} as const

test.each(KEY_TYPES)('a certificate with a key of the type %s', async (keyType) => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const issued = await engine.domainctl.issue('example.test', { wildcard: true, keyType })
  expect(issued).toMatchObject({ domain: { keyType }, certificate: { keyType } })
  const { fullchain, privateKey } = await engine.domainctl.export('example.test')
  const key = createPrivateKey(privateKey ?? '')
  expect({ type: key.asymmetricKeyType, details: key.asymmetricKeyDetails }).toMatchObject(DETAILS[keyType])
  expect(readChain(world, fullchain).trusted).toBe(true)
})

test('another type is chosen for a domain that is there, and counts from the next certificate on', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  await domainctl.issue('example.test')
  expect(await domainctl.issue('example.test', { keyType: 'ec384' })).toMatchObject({
    issued: false,
    domain: { keyType: 'ec384' },
    certificate: { keyType: 'ec256' },
  })
  expect(await domainctl.renew('example.test', { force: true })).toMatchObject({ certificate: { keyType: 'ec384' } })
  await expect(domainctl.add('b.example.test', { keyType: 'rsa1024' as never })).rejects.toMatchObject({ code: 'USAGE' })
})

test('an order that is open takes the type that was chosen since', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { ca } = world.sandbox
  ca.addFault({ resource: 'challenge', nth: 1, answer: { status: 503, type: 'serverInternal', detail: 'Later.' } })
  await expect(engine.domainctl.issue('example.test')).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  const issued = await engine.domainctl.issue('example.test', { keyType: 'ec384' })
  expect(issued).toMatchObject({ reason: 'an order was open', certificate: { keyType: 'ec384' } })
  const { privateKey } = await engine.domainctl.export('example.test')
  expect(createPrivateKey(privateKey ?? '').asymmetricKeyDetails).toMatchObject(DETAILS.ec384.details)
  expect(ca.requests.newOrder).toBe(1)
})
