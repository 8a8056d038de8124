import type { ProviderAccess } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCloudflare } from './index.ts'
import { type LoopbackApi, startLoopbackApi } from './loopback-api.test.fixture.ts'
import { ALWAYS, providerAt, runtime, START, zoneOf } from './subject.test.fixture.ts'

const EXPIRED_SINCE = new Date(START.getTime() + 60_000)

describe("access at the sandbox's API", () => {
  const clock = manualClock(START)
  let sandbox: Sandbox
  let cloudflare: Sandbox['apis']['cloudflare']
  beforeEach(async () => {
    sandbox = await startSandbox({ zones: ['b.test', 'a.test'], runtime: { clock } })
    cloudflare = sandbox.apis.cloudflare
  })
  afterEach(() => sandbox.stop())

  type Scope = Parameters<typeof cloudflare.addToken>[0]
  function providerOf(scope: Scope, more: { zoneId?: string; accountId?: string } = {}) {
    return createCloudflare({ ...cloudflare.options, ...cloudflare.addToken(scope), ...more }, runtime(clock))
  }
  const accessOf = async (...given: Parameters<typeof providerOf>): Promise<ProviderAccess | undefined> =>
    providerOf(...given).access?.(ALWAYS)
  const idOf = (name: string): string => cloudflare.zoneId(name) ?? expect.unreachable(`no zone ${name}`)

  it('is to all zones, in the order of their names, with the end of the token', async () => {
    expect(await accessOf({ expiresOn: EXPIRED_SINCE })).toEqual({
      identity: expect.stringMatching(/^API token [0-9a-f]{32}$/),
      zones: ['a.test', 'b.test'].map((name) => ({ id: idOf(name), name, mayWrite: true })),
      complete: true,
      expiresAt: EXPIRED_SINCE,
      warnings: [],
    })
  })

  it('says where it may only read', async () => {
    const access = await accessOf({ dns: 'read' })
    expect(access?.zones.map(({ mayWrite }) => mayWrite)).toEqual([false, false])
    expect(access?.warnings).toEqual([expect.stringMatching(/may not write the records of a\.test, b\.test.*DNS:Edit/)])
    const provider = providerOf({ dns: 'read' })
    const zone = { id: idOf('a.test'), name: 'a.test' }
    await expect(
      provider.addValues(zone, { name: 'x.a.test', type: 'TXT', ttl: 60, values: ['v'] }, ALWAYS),
    ).rejects.toMatchObject({ code: 'PROVIDER_AUTH', message: expect.stringContaining('10000') })
  })

  it('names no zone where the token may not list them, and the configured one where it is told', async () => {
    const zones = [idOf('a.test')]
    expect(await accessOf({ zones })).toMatchObject({
      zones: [],
      complete: false,
      warnings: [expect.stringContaining('some zones')],
    })
    expect(await accessOf({ zones }, { zoneId: idOf('a.test') })).toMatchObject({
      zones: [{ id: idOf('a.test'), name: 'a.test', mayWrite: true }],
      complete: true,
      warnings: [],
    })
    // One of another account, as far as this token knows.
    await expect(accessOf({ zones }, { zoneId: idOf('b.test') })).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('9109'),
    })
  })

  it('tells zones that are not served, and twins', async () => {
    cloudflare.addZone('a.test')
    const access = await accessOf({})
    expect(access?.zones.map(({ name }) => name)).toEqual(['a.test', 'a.test', 'b.test'])
    expect(access?.warnings).toEqual([expect.stringMatching(/does not serve a\.test yet/)])
    expect((await accessOf({}, { accountId: cloudflare.accountId }))?.zones).toHaveLength(2)
  })

  it('ends with the token', async () => {
    const own = manualClock(START)
    const other = await startSandbox({ runtime: { clock: own } })
    const { options, addToken } = other.apis.cloudflare
    const at = (scope: Scope) => createCloudflare({ ...options, ...addToken(scope) }, runtime(own))
    const ending = at({ expiresOn: EXPIRED_SINCE })
    await ending.access?.(ALWAYS)
    own.advance(60_000)
    await expect(ending.access?.(ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining(`is expired since ${EXPIRED_SINCE.toISOString()}`),
      hint: expect.stringContaining('CLOUDFLARE_API_TOKEN'),
      cause: { status: 'expired' },
    })
    await expect(at({ isDisabled: true }).access?.(ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      cause: { status: 'disabled' },
    })
    const zone = { id: other.apis.cloudflare.zoneId('example.test') ?? '', name: 'example.test' }
    await expect(ending.nameServers?.(zone, ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' })
    await other.stop()
  })

  it('of a token that an account owns is checked there', async () => {
    const owned: Scope = { owner: 'account', expiresOn: EXPIRED_SINCE }
    expect(await accessOf(owned, { accountId: cloudflare.accountId })).toMatchObject({
      identity: expect.stringContaining('API token'),
      expiresAt: EXPIRED_SINCE,
      warnings: [],
    })
    const unknown = await accessOf(owned)
    expect(unknown?.zones.map(({ name }) => name)).toEqual(['a.test', 'b.test'])
    expect(unknown?.warnings).toEqual([expect.stringContaining('CLOUDFLARE_ACCOUNT_ID')])
    expect(unknown).not.toHaveProperty('expiresAt')
    // A user's token is fine beside an account that is configured.
    expect(await accessOf({}, { accountId: cloudflare.accountId })).toMatchObject({ warnings: [] })
  })

  it('is none for a wrong token, told with the code of the API and without the token', async () => {
    const apiToken = 'wrong_token_0123456789_wrong_token_01234'
    const wrong = createCloudflare({ ...cloudflare.options, apiToken }, runtime(clock))
    const error = await wrong.access?.(ALWAYS).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'PROVIDER_AUTH', message: expect.stringContaining('9109') })
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain(apiToken)
    const key = createCloudflare({ ...cloudflare.options, apiToken: 'k'.repeat(37) }, runtime(clock))
    await expect(key.access?.(ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_AUTH', message: expect.stringContaining('6111') })
  })
})

describe('access at an API', () => {
  let api: LoopbackApi
  beforeEach(async () => {
    api = await startLoopbackApi('example.test')
  })
  afterEach(() => api.close())
  const access = () => providerAt(api).access?.(ALWAYS)

  it('that says nothing of permissions leaves open what may be written', async () => {
    expect((await access())?.zones).toEqual([zoneOf(api)])
    Object.assign(api.zones[0] ?? {}, { permissions: [] })
    expect((await access())?.zones).toEqual([zoneOf(api)])
  })

  it('with more zones than are told stops asking', async () => {
    const names = Array.from({ length: 1200 }, (_, i) => `zone${String(i).padStart(4, '0')}.test`)
    const many = await startLoopbackApi(...names)
    const found = await providerAt(many).access?.(ALWAYS)
    expect([found?.zones.length, found?.complete, found?.zones.at(-1)?.name]).toEqual([1000, false, 'zone0999.test'])
    expect(many.requests).toHaveLength(1 + 21)
    await many.close()
  })

  it('knows a token that is not good yet', async () => {
    api.token = { id: 'd'.repeat(32), status: 'active', not_before: EXPIRED_SINCE.toISOString() }
    expect((await access())?.warnings).toEqual([expect.stringContaining(EXPIRED_SINCE.toISOString())])
  })

  it('that is busy is not taken for one that refuses', async () => {
    api.script('GET /user/tokens/verify', ...Array(5).fill({ status: 503, body: 'busy' }))
    await expect(access()).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
    api.script('GET /user/tokens/verify', ...Array(5).fill({ status: 200, body: { success: true, result: { status: 7 } } }))
    await expect(access()).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
  })

  it.each([
    [{ name_servers: ['ADA.ns.cloudflare.com', 'bob.ns.cloudflare.com.'] }, ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com']],
    [
      { name_servers: ['ada.ns.cloudflare.com'], vanity_name_servers: ['ns1.example.test'] },
      ['ada.ns.cloudflare.com', 'ns1.example.test'],
    ],
    [{ name_servers: null, type: 'partial' }, []],
    [{}, []],
  ])('tells the name servers of %j', async (more, expected) => {
    Object.assign(api.zones[0] ?? {}, more)
    expect(await providerAt(api).nameServers?.(zoneOf(api), ALWAYS)).toEqual(expected)
  })

  it('says when the zone is gone', async () => {
    const gone = { id: 'f'.repeat(32), name: 'example.test' }
    await expect(providerAt(api).nameServers?.(gone, ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_ZONE_NOT_FOUND' })
  })
})
