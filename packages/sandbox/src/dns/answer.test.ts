import { describe, expect, it } from 'vitest'
import { answerQuestion } from './answer.ts'
import { changesByHand } from './changes-by-hand.ts'
import { DS } from './find-in-zone.ts'
import type { SandboxRecord } from './name-servers.ts'
import { recursive } from './name-service.ts'
import { Primary } from './primary.ts'
import { CLASS, RCODE, type ResourceRecord, TYPE } from './resource-record.ts'
import { createWorld } from './world.ts'

const RECORDS: SandboxRecord[] = [
  { name: 'www.example.test', type: 'CNAME', value: 'edge.example.test' },
  { name: 'edge.example.test', type: 'A', value: '127.0.0.9' },
  { name: 'out.example.test', type: 'CNAME', value: 'www.other.test' },
  { name: 'www.other.test', type: 'CNAME', value: 'host.sub.example.test' },
  { name: 'host.sub.example.test', type: 'TXT', value: 'far' },
  { name: 'gone.example.test', type: 'CNAME', value: 'nowhere.example.test' },
  { name: 'loop.example.test', type: 'CNAME', value: 'pool.example.test' },
  { name: 'pool.example.test', type: 'CNAME', value: 'loop.example.test' },
  { name: 'a.ent.example.test', type: 'A', value: '127.0.0.9' },
  { name: '*.wild.example.test', type: 'TXT', value: 'any' },
  { name: 'x.b.wild.example.test', type: 'A', value: '127.0.0.9' },
  { name: '*.alias.example.test', type: 'CNAME', value: 'edge.example.test' },
  { name: 'away.example.test', type: 'NS', value: 'ns.away.example.test' },
  { name: 'ns.away.example.test', type: 'A', value: '127.0.0.77' },
  { name: 'toaway.example.test', type: 'CNAME', value: 'x.away.example.test' },
]

function world(records = RECORDS) {
  const apexes = ['example.test', 'sub.example.test', 'other.test']
  const zones = createWorld(apexes, 2)
  const primary = new Primary(zones, apexes, [], 0)
  for (const record of records) changesByHand(primary).add(record)
  return { zones, primary }
}
const { zones } = world()
const shown = (records: readonly ResourceRecord[]) => records.map(({ name, type }) => `${name} ${type}`)
const of = (name: string, type: number) => {
  const { answer, authority, additional, ...rest } = answerQuestion(zones, name, type)
  return { ...rest, answer: shown(answer), authority: shown(authority), additional: shown(additional) }
}
const NEGATIVE = { authoritative: true, answer: [], authority: ['example.test 6'], additional: [] }

describe('answerQuestion', () => {
  it('answers with the records of the name', () => {
    expect(of('edge.example.test', TYPE.A)).toMatchObject({ rcode: 0, authoritative: true, answer: ['edge.example.test 1'] })
  })

  it('says with an SOA that a name has no such records, or is none', () => {
    expect(of('edge.example.test', TYPE.TXT)).toEqual({ rcode: RCODE.NOERROR, ...NEGATIVE })
    expect(of('ent.example.test', TYPE.TXT)).toEqual({ rcode: RCODE.NOERROR, ...NEGATIVE })
    expect(of('none.example.test', TYPE.TXT)).toEqual({ rcode: RCODE.NXDOMAIN, ...NEGATIVE })
    expect(of('x.edge.example.test', TYPE.TXT)).toEqual({ rcode: RCODE.NXDOMAIN, ...NEGATIVE })
    expect(answerQuestion(zones, 'none.example.test', TYPE.A).authority[0]?.ttl).toBe(0)
  })

  it('answers from the root for what is in no zone', () => {
    expect(of('example.com', TYPE.A)).toMatchObject({ rcode: RCODE.NXDOMAIN, authority: [' 6'] })
    expect(of('none.test', TYPE.A)).toMatchObject({ rcode: RCODE.NXDOMAIN, authority: ['test 6'] })
    expect(of('', TYPE.NS)).toMatchObject({ answer: [' 2', ' 2'], additional: ['ns1 1', 'ns2 1'] })
  })

  it('answers at the top of a zone from the zone, with the addresses of its servers', () => {
    expect(of('sub.example.test', TYPE.NS)).toMatchObject({
      authoritative: true,
      answer: ['sub.example.test 2', 'sub.example.test 2'],
      additional: ['ns1.sub.example.test 1', 'ns2.sub.example.test 1'],
    })
    expect(of('sub.example.test', TYPE.SOA)).toMatchObject({ authoritative: true, answer: ['sub.example.test 6'] })
    expect(of('ns1.sub.example.test', TYPE.A)).toMatchObject({ authoritative: true, answer: ['ns1.sub.example.test 1'] })
  })

  it('answers for DS at a cut from the parent', () => {
    expect(of('sub.example.test', DS)).toEqual({ rcode: RCODE.NOERROR, ...NEGATIVE })
    expect(of('', DS)).toMatchObject({ rcode: RCODE.NOERROR, authority: [' 6'] })
  })

  it('refers to the servers of a zone that is elsewhere, with glue', () => {
    const referral = { authoritative: false, isReferral: true, answer: [], authority: ['away.example.test 2'] }
    for (const name of ['away.example.test', 'x.y.away.example.test', 'ns.away.example.test']) {
      expect(of(name, TYPE.A)).toEqual({ rcode: 0, ...referral, additional: ['ns.away.example.test 1'] })
    }
    expect(of('away.example.test', DS)).toEqual({ rcode: RCODE.NOERROR, ...NEGATIVE })
    expect(of('toaway.example.test', TYPE.A)).toMatchObject({ authoritative: true, answer: ['toaway.example.test 5'] })
  })

  it('follows aliases inside of the zone', () => {
    expect(of('www.example.test', TYPE.A).answer).toEqual(['www.example.test 5', 'edge.example.test 1'])
    expect(of('www.example.test', TYPE.TXT)).toMatchObject({ answer: ['www.example.test 5'], authority: ['example.test 6'] })
    expect(of('www.example.test', TYPE.CNAME).answer).toEqual(['www.example.test 5'])
    expect(of('gone.example.test', TYPE.A)).toMatchObject({ rcode: RCODE.NXDOMAIN, answer: ['gone.example.test 5'] })
    expect(of('out.example.test', TYPE.A)).toMatchObject({ rcode: 0, answer: ['out.example.test 5'], authority: [] })
    expect(of('loop.example.test', TYPE.A)).toMatchObject({ rcode: 0 })
  })

  it('lets wildcards stand for names below the closest encloser alone', () => {
    expect(of('y.wild.example.test', TYPE.TXT).answer).toEqual(['y.wild.example.test 16'])
    expect(of('z.y.wild.example.test', TYPE.TXT).answer).toEqual(['z.y.wild.example.test 16'])
    expect(of('*.wild.example.test', TYPE.TXT).answer).toEqual(['*.wild.example.test 16'])
    expect(of('y.wild.example.test', TYPE.A)).toEqual({ rcode: RCODE.NOERROR, ...NEGATIVE })
    expect(of('wild.example.test', TYPE.TXT)).toEqual({ rcode: RCODE.NOERROR, ...NEGATIVE })
    expect(of('b.wild.example.test', TYPE.TXT)).toEqual({ rcode: RCODE.NOERROR, ...NEGATIVE })
    expect(of('y.b.wild.example.test', TYPE.TXT)).toEqual({ rcode: RCODE.NXDOMAIN, ...NEGATIVE })
    expect(of('y.alias.example.test', TYPE.A).answer).toEqual(['y.alias.example.test 5', 'edge.example.test 1'])
  })

  it('answers ANY with one set (RFC 8482)', () => {
    expect(of('example.test', TYPE.ANY).answer).toEqual(['example.test 6'])
    expect(of('www.example.test', TYPE.ANY).answer).toEqual(['www.example.test 5'])
    expect(of('ent.example.test', TYPE.ANY)).toEqual({ rcode: RCODE.NOERROR, ...NEGATIVE })
  })
})

describe('the resolver', () => {
  const resolve = (from: typeof zones, name: string, type: number) => {
    const question = { name, type, class: CLASS.IN, end: 0 }
    const query = { question, recursionDesired: true, checkingDisabled: false, edns: undefined }
    const [reply] = recursive(() => from)(query, 'udp')
    if (!reply) throw new Error('every question has an answer')
    return reply
  }

  it('follows aliases through all zones', () => {
    const found = resolve(zones, 'out.example.test', TYPE.TXT)
    expect(shown(found.answer)).toEqual(['out.example.test 5', 'www.other.test 5', 'host.sub.example.test 16'])
    expect(found).toMatchObject({ rcode: RCODE.NOERROR, authoritative: false })
  })

  it('says at the end of a chain what there is not', () => {
    expect(resolve(zones, 'gone.example.test', TYPE.A)).toMatchObject({ rcode: RCODE.NXDOMAIN })
    expect(shown(resolve(zones, 'out.example.test', TYPE.A).authority)).toEqual(['sub.example.test 6'])
  })

  it('fails on loops and on delegations to nowhere', () => {
    for (const name of ['loop.example.test', 'away.example.test', 'toaway.example.test']) {
      expect(resolve(zones, name, TYPE.A)).toMatchObject({ rcode: RCODE.SERVFAIL, answer: [] })
    }
    expect(resolve(zones, 'loop.example.test', TYPE.CNAME)).toMatchObject({ rcode: RCODE.NOERROR })
  })

  it('ends for every type at loops and chains of any length', () => {
    const zone = (of: number) => (of % 3 ? 'example.test' : 'other.test')
    const aliases = (from: number, to: (index: number) => number) =>
      Array.from({ length: 40 }, (_, index): SandboxRecord => {
        const [name, target] = [from + index, from + to(index)]
        return { name: `c${name}.${zone(name)}`, type: 'CNAME', value: `c${target}.${zone(target)}` }
      })
    const itself = { name: 'self.example.test', type: 'CNAME', value: 'self.example.test' } as const
    const { zones } = world([itself, ...aliases(0, (index) => (index + 1) % 40), ...aliases(100, (index) => index + 1)])
    for (let type = 1; type < 300; type++) {
      if (type === TYPE.AXFR) continue
      const isAlias = type === TYPE.CNAME || type === TYPE.ANY
      for (const name of ['self.example.test', 'c1.example.test', 'c100.example.test']) {
        expect(resolve(zones, name, type)).toMatchObject({
          rcode: isAlias ? RCODE.NOERROR : RCODE.SERVFAIL,
          answer: { length: isAlias ? 1 : 0 },
        })
      }
    }
  })

  it('follows 16 aliases, and no 17', () => {
    const chain = Array.from({ length: 17 }, (_, index): SandboxRecord => {
      const zone = (of: number) => (of % 2 ? 'example.test' : 'other.test')
      return { name: `c${index}.${zone(index)}`, type: 'CNAME', value: `c${index + 1}.${zone(index + 1)}` }
    })
    const chained = world([...chain, { name: 'c17.example.test', type: 'A', value: '127.0.0.1' }]).zones
    expect(resolve(chained, 'c1.example.test', TYPE.A)).toMatchObject({ rcode: RCODE.NOERROR })
    expect(resolve(chained, 'c0.other.test', TYPE.A)).toMatchObject({ rcode: RCODE.SERVFAIL })
  })
})
