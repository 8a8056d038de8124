import { join } from 'node:path'
import { createDomainctl, type DnsProvider, type Domainctl, type DomainctlOptions, type ProviderTest } from '@domainctl/core'
import { createCloudflare, createGodaddy, createManual, createRfc2136, createRoute53 } from '@domainctl/providers'
import type { Sandbox } from '@domainctl/sandbox'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { startUnsteadyApi } from './unsteady-api.ts'

// What `providers` and `providers test` find out about a provider by its own API, at the sandbox's name servers.

const ZONE = 'example.test'
const RECORD = `_domainctl-test.${ZONE}`

const PROVIDERS: Record<string, (sandbox: Sandbox) => DnsProvider> = {
  cloudflare: ({ apis }) => createCloudflare(apis.cloudflare.options),
  route53: ({ apis }) => createRoute53(apis.route53.options),
  godaddy: ({ apis }) => createGodaddy(apis.godaddy.options),
  rfc2136: ({ rfc2136 }) => createRfc2136(rfc2136),
}

async function openWorld(...args: Parameters<typeof startSandboxWorld>): Promise<SandboxWorld> {
  const world = await startSandboxWorld(...args)
  onTestFinished(() => world[Symbol.asyncDispose]())
  return world
}

async function open(
  { clock, sandbox, env }: SandboxWorld,
  providers: Record<string, DnsProvider>,
  more: Partial<DomainctlOptions> = {},
): Promise<Domainctl> {
  const domainctl = await createDomainctl({
    ...sandbox.engine,
    state: `file:${join(env.DOMAINCTL_ISSUER_ROOT ?? '', '..', 'state.db')}`,
    runtime: { clock },
    providers: { manual: createManual(), ...providers },
    ...more,
  })
  onTestFinished(() => domainctl.close())
  return domainctl
}

function make(provider: string, sandbox: Sandbox): DnsProvider {
  const made = PROVIDERS[provider]?.(sandbox)
  if (!made) throw new Error(`no provider ${provider}`)
  return made
}

/** Each step that was tried, with how it ended. */
const stepsOf = ({ steps }: ProviderTest) => steps.map(({ step, ok }) => `${ok ? '✔' : '✖'} ${step}`)

const ALL_WELL = ['✔ access', '✔ zone', '✔ write', '✔ seen', '✔ remove', '✔ gone']

/** A value as a test of that time leaves it when it is killed. */
const leftBy = (time: number) => `domainctl-test=${time}-0123456789abcdef`

describe.each(Object.keys(PROVIDERS))('%s', (provider) => {
  test('is tried from its credential to a record that is gone, and nothing else is touched', async () => {
    const world = await openWorld({ nameServers: process.platform === 'darwin' ? 1 : 2, lagMs: 300 })
    const { sandbox, clock } = world
    const now = clock.now().getTime()
    const others = ['of somebody else', leftBy(now - 60_000), `x${leftBy(now - 3_600_000)}`]
    for (const value of [...others, leftBy(now - 3_600_000)]) {
      // GoDaddy takes no lower TTL.
      sandbox.dns.add({ name: RECORD, type: 'TXT', value, ttl: 600 })
    }
    const domainctl = await open(world, { [provider]: make(provider, sandbox) })

    const said: string[] = []
    const result = await domainctl.testProvider(provider, { zone: ZONE, onProgress: ({ message }) => said.push(message) })
    expect(stepsOf(result)).toEqual(ALL_WELL)
    expect(result).toMatchObject({ provider, ok: true, zone: ZONE, record: { type: 'TXT', name: RECORD } })
    expect(result.warnings).toEqual([])
    expect(result.error).toBeUndefined()
    const [, zone, write, seen, , gone] = result.steps
    expect(zone?.explanation).toContain('ns1.example.test')
    expect(write?.explanation).toContain('1 value(s) that earlier tests had left there were removed')
    const { value = '' } = result.record ?? {}
    expect(value).toMatch(/^domainctl-test=\d{13}-[0-9a-f]{16}$/)
    expect(seen?.seen).toHaveLength(world.servers.length)
    for (const { values } of seen?.seen ?? []) expect(values).toContain(value)
    for (const { values } of gone?.seen ?? []) expect(values).not.toContain(value)
    expect(said).toHaveLength(6)
    expect([...sandbox.dns.values(RECORD, 'TXT')].sort()).toEqual([...others].sort())
  })

  test('leaves nothing behind when it is interrupted while it waits', async () => {
    const world = await openWorld()
    const domainctl = await open(world, { [provider]: make(provider, world.sandbox) })
    const stopping = new AbortController()
    const onProgress = ({ message }: { message: string }) => {
      if (message.startsWith('looking for TXT')) stopping.abort()
    }
    const result = await domainctl.testProvider(provider, { zone: ZONE, signal: stopping.signal, onProgress })
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✔ write', '✖ seen', '✔ remove'])
    expect(result.error).toMatchObject({ code: 'INTERRUPTED' })
    expect(world.sandbox.dns.values(RECORD, 'TXT')).toEqual([])
  })
})

describe('a test', () => {
  test('ends at a credential that is refused', async () => {
    const world = await openWorld()
    const { options } = world.sandbox.apis.cloudflare
    const domainctl = await open(world, { cloudflare: createCloudflare({ ...options, apiToken: 'x'.repeat(40) }) })
    const result = await domainctl.testProvider('cloudflare')
    expect(stepsOf(result)).toEqual(['✖ access'])
    expect(result).toMatchObject({ ok: false, error: { code: 'PROVIDER_AUTH' } })
    expect(result).not.toHaveProperty('record')
  })

  test('shows that a credential may read and not write, and what may be there is removed all the same', async () => {
    const world = await openWorld()
    const { cloudflare } = world.sandbox.apis
    const readOnly = { ...cloudflare.options, ...cloudflare.addToken({ dns: 'read' }) }
    const domainctl = await open(world, { cloudflare: createCloudflare(readOnly) })
    const result = await domainctl.testProvider('cloudflare', { zone: ZONE })
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✖ write', '✔ remove'])
    expect(result.error?.kind).toBe('provider')
    expect(world.sandbox.dns.values(RECORD, 'TXT')).toEqual([])
  })

  test('raises no alarm about a record that the provider has refused, though it refuses the removal as well', async () => {
    const world = await openWorld()
    const { route53 } = world.sandbox.apis
    route53.addFault({ operation: 'ChangeResourceRecordSets', answer: route53.answers.expiredToken })
    route53.addFault({ operation: 'ListResourceRecordSets', answer: route53.answers.expiredToken })
    const domainctl = await open(world, { route53: createRoute53(route53.options) })
    const result = await domainctl.testProvider('route53', { zone: ZONE })
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✖ write', '✖ remove'])
    expect(result.error).toMatchObject({ code: 'PROVIDER_AUTH' })
    expect(result.warnings.filter((warning) => warning.includes('may still be there'))).toEqual([])
  })

  test('says to whom a zone is delegated that the provider has in vain', async () => {
    const world = await openWorld()
    const { cloudflare } = world.sandbox.apis
    const { id } = cloudflare.addZone(ZONE)
    const elsewhere = createCloudflare({ ...cloudflare.options, ...cloudflare.addToken({ zones: [id] }), zoneId: id })
    const domainctl = await open(world, { elsewhere }, { propagation: { timeoutMs: 400 } })
    const result = await domainctl.testProvider('elsewhere', { zone: ZONE })
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✔ write', '✖ seen', '✔ remove'])
    expect(result.error).toMatchObject({ code: 'DNS_NOT_PROPAGATED', actor: 'operator' })
    expect(result.error?.message).toMatch(
      /^Your registrar.* delegates example\.test to ns1\.example\.test; this provider serves it at \S/,
    )
    expect(result.warnings).toEqual([
      expect.stringContaining('not "active"'),
      expect.stringContaining('delegates example.test to ns1.example.test'),
    ])
  })

  test('writes nothing into a zone that nothing in the DNS delegates', async () => {
    const world = await openWorld()
    const { route53 } = world.sandbox.apis
    route53.addZone({ name: `vain.${ZONE}`, isPrivate: false })
    const domainctl = await open(world, { route53: createRoute53(route53.options) })
    const result = await domainctl.testProvider('route53', { zone: `vain.${ZONE}` })
    expect(stepsOf(result)).toEqual(['✔ access', '✖ zone'])
    expect(result.error).toMatchObject({
      code: 'DNS_ZONE_NOT_FOUND',
      message: expect.stringContaining('looked for in example.test'),
    })
    expect(route53.requests.ChangeResourceRecordSets).toBe(0)
  })

  test('names no zone that the provider does not have, and asks which one where it has several', async () => {
    const world = await openWorld()
    const { route53 } = world.sandbox.apis
    const domainctl = await open(world, { route53: createRoute53(route53.options) })
    const elsewhere = await domainctl.testProvider('route53', { zone: 'elsewhere.example' })
    expect(elsewhere).toMatchObject({ ok: false, error: { code: 'PROVIDER_ZONE_NOT_FOUND' } })
    await expect(domainctl.testProvider('route53')).rejects.toMatchObject({
      code: 'USAGE',
      message: 'The provider route53 has 2 zones: example.test, validation.test.',
      hint: expect.stringContaining('--zone example.test'),
    })
    expect(route53.requests.ChangeResourceRecordSets).toBe(0)
  })

  test('is honest about an account that may write and not read', async () => {
    const world = await openWorld()
    const { godaddy } = world.sandbox.apis
    const blind = createGodaddy({ ...godaddy.options, ...godaddy.addKey({ reads: 'none' }), zone: ZONE })
    const domainctl = await open(world, { godaddy: blind })
    const result = await domainctl.testProvider('godaddy', { zone: ZONE })
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✔ write', '✔ seen', '✖ remove'])
    expect(result.error).toMatchObject({ code: 'PROVIDER_REFUSED' })
    expect(result.warnings.at(-1)).toMatch(/^TXT _domainctl-test\.example\.test "domainctl-test=.*" may still be there/)
    expect(world.sandbox.dns.values(RECORD, 'TXT')).toEqual([result.record?.value])
  })

  test('takes the only zone that there is', async () => {
    const world = await openWorld({ zones: [ZONE] })
    const domainctl = await open(world, { route53: createRoute53(world.sandbox.apis.route53.options) })
    expect(await domainctl.testProvider('route53')).toMatchObject({ ok: true, zone: ZONE })
  })

  test('fails at a server that does not show the record in time', async () => {
    const world = await openWorld({ nameServers: process.platform === 'darwin' ? 1 : 2, lagMs: 1_000_000 })
    const { sandbox } = world
    const domainctl = await open(world, { rfc2136: createRfc2136(sandbox.rfc2136) }, { propagation: { timeoutMs: 400 } })
    if (world.servers.length === 1) return
    const result = await domainctl.testProvider('rfc2136', { zone: ZONE })
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✔ write', '✖ seen', '✔ remove'])
    expect(result.error).toMatchObject({ code: 'DNS_NOT_PROPAGATED', message: expect.stringContaining('127.0.0.2') })
    expect(result.steps[3]?.seen?.map(({ values }) => values.length)).toEqual([1, 0])
  })

  test('is refused for what a person writes, and for what is not configured', async () => {
    const world = await openWorld()
    const domainctl = await open(world, { panel: createManual() })
    await expect(domainctl.testProvider('manual')).rejects.toMatchObject({ code: 'USAGE' })
    await expect(domainctl.testProvider('panel', { zone: ZONE })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(domainctl.testProvider('nobody')).rejects.toMatchObject({ code: 'PROVIDER_UNKNOWN' })
  })
})

describe('a write of which nobody knows what becomes of it', () => {
  /** An API on the way to which the first request that makes a record is held, until it is let go; then it is carried out. */
  async function openHolding() {
    const world = await openWorld()
    const { cloudflare } = world.sandbox.apis
    const { promise: letGo, resolve } = Promise.withResolvers<void>()
    const { promise: held, resolve: hold } = Promise.withResolvers<void>()
    const api = await startUnsteadyApi(cloudflare, async ({ method }) => {
      if (method !== 'POST') return undefined
      hold()
      await letGo
      return undefined
    })
    onTestFinished(() => api[Symbol.asyncDispose]())
    const baseUrl = cloudflare.options.baseUrl.replace(cloudflare.url, api.url)
    const land = async () => {
      resolve()
      while (world.sandbox.dns.values(RECORD, 'TXT').length === 0) await new Promise((done) => setTimeout(done, 5))
    }
    return { world, held, land, cloudflare: createCloudflare({ ...cloudflare.options, baseUrl }) }
  }

  /** Interrupted as soon as the write is on its way. */
  async function interrupted(domainctl: Domainctl, held: Promise<void>, said: string[] = []): Promise<ProviderTest> {
    const stopping = new AbortController()
    void held.then(() => stopping.abort())
    const onProgress = ({ message }: { message: string }) => void said.push(message)
    return domainctl.testProvider('cloudflare', { zone: ZONE, signal: stopping.signal, onProgress })
  }

  test('is looked for once more, and what has come by then is removed', async () => {
    const { world, held, land, cloudflare } = await openHolding()
    const clock = {
      ...world.clock,
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms === 5_000) await land()
        await world.clock.sleep(ms, signal)
      },
    }
    const domainctl = await open(world, { cloudflare }, { runtime: { clock } })
    const said: string[] = []
    const result = await interrupted(domainctl, held, said)
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✖ write', '✔ remove'])
    expect(result.error).toMatchObject({ code: 'INTERRUPTED', hint: expect.stringMatching(/begins anew/) })
    expect(said.at(-1)).toContain('looking once more')
    expect(result.steps.at(-1)?.explanation).toMatch(/^Removed TXT .*written after all\.$/)
    expect(result.warnings).toEqual([])
    expect(world.sandbox.dns.values(RECORD, 'TXT')).toEqual([])
  })

  test('is told as one that may still come, and the next test removes it when it has come', async () => {
    const { world, held, land, cloudflare } = await openHolding()
    const domainctl = await open(world, { cloudflare })
    const result = await interrupted(domainctl, held)
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✖ write', '✔ remove'])
    expect(result.steps.at(-1)?.explanation).toMatch(/is not there so far\.$/)
    expect(result.warnings).toEqual([
      expect.stringMatching(/may still appear.*remove it by hand; a test after 10 minutes or more/),
    ])
    await land()
    expect(world.sandbox.dns.values(RECORD, 'TXT')).toEqual([result.record?.value])
    world.clock.advance(11 * 60_000)
    const next = await domainctl.testProvider('cloudflare', { zone: ZONE })
    expect(stepsOf(next)).toEqual(ALL_WELL)
    expect(next.steps[2]?.explanation).toContain('1 value(s) that earlier tests had left there were removed')
    expect(world.sandbox.dns.values(RECORD, 'TXT')).toEqual([])
  })

  test('is none that was not even sent: there is nothing to remove and nothing to warn of', async () => {
    const world = await openWorld()
    const { cloudflare } = world.sandbox.apis
    const domainctl = await open(world, { cloudflare: createCloudflare(cloudflare.options) })
    const stopping = new AbortController()
    const onProgress = ({ message }: { message: string }) => {
      if (message.startsWith('writing TXT')) stopping.abort()
    }
    const result = await domainctl.testProvider('cloudflare', { zone: ZONE, signal: stopping.signal, onProgress })
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✖ write'])
    expect(result).toMatchObject({ error: { code: 'INTERRUPTED' }, warnings: [] })
    expect(cloudflare.requests.createRecord).toBe(0)
  })

  test('is none that has arrived and whose answer was lost', async () => {
    const world = await openWorld()
    const { cloudflare } = world.sandbox.apis
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const { promise: never, resolve: answer } = Promise.withResolvers<void>()
    onTestFinished(() => answer())
    const delay = () => {
      arrive()
      return never
    }
    cloudflare.addFault({ operation: 'createRecord', answer: { delay } })
    const domainctl = await open(world, { cloudflare: createCloudflare(cloudflare.options) })
    const result = await interrupted(domainctl, arrived)
    expect(stepsOf(result)).toEqual(['✔ access', '✔ zone', '✖ write', '✔ remove'])
    expect(result.steps.at(-1)?.explanation).toMatch(/written after all/)
    expect(result.warnings).toEqual([])
    expect(world.clock.jumps).not.toContain(5_000)
    expect(world.sandbox.dns.values(RECORD, 'TXT')).toEqual([])
  })
})

test('all providers are asked at once, and one that fails hides no other', async () => {
  const world = await openWorld()
  const { sandbox } = world
  const { options } = sandbox.apis.cloudflare
  const providers = { ...Object.fromEntries(Object.entries(PROVIDERS).map(([name, make]) => [name, make(sandbox)])) }
  const domainctl = await open(
    world,
    { ...providers, wrong: createCloudflare({ ...options, apiToken: 'x'.repeat(40) }) },
    { provider: 'route53', zones: { 'validation.test': 'wrong', 'a.example.test': 'wrong' } },
  )
  const statuses = await domainctl.providers()
  expect(statuses.map(({ name }) => name)).toEqual(['manual', ...Object.keys(PROVIDERS), 'wrong'])
  const { manual, cloudflare, route53, wrong } = Object.fromEntries(statuses.map((status) => [status.name, status]))
  expect(manual).toEqual({ name: 'manual', isDefault: false, configuredZones: [] })
  expect(cloudflare?.access).toMatchObject({ zones: [{ name: ZONE }, { name: 'validation.test' }], complete: true })
  expect(route53).toMatchObject({ isDefault: true, access: { zones: [{ name: ZONE }, { name: 'validation.test' }] } })
  expect(wrong).toMatchObject({ configuredZones: ['a.example.test', 'validation.test'], error: { code: 'PROVIDER_AUTH' } })
  await expect(domainctl.providers({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' })
})
