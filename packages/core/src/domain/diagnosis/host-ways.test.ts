import { describe, expect, it } from 'vitest'
import { asHostHasIt } from './host-ways.ts'
import { NO_CNAME_HERE } from './routing-apex.ts'

const zone = 'example.test'
const target = 'edge.hosting.test'

/** A name that should be a CNAME and shows an address in its place. */
function shown(name: string, problem: string, more: 'CNAME' | 'addresses') {
  const wanted = more === 'CNAME' ? [{ type: 'CNAME', value: target }] : ['A', 'AAAA'].map((type, i) => ({ type, value: `${i}` }))
  const [first, ...others] = wanted.map(({ type, value }) => ({ type: type as 'A', name, value }))
  if (!first) throw new Error('nothing is wanted')
  const remove = [{ type: 'A' as const, name, value: '104.16.132.229' }]
  return {
    problem,
    record: { type: 'CNAME' as const, name, expected: [target] },
    explanation: 'It is not right. Do it as everywhere.',
    advice: ['Do it as everywhere.'],
    fix: { action: 'change', ...first, ...(others.length > 0 && { more: others }), remove },
  }
}

describe('at Cloudflare', () => {
  it('an address of its own proxy stands in no record: the record is edited, and nothing is removed', () => {
    const told = asHostHasIt(shown('shop.example.test', 'ROUTING_PROXIED', 'CNAME'), 'cloudflare', zone)
    expect(told.fix).toEqual({ action: 'change', type: 'CNAME', name: 'shop.example.test', value: target })
    expect(told.advice).toEqual([expect.stringMatching(/edit the record "shop": click its orange cloud/)])
    expect(told.explanation).toBe(`It is not right. ${told.advice?.[0]}`)
  })

  it('the apex has a CNAME as well', () => {
    const proxied = asHostHasIt(shown(zone, 'ROUTING_PROXIED', 'addresses'), 'cloudflare', zone)
    expect(proxied.fix).toEqual({ action: 'change', type: 'CNAME', name: zone, value: target })
    expect(proxied.advice[0]).toContain('the record "@"')
    const old = asHostHasIt(shown(zone, 'CNAME_AT_APEX', 'addresses'), 'cloudflare', zone)
    expect(old.fix).toMatchObject({ type: 'CNAME', value: target, remove: [{ type: 'A' }] })
    expect(old.fix).not.toHaveProperty('more')
    const explanation = `It leads nowhere. ${NO_CNAME_HERE} Do it as everywhere.`
    const told = asHostHasIt({ ...shown(zone, 'CNAME_AT_APEX', 'addresses'), explanation }, 'cloudflare', zone)
    expect(told.explanation).toMatch(/^It leads nowhere\. Cloudflare takes a CNAME/)
  })

  it('addresses beside mail stay addresses', () => {
    const told = asHostHasIt(shown('shop.example.test', 'ROUTING_PROXIED', 'addresses'), 'cloudflare', zone)
    expect(told.fix).toMatchObject({ type: 'A', more: [{ type: 'AAAA' }] })
  })

  it('an alias to another host behind a proxy is a record, and goes', () => {
    const alias = shown('shop.example.test', 'ROUTING_PROXIED', 'CNAME')
    const remove = [{ type: 'CNAME' as const, name: 'shop.example.test', value: 'old.test' }]
    const check = { ...alias, fix: { ...alias.fix, remove } }
    expect(asHostHasIt(check, 'cloudflare', zone)).toEqual(check)
  })
})

it('elsewhere nobody is sent to look for an ALIAS that is not offered', () => {
  for (const host of ['godaddy', 'route53'] as const) {
    const told = asHostHasIt(shown(zone, 'CNAME_AT_APEX', 'addresses'), host, zone)
    expect(told).toMatchObject({ fix: { type: 'A', more: [{ type: 'AAAA' }] } })
    expect(told.advice).toEqual([`Ask your hosting company to tell you when the addresses of ${target} change.`])
    const below = shown('shop.example.test', 'ROUTING_PROXIED', 'CNAME')
    expect(asHostHasIt(below, host, zone)).toEqual(below)
  }
})

it('how names are entered at a known host is said by its form', () => {
  const told = asHostHasIt(shown('shop.example.test', 'RECORD_ZONE_DOUBLED', 'CNAME'), 'godaddy', zone)
  expect(told.explanation).toBe('It is not right.')
  expect(told).not.toHaveProperty('advice')
})

it('what waits, or has no fix, stays as it is', () => {
  const check = shown(zone, 'CNAME_AT_APEX', 'addresses')
  const waiting = { ...check, fix: { ...check.fix, action: 'wait' } }
  expect(asHostHasIt(waiting, 'cloudflare', zone)).toEqual(waiting)
  const { fix: _, ...told } = check
  expect(asHostHasIt(told, 'cloudflare', zone)).toEqual(told)
})
