import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parentOf } from './name-path.ts'
import { type ResourceRecord, TYPE } from './resource-record.ts'
import { newSoa, nextSoa, serialOf } from './soa.ts'
import { writeName } from './wire-name.ts'
import { Zone } from './zone.ts'
import type { ZoneChange } from './zone-changes.ts'

const ns: ResourceRecord = { name: 'example.test', type: TYPE.NS, ttl: 60, rdata: writeName('ns1.example.test') }
const zone = () => new Zone('example.test', [newSoa('example.test'), ns])
const serial = ({ soa }: Zone) => serialOf(soa.rdata)
const a = (name: string, octet = 1, ttl = 60): ResourceRecord => ({
  name,
  type: TYPE.A,
  ttl,
  rdata: Uint8Array.of(127, 0, 0, octet),
})
const cname = (name: string, target: string): ResourceRecord => ({ name, type: TYPE.CNAME, ttl: 60, rdata: writeName(target) })
const add = (record: ResourceRecord): ZoneChange => ({ change: 'add', record })

describe('a zone', () => {
  it('is one version later after any number of changes, and the same after none', () => {
    const z = zone()
    expect(z.apply([add(a('x.example.test')), add(a('y.example.test'))])).toBe(true)
    expect(serial(z)).toBe(2)
    expect(z.apply([add(a('x.example.test'))])).toBe(false)
    expect(serial(z)).toBe(2)
  })

  it('gives the whole set the TTL of the record that was added last', () => {
    const z = zone()
    z.apply([add(a('x.example.test', 1, 60)), add(a('x.example.test', 2, 90))])
    expect(z.at('x.example.test').map(({ ttl }) => ttl)).toEqual([90, 90])
    expect(z.apply([add(a('x.example.test', 1, 5))])).toBe(true)
    expect(z.at('x.example.test').map(({ ttl, rdata }) => [ttl, rdata[3]])).toEqual([[5, 1], [5, 2]]) // biome-ignore format: pairs
  })

  it('never lets CNAME and other data meet, and has one CNAME at a name', () => {
    const z = zone()
    z.apply([add(a('x.example.test')), add(cname('x.example.test', 'y.test'))])
    expect(z.at('x.example.test')).toEqual([a('x.example.test')])
    z.apply([add(cname('c.example.test', 'y.test')), add(a('c.example.test')), add(cname('c.example.test', 'z.test'))])
    expect(z.at('c.example.test')).toEqual([cname('c.example.test', 'z.test')])
  })

  it('takes any number of values at one name', () => {
    const values = Array.from({ length: 30_000 }, (_, index) => ({
      ...a('x.example.test'),
      rdata: Uint8Array.of(127, index >> 16, (index >> 8) & 0xff, index & 0xff),
    }))
    // In time that grows with their number; with its square, these would take a minute.
    const z = zone()
    z.apply(values.slice(0, 15_000).map(add))
    for (const record of values.slice(15_000)) z.apply([add(record)])
    expect(z.at('x.example.test')).toHaveLength(30_000)
    z.apply(values.slice(1).map((record) => ({ change: 'remove', record })))
    expect(z.at('x.example.test')).toEqual(values.slice(0, 1))
  })

  it('has each record once, as it came first', () => {
    const [one, two] = [a('x.example.test', 1), a('x.example.test', 2)]
    const z = new Zone('example.test', [newSoa('example.test'), ns, ns, one, two, one])
    expect([...z.records()]).toEqual([newSoa('example.test'), ns, one, two])
  })

  it('keeps the SOA and the last NS of its apex', () => {
    const z = zone()
    z.apply([
      { change: 'remove', record: ns },
      { change: 'remove', record: z.soa },
      { change: 'remove-rrset', name: 'example.test', type: TYPE.NS },
      { change: 'remove-rrset', name: 'example.test', type: TYPE.SOA },
      { change: 'remove-name', name: 'example.test' },
    ])
    expect([...z.records()]).toEqual([newSoa('example.test'), ns])
    const other = { ...ns, rdata: writeName('ns2.example.test') }
    z.apply([add(other), { change: 'remove', record: ns }, { change: 'remove', record: other }])
    expect(z.at('example.test').filter(({ type }) => type === TYPE.NS)).toEqual([other])
  })

  it('takes an SOA that is later, with its serial', () => {
    const z = zone()
    const later = { ...newSoa('example.test'), rdata: nextSoa(nextSoa(newSoa('example.test').rdata)) }
    expect(z.apply([add(later)])).toBe(true)
    expect(serial(z)).toBe(3)
    expect(z.apply([add(newSoa('example.test')), add({ ...later, name: 'x.example.test' })])).toBe(false)
  })

  it('knows names between the apex and a record, as long as there is one', () => {
    const z = zone()
    z.apply([add(a('a.b.c.example.test'))])
    expect(z.sets('c.example.test')?.size).toBe(0)
    z.apply([{ change: 'remove-name', name: 'a.b.c.example.test' }])
    for (const name of ['a.b.c.example.test', 'b.c.example.test', 'c.example.test']) expect(z.sets(name)).toBeUndefined()
    expect(z.sets('example.test')).toBeDefined()
  })

  it('has exactly the names that have records, and those above them', () => {
    const name = fc.constantFrom('a', 'b.a', 'c.b.a', 'd', '\\.\\..d').map((label) => `${label}.example.test`)
    const change = fc.oneof(
      fc.record({ change: fc.constant('add' as const), record: fc.tuple(name, fc.nat(2)).map(([at, octet]) => a(at, octet)) }),
      fc.record({ change: fc.constant('add' as const), record: name.map((at) => cname(at, 'x.test')) }),
      fc.record({ change: fc.constant('remove' as const), record: fc.tuple(name, fc.nat(2)).map(([at, octet]) => a(at, octet)) }),
      fc.record({ change: fc.constant('remove-rrset' as const), name, type: fc.constantFrom(TYPE.A, TYPE.CNAME) }),
      fc.record({ change: fc.constant('remove-name' as const), name }),
    )
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const z = zone()
        z.apply(changes)
        const names = new Set([...z.records()].map((record) => record.name))
        for (const own of [...names]) for (let at = own; at !== 'example.test'; at = parentOf(at)) names.add(at)
        for (const at of ['a', 'b.a', 'c.b.a', 'd', '\\.\\..d'].map((label) => `${label}.example.test`)) {
          expect(z.sets(at) !== undefined).toBe(names.has(at))
        }
        // A copy is the same zone.
        expect([...new Zone('example.test', z.records()).records()]).toEqual([...z.records()])
      }),
    )
  })

  it('counts serials on past the largest, and leaves 0 out', () => {
    const { rdata } = newSoa('x')
    new DataView(rdata.buffer, rdata.byteOffset).setUint32(rdata.length - 20, 0xffff_ffff)
    expect(serialOf(nextSoa(rdata))).toBe(1)
  })
})
