import { describe, expect, it } from 'vitest'
import { startCa } from './acme.test.support.ts'
import { checkedSettings } from './checked-options.ts'
import { CA_DEFAULTS, type CaSettings } from './settings.ts'

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
  ])('may be %j', (settings) => {
    expect(checkedSettings(settings)).toEqual({ ...CA_DEFAULTS, ...settings })
  })

  it.each<[string, Record<string, unknown>]>([
    ['lifetimeSeconds', { lifetimeSeconds: 0 }],
    ['lifetimeSeconds', { lifetimeSeconds: 0.5 }],
    ['lifetimeSeconds', { lifetimeSeconds: TEN_YEARS + 1 }],
    ['lifetimeSeconds', { lifetimeSeconds: Number.NaN }],
    ['lifetimeSeconds', { lifetimeSeconds: Number.POSITIVE_INFINITY }],
    ['lifetimeSeconds', { lifetimeSeconds: undefined }],
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
  ])('are refused at its start: %s of %j', async (what, settings) => {
    await expect(startCa(settings)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`${what}: expected `),
      hint: expect.stringMatching(/^Such as /),
    })
  })
})
