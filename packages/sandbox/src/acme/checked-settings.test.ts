import { describe, expect, it } from 'vitest'
import { startCa } from './acme.test.support.ts'
import { checkedSettings } from './checked-settings.ts'
import { CA_DEFAULTS, type CaSettings, LETS_ENCRYPT_LIMITS } from './settings.ts'

const KEY = { kid: 'a', hmacKey: 'A'.repeat(22) }
const TEN_YEARS = 10 * 365 * 86_400

describe('the settings of a CA', () => {
  it.each<Partial<CaSettings>>([
    {},
    { lifetimeSeconds: 1 },
    { lifetimeSeconds: TEN_YEARS },
    { nonceReject: 0 },
    { nonceReject: 1 },
    { delayMs: 0.5 },
    { processingLooks: Number.POSITIVE_INFINITY },
    { retryAfter: { authorization: 0, order: new Date('2026-06-01T12:00:00Z') } },
    { retryAfter: { renewalInfo: 21_600 } },
    { httpPort: 1, httpsPort: 65_535 },
    { renewalInfo: false },
    { externalAccount: { required: true, keys: [{ kid: 'a', hmacKey: 'A'.repeat(22), reusable: true }] } },
    { profiles: { classic: { description: 'The default.' }, short: { description: 'x', lifetimeSeconds: 60, maxNames: 25 } } },
    { limits: LETS_ENCRYPT_LIMITS },
  ])('may be %j', (settings) => {
    expect(checkedSettings(settings)).toEqual({ ...CA_DEFAULTS, ...settings })
  })

  it.each<[string, Record<string, unknown>]>([
    ['lifetimeSeconds', { lifetimeSeconds: 0 }],
    ['lifetimeSeconds', { lifetimeSeconds: 0.5 }],
    ['lifetimeSeconds', { lifetimeSeconds: TEN_YEARS + 1 }],
    ['lifetimeSeconds', { lifetimeSeconds: Number.NaN }],
    ['lifetimeSeconds', { lifetimeSeconds: Number.POSITIVE_INFINITY }],
    ['lifetimeSeconds', { lifetimeSeconds: null }],
    ['lifetimeSeconds', { lifetimeSeconds: '90' }],
    ['reuseAuthorizations', { reuseAuthorizations: 1 }],
    ['nonceReject', { nonceReject: -0.1 }],
    ['nonceReject', { nonceReject: 1.1 }],
    ['nonceReject', { nonceReject: 20 }],
    ['nonceReject', { nonceReject: Number.NaN }],
    ['delayMs', { delayMs: -1 }],
    ['delayMs', { delayMs: Number.NaN }],
    ['delayMs', { delayMs: Number.POSITIVE_INFINITY }],
    ['processingLooks', { processingLooks: -1 }],
    ['processingLooks', { processingLooks: Number.NaN }],
    ['retryAfter.order', { retryAfter: { order: -1 } }],
    ['retryAfter.authorization', { retryAfter: { authorization: new Date(Number.NaN) } }],
    ['retryAfter.order', { retryAfter: { order: '3' } }],
    ['retryAfter', { retryAfter: null }],
    ['retryAfter', { retryAfter: 3 }],
    ['alternateChains', { alternateChains: 13 }],
    ['sentChain', { sentChain: 'none' }],
    ['httpPort', { httpPort: 0 }],
    ['httpsPort', { httpsPort: '443' }],
    ['renewalInfo', { renewalInfo: 'no' }],
    ['externalAccount', { externalAccount: true }],
    ['externalAccount.required', { externalAccount: { required: 1 } }],
    ['externalAccount.keys', { externalAccount: { keys: {} } }],
    ['externalAccount.keys', { externalAccount: { keys: [KEY, KEY] } }],
    ['A key of externalAccount', { externalAccount: { keys: [{ ...KEY, kid: '' }] } }],
    ['A key of externalAccount', { externalAccount: { keys: [{ ...KEY, hmacKey: 'short' }] } }],
    ['A key of externalAccount', { externalAccount: { keys: [{ ...KEY, hmacKey: '!'.repeat(22) }] } }],
    ['A member of externalAccount', { externalAccount: { kid: 'a' } }],
    ['profiles', { profiles: [] }],
    ['The name of a profile', { profiles: { 6: { description: 'x' } } }],
    ['profiles.a.description', { profiles: { a: {} } }],
    ['profiles.a.lifetimeSeconds', { profiles: { a: { description: 'x', lifetimeSeconds: TEN_YEARS + 1 } } }],
    ['profiles.a.maxNames', { profiles: { a: { description: 'x', maxNames: 101 } } }],
    ['A member of limits', { limits: { newOrders: { count: 1, perSeconds: 1 } } }],
    ['limits.newAccounts.count', { limits: { newAccounts: { count: 0, perSeconds: 1 } } }],
    ['limits.newAccounts.perSeconds', { limits: { newAccounts: { count: 1 } } }],
    ['limits.newAccounts.burst', { limits: { newAccounts: { count: 1, perSeconds: 1, burst: 0.5 } } }],
    ['A member of limits.requests', { limits: { requests: { nonce: { count: 1, perSeconds: 1 } } } }],
    ['A member of retryAfter', { retryAfter: { finalize: 3 } }],
    ['A member of settings', { nonceRejects: 0.2 }],
  ])('are refused at its start: %s of %j', async (what, settings) => {
    await expect(startCa(settings)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`${what}: expected `),
      hint: expect.stringMatching(/^Such as /),
    })
  })

  it('are the defaults where they are undefined', () => {
    const given = Object.fromEntries(Object.keys(CA_DEFAULTS).map((member) => [member, undefined]))
    expect(checkedSettings(given)).toEqual(CA_DEFAULTS)
    const retryAfter: Record<string, undefined> = { authorization: undefined }
    expect(checkedSettings(Object.assign({}, { retryAfter })).retryAfter.authorization).toBeUndefined()
  })

  it('refuse nonsense where it is assigned, and stay as they were', async () => {
    const { settings } = await startCa({ retryAfter: { order: 3 } })
    const before = { ...settings }
    const usage = (what: string) =>
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(`${what}: expected `) })
    const assign = (values: object) => () => Object.assign(settings, values)
    for (const wrong of [Number.NaN, -1, 'x', null, {}]) {
      for (const member of ['lifetimeSeconds', 'nonceReject', 'delayMs', 'processingLooks', 'reuseAuthorizations', 'retryAfter'])
        if (member !== 'retryAfter' || !(wrong instanceof Object))
          expect(assign({ [member]: wrong }), member).toThrow(usage(member))
      expect(() => Object.assign(settings.retryAfter, { order: wrong })).toThrow(usage('retryAfter.order'))
    }
    expect(assign({ nonceRejects: 0.2 })).toThrow(usage('A member of settings'))
    expect(assign(Object.create(null, { delayMs: { value: Object.create(null), enumerable: true } }))).toThrow(usage('delayMs'))
    expect(settings).toEqual(before)
  })

  it('can be set while it runs, copied, and put back', () => {
    const settings = checkedSettings({ retryAfter: { order: 3 } })
    const good = { ...settings }
    Object.assign(settings, { lifetimeSeconds: 60, processingLooks: Number.POSITIVE_INFINITY })
    settings.retryAfter = { authorization: 1 }
    settings.retryAfter.order = 2
    expect(settings).toMatchObject({ lifetimeSeconds: 60, retryAfter: { authorization: 1, order: 2 } })
    Object.assign(settings, good)
    expect(settings).toEqual({ ...CA_DEFAULTS, retryAfter: { order: 3 } })
    Object.assign(settings, { lifetimeSeconds: 60 })
    Object.assign(settings, { lifetimeSeconds: undefined })
    expect(settings.lifetimeSeconds).toBe(CA_DEFAULTS.lifetimeSeconds)
  })

  it('tell no secret of an external account that was put into the wrong place', () => {
    const secret = 'secret-secret-secret!'
    for (const keys of [[{ kid: 'a', hmacKey: secret }], [secret], [{ [secret]: 1 }]])
      expect(() => Object.assign(checkedSettings({}), { externalAccount: { keys } })).toThrow(
        expect.objectContaining({ code: 'USAGE', message: expect.not.stringContaining('secret-') }),
      )
  })

  it('are its own: not those of another CA, nor of the caller', () => {
    const given = { retryAfter: { order: 3 } }
    const [one, two] = [checkedSettings(given), checkedSettings({})]
    one.retryAfter.order = 5
    two.retryAfter.order = 7
    given.retryAfter.order = Number.NaN
    expect([one.retryAfter.order, checkedSettings({}).retryAfter.order, CA_DEFAULTS.retryAfter.order]).toEqual([
      5,
      undefined,
      undefined,
    ])
  })

  it('keep getters, which go by the time at which they are asked', () => {
    let seconds = 1
    const settings = checkedSettings({})
    settings.retryAfter = {
      get order() {
        return seconds
      },
    }
    seconds = 2
    expect(settings.retryAfter.order).toBe(2)
  })
})
