import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgePlace, type Place, placesOf, type WantedSet } from './places.ts'
import type { Sighting } from './record.ts'

const zone = 'example.com'
const token = '0123456789abcdef0123456789abcdef'
const ownership: WantedSet = {
  purpose: 'ownership',
  type: 'TXT',
  name: '_domainctl.shop.example.com',
  values: [`domainctl=${token}`],
}
const delegation: WantedSet = {
  purpose: 'delegation',
  type: 'CNAME',
  name: '_acme-challenge.shop.example.com',
  values: [`${token}.validation.net`],
}
const routing: WantedSet = { purpose: 'routing', type: 'CNAME', name: 'shop.example.com', values: ['edge.hosting.net'] }
const addresses: WantedSet = { purpose: 'routing', type: 'A', name: 'example.com', values: ['192.0.2.1', '192.0.2.2'] }

const at = (...values: string[]): Sighting => ({ server: 'ns1', rcode: 'NOERROR', usable: true, values })
const dead: Sighting = { ...at(), rcode: 'timeout', usable: false }
const list = (wanted: WantedSet, ...routed: string[]) =>
  placesOf(wanted, zone, new Set(routed)).map(({ problem, type, name }) => `${problem} ${type} ${name}`)

function placeOf(wanted: WantedSet, problem: string, ...routed: string[]): Place {
  const place = placesOf(wanted, zone, new Set(routed)).find((place) => place.problem === problem)
  if (!place) throw new Error(`${problem} is no place of it`)
  return place
}

describe('placesOf', () => {
  it('are those of a record below a label with an underscore', () => {
    expect(list(ownership)).toEqual([
      'RECORD_ZONE_DOUBLED TXT _domainctl.shop.example.com.example.com',
      'RECORD_AT_NAME TXT shop.example.com',
      'RECORD_UNDERSCORE_MISSING TXT domainctl.shop.example.com',
      'RECORD_AT_APEX TXT _domainctl.example.com',
    ])
    expect(list({ ...delegation, name: '_acme-challenge.example.com' })).toEqual([
      'RECORD_ZONE_DOUBLED CNAME _acme-challenge.example.com.example.com',
      'RECORD_AT_NAME CNAME example.com',
      'RECORD_UNDERSCORE_MISSING CNAME acme-challenge.example.com',
    ])
  })

  it('are those of a website, and the name with or without www. where both are wanted', () => {
    const doubled = 'RECORD_ZONE_DOUBLED CNAME shop.example.com.example.com'
    expect(list(routing, 'shop.example.com')).toEqual([doubled])
    const both = ['shop.example.com', 'www.shop.example.com']
    expect(list(routing, ...both)).toEqual([doubled, 'RECORD_WWW_ONLY CNAME www.shop.example.com'])
    expect(list({ ...routing, name: 'www.shop.example.com' }, ...both)).toContain('RECORD_WWW_MISSING CNAME shop.example.com')
    expect(list(addresses, 'example.com')).toEqual(['RECORD_ZONE_DOUBLED A example.com.example.com'])
  })

  it('are at most four, in the zone, never the right one, and short enough to be asked', () => {
    const label = fc.stringMatching(/^[a-z0-9_]{1,40}$/)
    const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'))
    const purposes = fc.constantFrom('ownership', 'routing', 'delegation')
    const types = fc.constantFrom('TXT', 'CNAME', 'A', 'AAAA')
    fc.assert(
      fc.property(purposes, types, name, name, (purpose, type, below, apex) => {
        const wanted = { purpose, type, name: `${below}.${apex}`, values: ['x'] } as const
        const both = new Set([wanted.name, `www.${wanted.name}`, wanted.name.slice(4)])
        const places = placesOf({ ...wanted, values: ['x'] }, apex, both)
        expect(places.length).toBeLessThanOrEqual(4)
        for (const place of places) {
          expect(place.name === apex || place.name.endsWith(`.${apex}`)).toBe(true)
          expect(place.name.length).toBeLessThanOrEqual(253)
          expect(`${place.type} ${place.name}`).not.toBe(`${type} ${wanted.name}`)
        }
      }),
    )
  })
})

describe('judgePlace', () => {
  it.each([
    ['RECORD_ZONE_DOUBLED', ownership],
    ['RECORD_ZONE_DOUBLED', delegation],
    ['RECORD_ZONE_DOUBLED', routing],
    ['RECORD_ZONE_DOUBLED', addresses],
    ['RECORD_AT_NAME', ownership],
    ['RECORD_UNDERSCORE_MISSING', delegation],
    ['RECORD_AT_APEX', ownership],
  ])('%s: the record that has to go is named', (problem, wanted) => {
    const place = placeOf(wanted, problem)
    const finding = judgePlace(wanted, zone, place, [at('v=spf1', ...wanted.values), at(...wanted.values), dead])
    const remove = wanted.values.map((value) => ({ type: wanted.type, name: place.name, value }))
    expect(finding).toMatchObject({ problem, state: 'missing', action: 'create', actor: 'customer', remove })
    expect(finding?.explanation).toContain(place.name)
  })

  it.each([
    ['RECORD_WWW_ONLY', routing, 'www.shop.example.com'],
    ['RECORD_WWW_MISSING', { ...routing, name: 'www.shop.example.com' }, 'shop.example.com'],
  ] as const)('%s: nothing has to go', (problem, wanted, other) => {
    const finding = judgePlace(wanted, zone, placeOf(wanted, problem, other), [at(...wanted.values)])
    expect(finding).toMatchObject({ problem, action: 'create' })
    expect(finding).not.toHaveProperty('remove')
  })

  it('takes a value with a slip for the record, and no other value', () => {
    const place = placeOf(routing, 'RECORD_ZONE_DOUBLED')
    expect(judgePlace(routing, zone, place, [at('edge.hosting.net.example.com')])).toMatchObject({
      remove: [{ value: 'edge.hosting.net.example.com' }],
    })
    for (const value of ['old.hosting.net', '192.0.2.1']) expect(judgePlace(routing, zone, place, [at(value)])).toBeUndefined()
    const apex = placeOf(ownership, 'RECORD_AT_APEX')
    expect(judgePlace(ownership, zone, apex, [at(`domainctl=${token.replaceAll('0', 'f')}`)])).toBeUndefined()
  })

  it('wants all addresses, the same at every server that answers, and none that a wildcard gives', () => {
    const place = placeOf(addresses, 'RECORD_ZONE_DOUBLED')
    expect(judgePlace(addresses, zone, place, [at('192.0.2.1')])).toBeUndefined()
    expect(judgePlace(addresses, zone, place, [at(...addresses.values), at('192.0.2.1')])).toBeUndefined()
    expect(judgePlace(addresses, zone, place, [dead])).toBeUndefined()
    expect(judgePlace(addresses, zone, place, [])).toBeUndefined()
    expect(judgePlace(addresses, zone, place, [at(...addresses.values)], [at(...addresses.values)])).toBeUndefined()
    expect(judgePlace(addresses, zone, place, [at(...addresses.values)], [at()])).toMatchObject({
      problem: 'RECORD_ZONE_DOUBLED',
    })
  })
})
