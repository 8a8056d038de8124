import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HealthCheckOptions, healthCheckSettings, healthTargets, measuredOf } from './health-check.ts'

const NAMES = [{ name: 'example.com' }, { name: 'www.example.com' }, { name: '*.shop.example.com' }]

describe('what health checks measure', () => {
  it('is each name that is no wildcard, where nothing was chosen', () => {
    expect(healthTargets({ names: NAMES })).toEqual([{ name: 'example.com' }, { name: 'www.example.com' }])
    expect(healthTargets({ names: NAMES, healthCheck: false })).toEqual([])
    expect(healthTargets({ names: [{ name: '*.example.com' }] })).toEqual([])
  })

  it('may be hosts that a wildcard covers, and servers that the DNS does not name', () => {
    const healthCheck = healthCheckSettings(
      {
        names: ['A.shop.example.com.', 'a.shop.example.com', 'example.com'],
        addresses: ['192.0.2.1', '2001:DB8:0::1', '192.0.2.1'],
        port: 8443,
        page: { status: [204, 200, 204] },
        endpoint: { path: '/healthz?deep=1', port: 9000, text: 'ok' },
      },
      NAMES,
    )
    const measured = {
      addresses: ['192.0.2.1', '2001:db8::1'],
      port: 8443,
      page: { path: '/', status: [200, 204] },
      endpoint: { path: '/healthz?deep=1', text: 'ok', port: 9000 },
    }
    expect(healthCheck).toEqual({ names: ['a.shop.example.com', 'example.com'], ...measured })
    expect(healthTargets({ names: NAMES, ...(healthCheck && { healthCheck }) })).toEqual([
      { name: 'a.shop.example.com', ...measured },
      { name: 'example.com', ...measured },
    ])
  })

  it('is the usual where nothing is said', () => {
    expect(healthCheckSettings({ page: {}, names: [], addresses: [] }, NAMES)).toBeUndefined()
  })

  it.each<[HealthCheckOptions, RegExp]>([
    [{ names: ['*.shop.example.com'] }, /stands for no one host/],
    [{ names: ['b.a.shop.example.com'] }, /is not for b\.a\.shop/],
    [{ names: ['shop.example.com'] }, /is not for shop/],
    [{ names: ['evil-example.com'] }, /is not for evil/],
    [{ addresses: ['example.com'] }, /is not an IP address/],
    [{ addresses: ['0.0.0.0'] }, /unspecified/],
    [{ addresses: Array.from({ length: 9 }, (_, i) => `192.0.2.${i + 1}`) }, /9 addresses/],
    [{ port: 0 }, /no port/],
    [{ port: 1.5 }, /no port/],
    [{ page: { path: 'x' } }, /no path/],
    [{ page: { path: '/a b' } }, /no path/],
    [{ page: { path: '/a\r\nHost: b' } }, /no path/],
    [{ page: { path: '/#a' } }, /no path/],
    [{ endpoint: { path: `/${'a'.repeat(1024)}` } }, /no path/],
    [{ page: { status: [] } }, /statuses/],
    [{ page: { status: [101] } }, /statuses/],
    [{ page: { status: [Number.NaN] } }, /statuses/],
    [{ page: { text: '' } }, /is empty/],
    [{ endpoint: { path: '/', port: 65_536 } }, /no port/],
  ])('is not %j', (options, message) => {
    expect(() => healthCheckSettings(options, NAMES)).toThrow(message)
  })

  it('is kept as it was understood', () => {
    const path = fc.stringMatching(/^\/[a-z0-9/?=&.%-]{0,20}$/)
    const answer = fc.record(
      {
        path,
        status: fc.array(fc.integer({ min: 200, max: 599 }), { minLength: 1, maxLength: 5 }),
        text: fc.string({ minLength: 1 }),
      },
      { requiredKeys: ['path'] },
    )
    const port = fc.integer({ min: 1, max: 65_535 })
    const options = fc.record(
      { page: answer, endpoint: answer, port, addresses: fc.array(fc.ipV4(), { maxLength: 3 }) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(options, (asked) => {
        let once: ReturnType<typeof measuredOf>
        try {
          once = measuredOf(asked)
        } catch {
          return
        }
        expect(measuredOf(JSON.parse(JSON.stringify(once)))).toEqual(once)
      }),
    )
  })
})
