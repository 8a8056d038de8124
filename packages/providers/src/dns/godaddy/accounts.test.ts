import type { RRset } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { godaddyProvider } from './adapter.ts'
import { createGodaddy } from './index.ts'
import { ALWAYS, APEX, runtime, START, txt, ZONE } from './subject.test.fixture.ts'

const NAME = `_acme-challenge.${APEX}`

describe("an account at the sandbox's API", () => {
  const clock = manualClock(START)
  let sandbox: Sandbox
  beforeEach(async () => {
    sandbox = await startSandbox({ zones: [APEX, 'other.test'], runtime: { clock } })
  })
  afterEach(() => sandbox.stop())

  type Policy = Parameters<Sandbox['apis']['godaddy']['addKey']>[0]
  function providerOf(policy: Policy, zone?: string) {
    const { options, addKey } = sandbox.apis.godaddy
    const settings = { ...options, ...addKey(policy), ...(zone !== undefined && { zone }) }
    return createGodaddy(settings, runtime(clock))
  }

  it('holds its own domains alone, and of them those that have their DNS at GoDaddy', async () => {
    sandbox.apis.godaddy.addDomain({ name: 'elsewhere.test' })
    sandbox.apis.godaddy.setStatus(APEX, 'PENDING_DNS_ACTIVE')
    const provider = providerOf({ domains: [APEX, 'elsewhere.test'] })
    expect(await provider.access?.(ALWAYS)).toEqual({
      zones: ['elsewhere.test', APEX].map((name) => ({ id: name, name })),
      complete: true,
      warnings: [],
    })
    const away = { id: 'elsewhere.test', name: 'elsewhere.test' }
    await expect(provider.nameServers?.(away, ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_ZONE_NOT_FOUND' })
    expect(await provider.findZone(NAME, ALWAYS)).toEqual(ZONE)
    expect(await provider.findZone('www.other.test', ALWAYS)).toBeNull()
    expect(await provider.findZone('www.elsewhere.test', ALWAYS)).toBeNull()
  })

  it('does without the list of its domains (acme.sh#6849)', async () => {
    const provider = providerOf({ domains: [APEX], reads: 'rrsets' })
    expect(await provider.access?.(ALWAYS)).toEqual({
      zones: [],
      complete: false,
      warnings: [expect.stringMatching(/ACCESS_DENIED.*10 or more domains.*Discount Domain Club.*GODADDY_ZONE/)],
    })
    expect(await provider.nameServers?.(ZONE, ALWAYS)).toEqual([`ns1.${APEX}`])
    expect(await providerOf({ domains: [APEX], reads: 'rrsets' }, APEX).access?.(ALWAYS)).toEqual({
      zones: [ZONE],
      complete: true,
      warnings: [],
    })
    expect(await provider.findZone(NAME, ALWAYS)).toEqual(ZONE)
    expect(await provider.findZone('www.other.test', ALWAYS)).toBeNull()
    sandbox.dns.add({ name: NAME, type: 'TXT', value: 'theirs' })
    await provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)
    await provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(sandbox.dns.values(NAME, 'TXT')).toEqual(['theirs'])
  })

  it('that may write and not read adds, and removes nothing (lego#2269)', async () => {
    const provider = providerOf({ reads: 'none' }, APEX)
    expect(await provider.access?.(ALWAYS)).toEqual({
      zones: [ZONE],
      complete: true,
      warnings: [expect.stringMatching(/ACCESS_DENIED.*none is removed/)],
    })
    expect(await provider.nameServers?.(ZONE, ALWAYS)).toEqual([])
    sandbox.dns.add({ name: NAME, type: 'TXT', value: 'theirs' })
    expect(await provider.findZone(NAME, ALWAYS)).toEqual(ZONE)
    await provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)
    await provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)
    await expect(provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' })
    expect([...sandbox.dns.values(NAME, 'TXT')].sort()).toEqual(['theirs', 'v'])
    await expect(providerOf({ reads: 'none' }).findZone(NAME, ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' })
  })

  it('that may do nothing is told so, and so is a wrong secret', async () => {
    const provider = providerOf({ reads: 'none', writes: 'none' }, APEX)
    await expect(provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' })
    const wrong = createGodaddy({ ...sandbox.apis.godaddy.options, apiSecret: 'wrong' }, runtime(clock))
    await expect(wrong.findZone(NAME, ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('UNABLE_TO_AUTHENTICATE'),
    })
    const refused = { code: 'PROVIDER_AUTH', hint: expect.stringContaining('GODADDY_API_SECRET') }
    await expect(wrong.access?.(ALWAYS)).rejects.toMatchObject(refused)
    await expect(wrong.nameServers?.(ZONE, ALWAYS)).rejects.toMatchObject(refused)
  })

  it('is asked for the zone of the configuration, which may be that of another account', async () => {
    const access = await providerOf({ domains: [APEX] }, 'other.test').access?.(ALWAYS)
    expect(access).toEqual({
      zones: [{ id: 'other.test', name: 'other.test' }],
      complete: true,
      warnings: [expect.stringMatching(/other\.test.*UNKNOWN_DOMAIN/)],
    })
  })

  it('has all of its zones told, up to a thousand', async () => {
    for (let i = 0; i < 2100; i++) sandbox.apis.godaddy.addDomain({ name: `zone${String(i).padStart(4, '0')}.test` })
    const access = await providerOf({}).access?.(ALWAYS)
    expect([access?.zones.length, access?.complete]).toEqual([1000, false])
    expect(sandbox.apis.godaddy.requests.listDomains).toBe(2)
  })

  it('has made what it was asked for when the answer comes too late', async () => {
    const { options, addFault } = sandbox.apis.godaddy
    const hasty = godaddyProvider({ ...options, timeoutMs: 300 }, runtime(clock))
    sandbox.dns.add({ name: NAME, type: 'TXT', value: 'theirs' })
    const faults = (['addRecords', 'replaceRecords'] as const).map((operation) =>
      addFault({ operation, nth: 1, answer: { delay: () => new Promise(() => undefined) } }),
    )
    await hasty.addValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect([...sandbox.dns.values(NAME, 'TXT')].sort()).toEqual(['theirs', 'v'])
    await hasty.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(sandbox.dns.values(NAME, 'TXT')).toEqual(['theirs'])
    expect(faults.map(({ hits }) => hits)).toEqual([1, 1])
  })

  it('hears what GoDaddy does not take: a text of 513 characters', async () => {
    const provider = providerOf({})
    await provider.addValues(ZONE, txt(NAME, 'x'.repeat(512)), ALWAYS)
    await expect(provider.addValues(ZONE, txt(NAME, 'x'.repeat(513)), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_REFUSED',
      message: expect.stringContaining('INVALID_BODY'),
    })
  })

  it('writes a CNAME to the domain itself', async () => {
    const provider = providerOf({})
    const cname: RRset = { name: `www.${APEX}`, type: 'CNAME', ttl: 600, values: [`${APEX}.`] }
    await provider.addValues(ZONE, cname, ALWAYS)
    expect(await provider.getRRset(ZONE, cname.name, 'CNAME', ALWAYS)).toMatchObject({ values: [APEX] })
  })

  it.each(['hang-up', 'hang-up-after-write'] as const)('loses and leaves nothing by a %s in mid-write', async (answer) => {
    const provider = providerOf({})
    const { addFault } = sandbox.apis.godaddy
    sandbox.dns.add({ name: NAME, type: 'TXT', value: 'theirs' })
    const faults = (['addRecords', 'replaceRecords', 'deleteRecords'] as const).map((operation) =>
      addFault({ operation, nth: 1, answer }),
    )
    await provider.addValues(ZONE, txt(NAME, 'v', 'w'), ALWAYS)
    expect([...sandbox.dns.values(NAME, 'TXT')].sort()).toEqual(['theirs', 'v', 'w'])
    await provider.removeValues(ZONE, txt(NAME, 'v', 'w'), ALWAYS)
    expect(sandbox.dns.values(NAME, 'TXT')).toEqual(['theirs'])
    await provider.addValues(ZONE, txt(`www.${APEX}`, 'v'), ALWAYS)
    await provider.removeValues(ZONE, txt(`www.${APEX}`, 'v'), ALWAYS)
    expect(sandbox.dns.values(`www.${APEX}`, 'TXT')).toEqual([])
    expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 1])
  })

  it('stays below the limit of 60 calls a minute, which other programs may use up', async () => {
    const provider = providerOf({})
    const names = Array.from({ length: 70 }, (_, i) => `n${i}.${APEX}`)
    await Promise.all(names.map((name) => provider.addValues(ZONE, txt(name, 'v'), ALWAYS)))
    for (const name of names) await provider.getRRset(ZONE, name, 'TXT', ALWAYS)
    const { requests } = sandbox.apis.godaddy
    expect({ ...requests }).toMatchObject({ getRecords: 70, addRecords: 2 })
    sandbox.apis.godaddy.requestLimit = 5
    for (const name of names.slice(0, 20)) await provider.removeValues(ZONE, txt(name, 'v'), ALWAYS)
    expect(names.filter((name) => sandbox.dns.values(name, 'TXT').length > 0)).toEqual(names.slice(20))
    expect(requests.getRecords + requests.deleteRecords).toBeGreaterThan(110)
  })
})
