import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSame, judgeStanding, keysOf, previousAfter, type RRsets, valueKey, wayBack } from './leading-records.ts'
import type { ReplacedRRset } from './model.ts'

const cname = (...values: string[]): ReplacedRRset => ({ type: 'CNAME', values, ttl: 300 })
const a = (...values: string[]): ReplacedRRset => ({ type: 'A', values, ttl: 300 })
const aaaa = (...values: string[]): ReplacedRRset => ({ type: 'AAAA', values, ttl: 300 })
const keys = (...rrsets: ReplacedRRset[]) => new Set(keysOf(rrsets))

/** What a name can have: nothing, a CNAME, or addresses of few hosts, so that sets meet. */
const anyRRsets: fc.Arbitrary<RRsets> = fc.oneof(
  fc.constant([]),
  fc.constantFrom('one.test', 'two.test', 'three.test').map((target) => [cname(target)]),
  fc
    .tuple(
      fc.subarray(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']),
      fc.subarray(['2001:db8::1', '2001:db8::2', '2001:db8::3']),
    )
    .map(([four, six]) => [...(four.length > 0 ? [a(...four)] : []), ...(six.length > 0 ? [aaaa(...six)] : [])]),
)
const anyWanted = anyRRsets.filter((rrsets) => rrsets.length > 0)

describe('judgeStanding', () => {
  test.each([
    ['the same in another spelling', [cname('EDGE.test.')], [cname('edge.test')], 'wanted'],
    ['an address in a long spelling', [aaaa('2001:0db8:0:0::1')], [aaaa('2001:db8::1')], 'wanted'],
    ['another order', [a('192.0.2.2', '192.0.2.1')], [a('192.0.2.1', '192.0.2.2')], 'wanted'],
    ['another TTL', [{ ...a('192.0.2.1'), ttl: 5, proxied: true }], [a('192.0.2.1')], 'wanted'],
    ['nothing', [], [cname('edge.test')], 'nothing'],
    ['another target', [cname('old.test')], [cname('edge.test')], 'foreign'],
    ['ours among others', [a('192.0.2.1', '192.0.2.9')], [a('192.0.2.1')], 'foreign'],
    ['a part', [a('192.0.2.1')], [a('192.0.2.1', '192.0.2.2')], 'foreign'],
    ['the other family as well', [a('192.0.2.1'), aaaa('2001:db8::1')], [a('192.0.2.1')], 'foreign'],
  ] as const)('%s', (_, standing, wanted, verdict) => {
    expect(judgeStanding(standing, wanted, new Set())).toBe(verdict)
  })

  test('what the journal has is ours; with one more value of others it is not', () => {
    const ours = keys(cname('edge.test'), a('192.0.2.1'))
    expect(judgeStanding([cname('edge.test')], [cname('new.test')], ours)).toBe('ours')
    expect(judgeStanding([a('192.0.2.1', '192.0.2.9')], [cname('new.test')], ours)).toBe('foreign')
  })

  test('nothing that stands and was not made by us is ever taken for ours', () => {
    fc.assert(
      fc.property(anyRRsets, anyWanted, anyRRsets, (standing, wanted, journal) => {
        const verdict = judgeStanding(standing, wanted, keys(...journal))
        const strange = keysOf(standing).filter((key) => !keysOf(journal).includes(key))
        if (verdict === 'ours') expect(strange).toEqual([])
        if (verdict === 'wanted') expect(isSame(standing, wanted)).toBe(true)
        if (verdict === 'foreign') expect(strange).not.toEqual([])
      }),
    )
  })
})

describe('previousAfter and wayBack', () => {
  test('whatever was replaced comes back, at whatever point it was stopped, and however often it was tried', () => {
    fc.assert(
      fc.property(anyRRsets, anyWanted, fc.array(fc.nat(2), { maxLength: 4 }), fc.nat(2), (original, wanted, stops, last) => {
        fc.pre(!isSame(original, wanted))
        const ours = keys(...wanted)
        // The order in which it is written: the old, nothing (where one type takes the place of another), the new.
        const stations: RRsets[] = [original, [], wanted]
        let standing = original
        let previous = previousAfter(original, new Set(), [])
        for (const stop of stops) {
          standing = stations[Math.max(stop, stations.indexOf(standing))] ?? standing
          previous = previousAfter(standing, ours, previous)
        }
        expect(isSame(previous, original)).toBe(true)
        standing = stations[Math.max(last, stations.indexOf(standing))] ?? standing
        const { act } = wayBack(standing, { ours, previous, isUnderway: true })
        expect(act).toBe(isSame(standing, original) ? 'done' : 'put-back')
      }),
    )
  })

  test('a part of the old set, which a provider takes away one by one, is no new set', () => {
    const old = [a('192.0.2.1', '192.0.2.2'), aaaa('2001:db8::1')]
    const ours = keys(cname('edge.test'))
    expect(previousAfter([a('192.0.2.2'), aaaa('2001:db8::1')], ours, old)).toEqual(old)
    expect(wayBack([a('192.0.2.2')], { ours, previous: old, isUnderway: true })).toEqual({ act: 'put-back' })
  })

  test('what others added to ours is kept for later beside what was there; what they made in its place is all there is', () => {
    const ours = keys(a('192.0.2.1', '192.0.2.2'))
    const old = [a('192.0.2.1', '192.0.2.3')]
    const added = [a('192.0.2.1', '192.0.2.2', '192.0.2.9')]
    expect(previousAfter(added, ours, old)).toEqual([a('192.0.2.1', '192.0.2.3', '192.0.2.9')])
    expect(previousAfter([cname('new.test')], ours, old)).toEqual([cname('new.test')])
  })

  test('TTL and proxy of what was there are kept', () => {
    const old: ReplacedRRset = { type: 'A', values: ['192.0.2.9'], ttl: 77, proxied: true }
    expect(previousAfter([old], keys(cname('edge.test')), [])).toEqual([old])
  })

  test('no value of others is ever taken away on the way back', () => {
    fc.assert(
      fc.property(anyRRsets, anyWanted, anyRRsets, fc.boolean(), (standing, wanted, previous, isUnderway) => {
        const ours = keys(...wanted)
        const way = wayBack(standing, { ours, previous, isUnderway })
        const gone = way.act === 'put-back' ? standing : way.act === 'take-away' ? way.take : []
        const kept = new Set([...ours, ...keysOf(previous)])
        expect(keysOf(gone).filter((key) => !kept.has(key))).toEqual([])
      }),
    )
  })

  test.each([
    ['ours', [cname('edge.test')], false, 'put-back'],
    ['nothing, which others did', [], false, 'leave'],
    ['nothing, which we may have done', [], true, 'put-back'],
    ['what was there before', [a('192.0.2.9')], false, 'done'],
    ['something else', [cname('other.test')], true, 'leave'],
  ] as const)('%s stands there', (_, standing, isUnderway, act) => {
    const ours = new Set([valueKey('CNAME', 'edge.test')])
    expect(wayBack(standing, { ours, previous: [a('192.0.2.9')], isUnderway })).toEqual({ act })
  })

  test('with an address of others beside ours, only ours goes', () => {
    const ours = keys(a('192.0.2.1', '192.0.2.2'))
    const standing = [a('192.0.2.1', '192.0.2.2', '192.0.2.9')]
    expect(wayBack(standing, { ours, previous: [a('192.0.2.1')], isUnderway: false })).toEqual({
      act: 'take-away',
      take: [a('192.0.2.2')],
    })
  })
})
