import { join } from 'node:path'
import { createDomainctl, type DnsProvider, type Domainctl, type DomainctlOptions } from '@domainctl/core'
import { createCloudflare, createGodaddy, createManual, createRfc2136, createRoute53 } from '@domainctl/providers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// Which provider a name gets when none is named: the one that serves its zone.

const NAME = 'shop.example.test'

async function openWorld(...args: Parameters<typeof startSandboxWorld>): Promise<SandboxWorld> {
  const world = await startSandboxWorld(...args)
  onTestFinished(() => world[Symbol.asyncDispose]())
  return world
}

/** An engine with these providers and the one by hand. */
async function open(
  world: SandboxWorld,
  providers: Record<string, DnsProvider>,
  more: Partial<DomainctlOptions> = {},
): Promise<Domainctl> {
  const { clock, sandbox, env } = world
  const domainctl = await createDomainctl({
    ...sandbox.engine,
    state: `file:${join(env.DOMAINCTL_ISSUER_ROOT ?? '', '..', 'state.db')}`,
    acceptTerms: true,
    runtime: { clock },
    providers: { manual: createManual(), ...providers },
    ...more,
  })
  onTestFinished(() => domainctl.close())
  return domainctl
}

/** Cloudflare by a token for this one zone, and for no other. */
function cloudflareFor({ sandbox }: SandboxWorld, zoneId: string | undefined): DnsProvider {
  if (zoneId === undefined) throw new Error('there is no such zone')
  const { options, addToken } = sandbox.apis.cloudflare
  return createCloudflare({ ...options, ...addToken({ zones: [zoneId] }), zoneId })
}

const wrongToken = ({ sandbox }: SandboxWorld) =>
  createCloudflare({ ...sandbox.apis.cloudflare.options, apiToken: 'x'.repeat(40) })

describe('a name for which nobody is named', () => {
  test('is with the only provider that has its zone, which counts as one of our own', async () => {
    const world = await openWorld()
    const { apis } = world.sandbox
    const godaddy = createGodaddy({ ...apis.godaddy.options, ...apis.godaddy.addKey({ domains: ['validation.test'] }) })
    const domainctl = await open(world, { godaddy, route53: createRoute53(apis.route53.options) })
    expect(await domainctl.add(NAME)).toMatchObject({ provider: 'route53', records: [], status: 'issuing' })
    expect(await domainctl.issue(NAME)).toMatchObject({ issued: true, domain: { provider: 'route53' } })
  })

  test("needs proof of its ownership all the same when it is a tenant's", async () => {
    const world = await openWorld()
    const domainctl = await open(world, { route53: createRoute53(world.sandbox.apis.route53.options) }, { tenant: 'acme' })
    expect(await domainctl.add(NAME)).toMatchObject({ provider: 'route53', records: [{ purpose: 'ownership' }] })
  })

  test('is by hand where none has its zone, and where there is none but the one by hand', async () => {
    const world = await openWorld()
    const { apis } = world.sandbox
    const domainctl = await open(world, { route53: createRoute53(apis.route53.options) })
    const elsewhere = await domainctl.add('shop.elsewhere.example')
    expect(elsewhere).toMatchObject({ provider: 'manual', records: [{ purpose: 'ownership' }] })
    expect(apis.route53.requests.ListHostedZones).toBe(1)
    const alone = await open(world, {})
    expect(await alone.add(NAME)).toMatchObject({ provider: 'manual' })
  })

  test('asks nobody when it is there already, and keeps its provider', async () => {
    const world = await openWorld()
    const { apis } = world.sandbox
    const added = await (await open(world, { route53: createRoute53(apis.route53.options) })).add(NAME, {
      delegate: 'validation.test',
    })
    const again = await open(world, { route53: createRoute53(apis.route53.options), cloudflare: wrongToken(world) })
    const asked = apis.route53.requests.ListHostedZones
    expect(await again.add(NAME, { delegate: 'validation.test' })).toMatchObject({ id: added.id, provider: 'route53' })
    expect(apis.route53.requests.ListHostedZones).toBe(asked)
    expect(apis.cloudflare.requests.listZones).toBe(0)
  })

  test('is with whoever has the zone that its challenges are delegated into, and has its ownership proven', async () => {
    const world = await openWorld()
    const domainctl = await open(world, { route53: createRoute53(world.sandbox.apis.route53.options) })
    const add = () => domainctl.add('shop.customer.example', { delegate: 'validation.test' })
    const added = await add()
    expect(added).toMatchObject({ provider: 'route53', records: [{ purpose: 'ownership' }, { purpose: 'delegation' }] })
    expect(await add()).toMatchObject({ id: added.id })
  })
})

describe('of several that have a zone for a name', () => {
  test('the longest zone wins that is delegated', async () => {
    const world = await openWorld({ zones: ['example.test', NAME] })
    const { cloudflare, route53 } = world.sandbox.apis
    const providers = {
      cloudflare: cloudflareFor(world, cloudflare.zoneId('example.test')),
      route53: createRoute53(route53.options),
    }
    const domainctl = await open(world, providers)
    expect(await domainctl.add(`a.${NAME}`)).toMatchObject({ provider: 'route53' })
    expect(await domainctl.add(NAME)).toMatchObject({ provider: 'route53' })
  })

  test('a longer one that nothing delegates does not', async () => {
    const world = await openWorld()
    const { cloudflare, route53 } = world.sandbox.apis
    const providers = {
      cloudflare: cloudflareFor(world, cloudflare.zoneId('example.test')),
      route53: createRoute53(route53.options),
    }
    route53.addZone({ name: NAME, isPrivate: false })
    const domainctl = await open(world, providers)
    expect(await domainctl.add(`a.${NAME}`)).toMatchObject({ provider: 'cloudflare' })
    expect(await domainctl.issue(`a.${NAME}`)).toMatchObject({ issued: true })
  })

  test('those win at whose servers the DNS looks for the zone', async () => {
    const world = await openWorld()
    const { cloudflare, route53 } = world.sandbox.apis
    const elsewhere = cloudflareFor(world, cloudflare.addZone('example.test').id)
    const domainctl = await open(world, { elsewhere, route53: createRoute53(route53.options) })
    expect(await domainctl.add(NAME)).toMatchObject({ provider: 'route53' })
  })

  test('nobody is guessed, and the way out is told', async () => {
    const world = await openWorld()
    const { apis, rfc2136 } = world.sandbox
    const providers = {
      cloudflare: createCloudflare(apis.cloudflare.options),
      route53: createRoute53(apis.route53.options),
      rfc2136: createRfc2136(rfc2136),
    }
    const domainctl = await open(world, providers)
    await expect(domainctl.add(NAME)).rejects.toMatchObject({
      code: 'PROVIDER_AMBIGUOUS',
      kind: 'usage',
      message: expect.stringMatching(/cloudflare, route53.* all have the zone example\.test/),
      hint: expect.stringMatching(/--provider cloudflare.*zones.*example\.test: cloudflare/),
    })
    expect(await domainctl.add(NAME, { provider: 'route53' })).toMatchObject({ provider: 'route53' })
    const mapped = await open(world, providers, { zones: { 'example.test': 'rfc2136' } })
    expect(await mapped.add('mapped.example.test')).toMatchObject({ provider: 'rfc2136' })
    expect((await domainctl.list()).domains).toHaveLength(2)
  })
})

describe('a zone that its only holder does not serve', () => {
  /** What `add` says, and that it leaves the records to a person. */
  async function byHandSaying(domainctl: Domainctl, name: string): Promise<string[]> {
    const said: string[] = []
    const added = await domainctl.add(name, { onProgress: ({ message }) => said.push(message) })
    expect(added).toMatchObject({ provider: 'manual', records: [{ purpose: 'ownership' }] })
    return said
  }

  test('is none of its, because the DNS looks for the name in another zone, above or below it', async () => {
    const world = await openWorld({ zones: ['example.test', 'sub.example.test'] })
    const { cloudflare, route53 } = world.sandbox.apis
    const known = cloudflareFor(world, cloudflare.zoneId('example.test'))
    // Some providers see for themselves what they have delegated to others; not all do.
    const unaware = { ...known, findZone: async () => ({ id: cloudflare.zoneId('example.test') ?? '', name: 'example.test' }) }
    const above = await open(world, { cloudflare: unaware })
    expect(await byHandSaying(above, 'www.sub.example.test')).toEqual([
      'the provider cloudflare has the zone example.test, but the DNS looks for www.sub.example.test in the zone sub.example.test; --provider cloudflare chooses it all the same',
    ])
    const hosted = createRoute53({ ...route53.options, hostedZoneId: route53.addZone({ name: NAME, isPrivate: false }) })
    const below = await open(world, { route53: hosted })
    expect(await byHandSaying(below, NAME)).toEqual([
      expect.stringContaining(`has the zone ${NAME}, but the DNS looks for ${NAME} in the zone example.test;`),
    ])
    expect(await below.add(`a.${NAME}`, { provider: 'route53' })).toMatchObject({ provider: 'route53', records: [] })
  })

  test('is none of its, because the zone above delegates it to other servers', async () => {
    const world = await openWorld()
    const { id } = world.sandbox.apis.cloudflare.addZone('example.test')
    const domainctl = await open(world, { cloudflare: cloudflareFor(world, id) })
    expect(await byHandSaying(domainctl, NAME)).toEqual([
      expect.stringMatching(/the zone above delegates it to ns1\.example\.test, and this provider serves it at \S/),
    ])
  })

  test('is none of its, because nothing in the DNS delegates it', async () => {
    const world = await openWorld()
    const { route53 } = world.sandbox.apis
    route53.addZone({ name: 'unregistered.example', isPrivate: false })
    const domainctl = await open(world, { route53: createRoute53(route53.options) })
    expect(await byHandSaying(domainctl, 'shop.unregistered.example')).toEqual([
      expect.stringContaining('has the zone unregistered.example, but nothing in the DNS delegates it;'),
    ])
  })

  test('is not written into in place of the zone that the provider of the domain does not have', async () => {
    const world = await openWorld()
    const { cloudflare, route53 } = world.sandbox.apis
    const vain = route53.addZone({ name: 'shop.validation.test', isPrivate: false })
    const domainctl = await open(world, {
      cloudflare: cloudflareFor(world, cloudflare.zoneId('example.test')),
      route53: createRoute53({ ...route53.options, hostedZoneId: vain }),
      godaddy: createGodaddy({ ...world.sandbox.apis.godaddy.options, ...world.sandbox.apis.godaddy.addKey({ domains: [] }) }),
    })
    const error = await domainctl
      .issue(NAME, { provider: 'cloudflare', san: ['shop.validation.test'] })
      .catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
      message: expect.stringMatching(
        /Nor has godaddy\. The provider route53 has the zone shop\.validation\.test, but the DNS looks for .* in the zone validation\.test\.$/,
      ),
    })
    expect(route53.requests.ChangeResourceRecordSets).toBe(0)
  })

  test('is not known to be one, when the DNS does not answer: nothing is guessed, and doctor looks on', async () => {
    const world = await openWorld()
    const resolvers = ['127.0.0.1:9']
    const route53 = createRoute53(world.sandbox.apis.route53.options)
    const domainctl = await open(world, { route53 }, { resolvers })
    await expect(domainctl.add(NAME)).rejects.toMatchObject({
      code: 'DNS_UNREACHABLE',
      message: expect.stringContaining('route53 (example.test)'),
      hint: expect.stringContaining('--provider route53'),
    })
    expect((await domainctl.list()).domains).toEqual([])
    const { checks } = await domainctl.doctor(NAME)
    expect(checks.filter(({ ok }) => !ok).map(({ problem }) => problem)).toContain('DNS_UNREACHABLE')
    expect(await domainctl.add(NAME, { provider: 'route53' })).toMatchObject({ provider: 'route53' })
  })
})

describe('a provider whose records a person makes', () => {
  test('is never chosen by its zones, whatever it is called, and none of them is our own', async () => {
    const world = await openWorld()
    const hand = createManual()
    const named = 'a.b.elsewhere.example'
    const domainctl = await open(world, { hand, route53: createRoute53(world.sandbox.apis.route53.options) })
    expect(await domainctl.add(named)).toMatchObject({ provider: 'manual' })
    expect(await domainctl.add(NAME)).toMatchObject({ provider: 'route53' })
    const byDefault = await open(world, { hand }, { provider: 'hand' })
    expect(await byDefault.add('c.elsewhere.example')).toMatchObject({ provider: 'hand', records: [{ purpose: 'ownership' }] })
  })

  test('shows so only when it is asked, where it is opened by the first call', async () => {
    const world = await openWorld()
    const hand = createManual()
    let isOpen = false
    const lazy: DnsProvider = {
      ...hand,
      get capabilities() {
        return isOpen ? hand.capabilities : { minTtl: 0, atomicRRset: false, proxied: false }
      },
      findZone: async (...call) => {
        isOpen = true
        return hand.findZone(...call)
      },
    }
    const domainctl = await open(world, { lazy })
    expect(await domainctl.add(NAME)).toMatchObject({ provider: 'manual' })
  })
})

test('a name under a domain by hand is by hand, unless the configuration says whose its zone is', async () => {
  const world = await openWorld()
  const route53 = createRoute53(world.sandbox.apis.route53.options)
  const name = 'shop.elsewhere.example'
  const san = ['edge.example.test']
  const target = 'www.example.test'
  const domainctl = await open(world, { route53 })
  await domainctl.add(name, { san, target, ownership: 'none' })
  const outcomes = async (domainctl: Domainctl) =>
    (await domainctl.apply(name)).records.map(({ name, provider, outcome }) => [name, provider, outcome])
  const others = [name, 'manual', 'by-hand']
  expect(await outcomes(domainctl)).toEqual([others, ['edge.example.test', 'manual', 'by-hand']])
  const mapped = await open(world, { route53 }, { zones: { 'example.test': 'route53' } })
  expect(await outcomes(mapped)).toEqual([others, ['edge.example.test', 'route53', 'made']])
})

describe('a provider that fails while it is asked', () => {
  test('is a warning where another one has the zone', async () => {
    const world = await openWorld()
    const said: string[] = []
    const route53 = createRoute53(world.sandbox.apis.route53.options)
    const domainctl = await open(world, { cloudflare: wrongToken(world), route53 })
    const added = await domainctl.add(NAME, { onProgress: ({ message }) => said.push(message) })
    expect(added).toMatchObject({ provider: 'route53' })
    expect(said).toEqual([expect.stringContaining('cloudflare could not be asked')])
  })

  test('is the answer where no other has it: a wrong token does not mean by hand', async () => {
    const world = await openWorld()
    const route53 = createRoute53(world.sandbox.apis.route53.options)
    const domainctl = await open(world, { cloudflare: wrongToken(world), route53 })
    await expect(domainctl.add('shop.elsewhere.example')).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('cloudflare'),
      hint: expect.stringContaining('--provider'),
    })
    expect((await domainctl.list()).domains).toEqual([])
  })

  test('is neither when the work was interrupted', async () => {
    const world = await openWorld()
    const domainctl = await open(world, { route53: createRoute53(world.sandbox.apis.route53.options) })
    await expect(domainctl.add(NAME, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('a name in a zone that the provider of its domain does not have', () => {
  test('is written by the one that has it, unasked', async () => {
    const world = await openWorld()
    const { cloudflare, route53 } = world.sandbox.apis
    const domainctl = await open(world, {
      cloudflare: cloudflareFor(world, cloudflare.zoneId('example.test')),
      route53: createRoute53(route53.options),
    })
    const { certificate } = await domainctl.issue(NAME, { provider: 'cloudflare', san: ['shop.validation.test'] })
    expect(certificate.names).toEqual([NAME, 'shop.validation.test'])
    expect(cloudflare.requests.createRecord).toBeGreaterThan(0)
    expect(route53.requests.ChangeResourceRecordSets).toBe(2)
    expect(world.sandbox.dns.values('_acme-challenge.shop.validation.test', 'TXT')).toEqual([])
  })

  test('is told as that before what others fail with, which makes it no other failure unless that may pass', async () => {
    const world = await openWorld()
    const { cloudflare } = world.sandbox.apis
    const known = cloudflareFor(world, cloudflare.zoneId('example.test'))
    const failureWith = async (other: DnsProvider) => {
      const domainctl = await open(world, { known, other })
      return domainctl.issue(NAME, { provider: 'known', san: ['shop.validation.test'] }).catch((error: unknown) => error)
    }
    const missing = 'The provider known has no zone for _acme-challenge\\.shop\\.validation\\.test\\.'
    expect(await failureWith(wrongToken(world))).toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
      message: expect.stringMatching(new RegExp(`^${missing} Not every provider could be asked.* other: `)),
      hint: expect.stringContaining('domainctl providers'),
    })
    const doctor = await open(world, { known, other: wrongToken(world) })
    await doctor.add(NAME, { provider: 'known', san: ['shop.validation.test'] })
    const { checks } = await doctor.doctor(NAME)
    expect(checks.find(({ problem }) => problem === 'PROVIDER_ZONE_NOT_FOUND')?.explanation).toMatch(
      new RegExp(`^${missing} Not every provider could be asked.* other: `),
    )
    const nowhere = createRfc2136({ ...world.sandbox.rfc2136, nameserver: '127.0.0.1:9' })
    expect(await failureWith(nowhere)).toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: expect.stringMatching(new RegExp(`^${missing} .*127\\.0\\.0\\.1:9`)),
    })
  })

  test('is told with all that were asked where none has it, before anything is ordered', async () => {
    const world = await openWorld()
    const { cloudflare, godaddy } = world.sandbox.apis
    const domainctl = await open(world, {
      cloudflare: cloudflareFor(world, cloudflare.zoneId('example.test')),
      godaddy: createGodaddy({ ...godaddy.options, ...godaddy.addKey({ domains: [] }) }),
    })
    const error = await domainctl
      .issue(NAME, { provider: 'cloudflare', san: ['shop.validation.test'] })
      .catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
      message: expect.stringMatching(/cloudflare has no zone for _acme-challenge\.shop\.validation\.test\. Nor has godaddy\./),
    })
    expect((await world.requests()).newOrder ?? 0).toBe(0)
  })
})
