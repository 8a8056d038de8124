import { systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { describe, expect, it } from 'vitest'
import { refusalOf, startCloudflare } from './cloudflare.test.support.ts'

describe('tokens', () => {
  it('are known, or refused as what they are', async () => {
    const { api, client, connect } = await startCloudflare()
    expect(await client.user.tokens.verify()).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/), status: 'active' })
    expect(await refusalOf(connect('x'.repeat(37)).user.tokens.verify())).toEqual([400, 6003, 6111])
    expect(await refusalOf(connect('x'.repeat(40)).zones.list())).toEqual([403, 9109])
    const keys = { apiKey: 'k'.repeat(37), apiEmail: 'a@example.test' }
    expect(await refusalOf(connect(api.options.apiToken, keys).zones.list())).toEqual([400, 6003, 6103])
    const answer = await fetch(`${api.options.baseUrl}/zones`)
    expect([answer.status, await answer.json()]).toMatchObject([400, { success: false, errors: [{ code: 9106 }] }])
    api.revokeToken(api.options)
    expect(await refusalOf(client.zones.list())).toEqual([403, 9109])
    expect(() => api.revokeToken(api.options)).toThrow(/no such token/)
  })

  it('are verified, those that are good no more too, which are refused everywhere else', async () => {
    const clock = manualClock(new Date('2026-06-01T12:00:00Z'))
    const { api, connect } = await startCloudflare({}, { clock, random: systemRandom() })
    const expiresOn = new Date('2026-06-01T12:01:00Z')
    const ending = connect(api.addToken({ expiresOn }).apiToken)
    const verify = () => ending.user.tokens.verify()
    expect(await verify()).toMatchObject({ status: 'active', expires_on: expiresOn.toISOString() })
    await ending.zones.list()
    clock.advance(60_000)
    expect(await verify()).toMatchObject({ status: 'expired', expires_on: expiresOn.toISOString() })
    expect(await refusalOf(ending.zones.list())).toEqual([403, 9109])
    const disabled = connect(api.addToken({ isDisabled: true }).apiToken)
    expect(await disabled.user.tokens.verify()).toMatchObject({ status: 'disabled' })
    expect(await refusalOf(disabled.zones.list())).toEqual([403, 9109])
    expect(await refusalOf(connect('x'.repeat(40)).user.tokens.verify())).toEqual([401, 1000])
    expect(() => api.addToken({ expiresOn: new Date(Number.NaN) })).toThrow(/no time/)
  })

  it('of an account are verified at it alone, and see its zones', async () => {
    const { api, client, connect, zone_id } = await startCloudflare()
    const { accountId } = api.addZone('other.test')
    const owned = connect(api.addToken({ owner: 'account' }).apiToken)
    expect(await refusalOf(owned.user.tokens.verify())).toEqual([401, 1000])
    const at = (id: string, asking = owned) => asking.get(`/accounts/${id}/tokens/verify`)
    expect(await at(api.accountId)).toMatchObject({ result: { status: 'active' } })
    expect(await refusalOf(at(api.accountId, client))).toEqual([401, 1000])
    expect(await refusalOf(at(accountId))).toEqual([403, 9109])
    expect(await refusalOf(at('nobody'))).toEqual([400, 7003, 7000])
    expect((await owned.zones.list()).result.map(({ id }) => id)).toEqual([zone_id])
    expect((await client.zones.list()).result).toHaveLength(2)
  })

  it('say in each zone what they may do there', async () => {
    const { api, client, connect, zone_id } = await startCloudflare()
    const may = ['#dns_records:edit', '#dns_records:read', '#zone:read']
    expect((await client.zones.get({ zone_id })).permissions).toEqual(may)
    const [zone] = (await connect(api.addToken({ dns: 'read' }).apiToken).zones.list()).result
    expect(zone?.permissions).toEqual(may.slice(1))
  })

  it('may be for some zones alone', async () => {
    const { api, connect } = await startCloudflare({ zones: ['one.test', 'two.test'] })
    const [one, two] = [api.zoneId('one.test') ?? '', api.zoneId('two.test') ?? '']
    const client = connect(api.addToken({ zones: [one] }).apiToken)
    const { result } = await client.zones.list({ name: 'One.Test' })
    expect(result.map(({ id }) => id)).toEqual([one])
    const refused = client.zones.list({ name: 'two.test' })
    await expect(refused).rejects.toThrow(/requires permission 'com.cloudflare.api.account.zone.list' to list zones/)
    expect(await refusalOf(refused)).toEqual([403, 0])
    expect(await refusalOf(client.zones.list())).toEqual([403, 0])
    expect((await client.zones.get({ zone_id: one })).name).toBe('one.test')
    expect(await refusalOf(client.zones.get({ zone_id: two }))).toEqual([403, 9109])
    expect(await refusalOf(client.dns.records.list({ zone_id: two }))).toEqual([403, 10_000])
    expect(await refusalOf(client.dns.records.list({ zone_id: 'f'.repeat(32) }))).toEqual([403, 10_000])
  })

  it('may be for reading alone', async () => {
    const { api, connect, zone_id } = await startCloudflare()
    const client = connect(api.addToken({ dns: 'read' }).apiToken)
    expect((await client.dns.records.list({ zone_id })).result).toHaveLength(1)
    const record = { zone_id, type: 'TXT', name: 'a.example.test', content: '"x"', ttl: 60 } as const
    expect(await refusalOf(client.dns.records.create(record))).toEqual([403, 10_000])
  })
})

describe('requests', () => {
  it('are counted for all tokens together, and whoever sends too many is shut out', async () => {
    const clock = manualClock(new Date('2026-06-01T12:00:00Z'))
    const { api, client, connect, raw } = await startCloudflare({}, { clock, random: systemRandom() })
    const { headers } = await raw('/zones')
    expect(headers.get('ratelimit')).toBe('"default";r=1199;t=300')
    expect(headers.get('ratelimit-policy')).toBe('"default";q=1200;w=300')
    api.requestLimit = 2
    await connect(api.addToken({}).apiToken).zones.list()
    expect(await refusalOf(client.zones.list())).toEqual([429, 971])
    await clock.sleep(299_001)
    const shutOut = await raw('/zones')
    expect([shutOut.status, shutOut.headers.get('retry-after')]).toEqual([429, '1'])
    await clock.sleep(999)
    await client.zones.list()
    api.requestLimit = Number.POSITIVE_INFINITY
    expect((await raw('/zones')).headers.has('ratelimit')).toBe(false)
    expect(() => {
      api.requestLimit = -1
    }).toThrow(/no number of requests/)
  })

  it('suffer faults, and are counted', async () => {
    const { api, client, zone_id } = await startCloudflare()
    const { answers } = api
    for (const answer of [answers.rateLimited(7), answers.passingForbidden, answers.internalError, answers.badGateway]) {
      api.addFault({ operation: 'listZones', nth: 1, answer })
      await expect(client.zones.list()).rejects.toMatchObject({ status: answer.status })
    }
    api.addFault({ operation: 'createRecord', nth: 1, answer: 'hang-up-after-write' })
    const record = { zone_id, type: 'TXT', name: 'a.example.test', content: '"x"', ttl: 60 } as const
    // The SDK repeats a request whose answer it did not hear, and what it wrote is there.
    expect(await refusalOf(client.dns.records.create(record, { maxRetries: 1 }))).toEqual([400, 81_058])
    expect(api.requests).toMatchObject({ listZones: 4, createRecord: 2, deleteRecord: 0 })
  })

  it('may come without a length', async () => {
    const { raw, zone_id, dns } = await startCloudflare()
    const send = (...chunks: string[]) =>
      raw(`/zones/${zone_id}/dns_records`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new Blob(chunks).stream(),
        duplex: 'half',
      })
    expect((await send('{"type":"TXT","name":"a.example', '.test","content":"x"}')).status).toBe(200)
    expect(dns.values('a.example.test', 'TXT')).toEqual(['x'])
    expect((await send(' '.repeat(1024 * 1024), ' ')).status).toBe(400)
  })

  it.each([
    ['/nothing', {}, 7003],
    ['/zones/example.test/dns_records', {}, 7003],
    ['/zones/ZONE/dns_records/1', {}, 7003],
    ['/zones?direction=up', {}, 99_999],
    ['/zones?per_page=51', {}, 99_999],
    ['/zones?name=contains:example', {}, 99_999],
    ['/zones/ZONE/dns_records?page=0', {}, 99_999],
    ['/zones/ZONE/dns_records?search=a', {}, 99_999],
    ['/zones/ZONE/dns_records?order=id', {}, 99_999],
    ['/zones/ZONE/dns_records?match=none', {}, 99_999],
    ['/zones/ZONE/dns_records?proxied=yes', {}, 99_999],
    ['/zones/ZONE/dns_records', { method: 'POST', body: '{}' }, 9207],
    ['/zones/ZONE/dns_records', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 9207],
    ['/zones/ZONE/dns_records', { method: 'POST', body: '[]', headers: { 'content-type': 'application/json' } }, 9207],
    [
      '/zones/ZONE/dns_records',
      { method: 'POST', body: ' '.repeat(2 ** 20 + 1), headers: { 'content-type': 'application/json' } },
      99_999,
    ],
  ])('to %s are refused', async (path, init, code) => {
    const { raw, zone_id } = await startCloudflare()
    const answer = await raw(path.replace('ZONE', zone_id), init)
    expect([answer.status, await answer.json()]).toMatchObject([400, { result: null, success: false, errors: { 0: { code } } }])
  })
})
