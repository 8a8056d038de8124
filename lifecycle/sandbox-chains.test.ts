import { X509Certificate } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

const NAME = 'shop.example.test'
const HOUR = 3_600_000

/** The common name of the root that the chain leads to. */
async function rootOf({ domainctl }: Engine, name = NAME): Promise<string | undefined> {
  const [top = ''] =
    (await domainctl.export(name)).fullchain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)?.slice(-1) ?? []
  return /^CN=(.*)$/m.exec(new X509Certificate(top).issuer)?.[1]
}

async function nameOfRoot({ sandbox: { ca } }: SandboxWorld, n: number): Promise<string> {
  const root = new X509Certificate(n === 0 ? ca.issuerRoot : await ca.alternateRoot(n))
  return /^CN=(.*)$/m.exec(root.subject)?.[1] ?? ''
}

test('the chain below the root that is preferred is taken, of as many as there are', async () => {
  await using world = await startSandboxWorld({ ca: { alternateChains: 3 } })
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  const [own, second] = await Promise.all([nameOfRoot(world, 0), nameOfRoot(world, 2)])
  const issued = await domainctl.issue(NAME, { preferredChain: second })
  expect(issued).toMatchObject({ warnings: [], domain: { preferredChain: second } })
  expect(await rootOf(engine)).toBe(second)
  expect(ca.requests.certificate).toBe(3)
  await domainctl.renew(NAME, { force: true })
  expect(await rootOf(engine)).toBe(second)
  await domainctl.issue(NAME, { preferredChain: false, force: true })
  expect(await rootOf(engine)).toBe(own)
  // Who prefers the CA's own chain costs it no request more.
  await domainctl.issue(NAME, { preferredChain: own, force: true })
  expect(ca.requests.certificate).toBe(3 + 3 + 1 + 1)
})

test('where the CA has no such chain, its own is taken and a warning says which there are', async () => {
  await using world = await startSandboxWorld({ ca: { alternateChains: 12 } })
  await using engine = await openEngine(world)
  const { warnings } = await engine.domainctl.issue(NAME, { preferredChain: 'No Such Root' })
  expect(warnings).toEqual([
    expect.stringMatching(/no chain below "No Such Root"; it offers: "Sandbox Root [0-9a-f]+", "Sandbox/),
  ])
  expect(await rootOf(engine)).toBe(await nameOfRoot(world, 0))
  expect(world.sandbox.ca.requests.certificate).toBe(1 + 10)
})

test('an alternate that cannot be had is no hindrance', async () => {
  await using world = await startSandboxWorld({ ca: { alternateChains: 2 } })
  await using engine = await openEngine(world)
  const { ca } = world.sandbox
  ca.addFault({ resource: 'certificate', nth: 2, answer: { status: 500, type: 'serverInternal', detail: 'No.' } })
  const second = await nameOfRoot(world, 2)
  expect(await engine.domainctl.issue(NAME, { preferredChain: second })).toMatchObject({ warnings: [] })
  expect(await rootOf(engine)).toBe(second)
})

test('a chain without the intermediate is downloaded again, and nothing is ordered anew', async () => {
  await using world = await startSandboxWorld({ ca: { sentChain: 'leaf' } })
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  for (let run = 1; run <= 2; run += 1) {
    await expect(domainctl.issue(NAME)).rejects.toMatchObject({
      code: 'CA_BAD_CERTIFICATE',
      message: expect.stringMatching(/Intermediate [0-9a-f]+, which issued it, is not in the chain/),
    })
  }
  expect(await domainctl.get(NAME)).toMatchObject({ status: 'issuing', lastError: { code: 'CA_BAD_CERTIFICATE' }, records: [] })
  ca.settings.sentChain = 'whole'
  expect(await domainctl.issue(NAME)).toMatchObject({ issued: true, reason: 'an order was open' })
  expect(ca.requests).toMatchObject({ newOrder: 1, finalize: 1, certificate: 3 })
})

test('a chain without the intermediate gives way to another one that is whole', async () => {
  await using world = await startSandboxWorld({ ca: { sentChain: 'leaf', alternateChains: 1 } })
  await using engine = await openEngine(world)
  expect(await engine.domainctl.issue(NAME)).toMatchObject({ warnings: [expect.stringMatching(/is not whole/)] })
  expect(await rootOf(engine)).toBe(await nameOfRoot(world, 1))
})

test('a leaf alone is whole where a root of the CA has issued it', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  const { chain } = await engine.domainctl.export(NAME)
  world.sandbox.ca.settings.sentChain = 'leaf'
  const knowing = await engine.again({ caRoots: world.tlsRoot + chain })
  expect(await knowing.renew(NAME, { force: true })).toMatchObject({ issued: true, warnings: [] })
  expect(await knowing.export(NAME)).toMatchObject({ chain: '' })
})

test('a certificate for others ends the order, and another one is ordered by itself a day later', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  await domainctl.issue('other.example.test')
  ca.settings.sentChain = 'another'
  const before = world.clock.now().getTime()
  await expect(domainctl.issue(NAME)).rejects.toMatchObject({
    code: 'CA_BAD_CERTIFICATE',
    message: expect.stringMatching(/lacks shop\.example\.test/),
  })
  const { nextActionAt, lastError } = await domainctl.get(NAME)
  expect(lastError).toMatchObject({ code: 'CA_BAD_CERTIFICATE', retryAt: nextActionAt })
  expect(new Date(nextActionAt ?? 0).getTime() - before).toBeGreaterThanOrEqual(24 * HOUR)
  expect((await domainctl.history(NAME)).map(({ event }) => event)).toContain('order.ended')
  // A person may insist.
  ca.settings.sentChain = 'whole'
  expect(await domainctl.issue(NAME)).toMatchObject({ issued: true })
})

test('a certificate for another key is refused', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue(NAME)
  world.sandbox.ca.settings.sentChain = 'another'
  const { certificate } = await engine.domainctl.export(NAME)
  await expect(engine.domainctl.renew(NAME, { force: true })).rejects.toMatchObject({
    code: 'CA_BAD_CERTIFICATE',
    message: expect.stringMatching(/another key/),
  })
  expect((await engine.domainctl.export(NAME)).certificate).toBe(certificate)
})

test('renewals keep the key while that is wanted, of its type and not revoked', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const key = async () => (await domainctl.export(NAME)).privateKey
  const renewed = async () => {
    await domainctl.renew(NAME, { force: true })
    return key()
  }
  expect(await domainctl.issue(NAME, { reuseKey: true })).toMatchObject({ domain: { reuseKey: true } })
  const first = await key()
  expect(await renewed()).toBe(first)
  expect(await renewed()).toBe(first)
  await domainctl.issue(NAME, { keyType: 'ec384' })
  const second = await renewed()
  expect(second).not.toBe(first)
  expect(await renewed()).toBe(second)
  await domainctl.revoke(NAME, { reason: 'superseded' })
  const third = await renewed()
  expect(third).not.toBe(second)
  expect((await domainctl.issue(NAME, { reuseKey: false })).domain).not.toHaveProperty('reuseKey')
  expect(await renewed()).not.toBe(third)
})

test.each([
  ['the CA has not heard of', 'challenge', 2],
  // The one that is given up has replaced the certificate for the CA, which refuses that once and is asked without.
  ['the CA may have used', 'certificate', 4],
] as const)('a key in wrong hands that an open order has and that %s is given up', async (_, resource, orders) => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca } = world.sandbox
  await domainctl.issue(NAME, { reuseKey: true })
  const { privateKey } = await domainctl.export(NAME)
  ca.addFault({ resource, nth: 1, answer: { status: 503, type: 'serverInternal', detail: 'Later.' } })
  await expect(domainctl.renew(NAME, { force: true })).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  // It was said, although the CA could not be told.
  ca.addFault({ resource: 'revokeCert', nth: 1, answer: { status: 503, type: 'serverInternal', detail: 'Later.' } })
  await expect(domainctl.revoke(NAME, { reason: 'keyCompromise' })).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  expect(await domainctl.renew(NAME, { force: true })).toMatchObject({ issued: true })
  expect((await domainctl.export(NAME)).privateKey).not.toBe(privateKey)
  expect(ca.requests.newOrder).toBe(orders)
  const state = new DatabaseSync(`${engine.directory}/state.db`, { readOnly: true })
  expect(state.prepare('select revocation_reason as reason from certificates order by created_at').all()).toEqual([
    { reason: 'keyCompromise' },
    { reason: null },
  ])
  state.close()
})
