import type { DnsProvider } from '@domainctl/core'
import { createCloudflare, createGodaddy, createRoute53 } from '@domainctl/providers'
import type { Sandbox } from '@domainctl/sandbox'
import { describe, expect, test } from 'vitest'
import { openEngine, readChain } from './engine.ts'
import { txtAt } from './lookup.ts'
import { startSandboxWorld } from './sandbox-world.ts'

// The main road by each provider's own API: issued, renewed, removed, and what others have in the zone is left as it is.

const PROVIDERS: Record<string, (sandbox: Sandbox) => DnsProvider> = {
  cloudflare: ({ apis }) => createCloudflare(apis.cloudflare.options),
  route53: ({ apis }) => createRoute53(apis.route53.options),
  godaddy: ({ apis }) => createGodaddy(apis.godaddy.options),
}

const NAME = 'shop.example.test'
const CHALLENGE = `_acme-challenge.${NAME}`

/** What the engine needs to work by this provider. */
function using(provider: string, sandbox: Sandbox) {
  const make = PROVIDERS[provider]
  if (!make) throw new Error(`no provider ${provider}`)
  return { provider, providers: { [provider]: make(sandbox) } }
}

describe.each(Object.keys(PROVIDERS))('%s', (provider) => {
  test('a name with its wildcard is issued and renewed, and only what was ours is taken away', async () => {
    await using world = await startSandboxWorld()
    const { dns } = world.sandbox
    dns.add({ name: CHALLENGE, type: 'TXT', value: 'of somebody else' })
    dns.add({ name: 'example.test', type: 'TXT', value: 'v=spf1 -all' })
    await using engine = await openEngine(world, using(provider, world.sandbox))
    const { domainctl } = engine

    const first = await domainctl.issue(NAME, { wildcard: true })
    expect(first).toMatchObject({ issued: true, domain: { status: 'active', provider } })
    const { fullchain } = await domainctl.export(NAME)
    expect(readChain(world, fullchain)).toMatchObject({ names: [`*.${NAME}`, NAME], trusted: true })
    const again = await domainctl.renew(NAME, { force: true })
    expect(again.certificate.serial).not.toBe(first.certificate.serial)
    expect(await txtAt(world, CHALLENGE)).toEqual(['of somebody else'])
    expect(dns.values('example.test', 'TXT')).toEqual(['v=spf1 -all'])
    expect(await domainctl.remove(NAME)).toMatchObject({ domain: { status: 'deleted' } })
  })
})

// Not by GoDaddy, which takes 60 requests a minute of each kind: nobody here waits for minutes.
test.each(['cloudflare', 'route53'])('ten names at once by %s', async (provider) => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, using(provider, world.sandbox))
  const names = Array.from({ length: 10 }, (_, n) => `n${n}.example.test`)
  const issued = await Promise.all(names.map((name) => engine.domainctl.issue(name)))
  expect(issued.map(({ issued }) => issued)).toEqual(names.map(() => true))
  for (const name of names) expect(world.sandbox.dns.values(`_acme-challenge.${name}`, 'TXT')).toEqual([])
})

test('one certificate with names under two providers', async () => {
  await using world = await startSandboxWorld()
  const { apis } = world.sandbox
  await using engine = await openEngine(world, {
    provider: 'cloudflare',
    providers: { cloudflare: createCloudflare(apis.cloudflare.options), route53: createRoute53(apis.route53.options) },
    zones: { 'validation.test': 'route53' },
  })
  const other = 'shop.validation.test'
  const { certificate } = await engine.domainctl.issue(NAME, { san: [other] })
  expect(certificate.names).toEqual([NAME, other])
  expect(apis.cloudflare.requests.createRecord).toBeGreaterThan(0)
  expect(apis.route53.requests.ChangeResourceRecordSets).toBeGreaterThan(0)
  for (const name of [NAME, other]) expect(world.sandbox.dns.values(`_acme-challenge.${name}`, 'TXT')).toEqual([])
})
