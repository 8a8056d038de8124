import type { SeenAnswer } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { describeAnswer, describeAnswers, markOf, recordOf, seenInShort, standingOf } from './check.ts'
import { chained, elsewhere, healthyZone, missing, old, unknown } from './examination.test.support.ts'

const plain = (_: string, text: string) => text
const answer = (server: string, ...values: string[]): SeenAnswer => ({ server, rcode: 'NOERROR', values, ttl: 300 })

describe('standingOf and markOf', () => {
  it.each([
    [healthyZone, 'right', '✔'],
    [chained, 'info', '✔'],
    [old, 'warning', '!'],
    [missing, 'wrong', '✖'],
    [unknown, 'wrong', '✖'],
  ])('%#: is %s', (check, standing, mark) => {
    expect(standingOf(check)).toBe(standing)
    expect(markOf(check, plain)).toBe(mark)
  })

  it('colours what is wrong in red, a warning in yellow', () => {
    const paint = (meaning: string, text: string) => `<${meaning}>${text}`
    expect([missing, old, chained].map((check) => markOf(check, paint))).toEqual(['<bad>✖', '<waiting>!', '<good>✔'])
  })
})

it('recordOf names the record and lets no escape sequence through', () => {
  expect(recordOf(missing)).toBe('TXT _domainctl.shop.example.com')
  expect(recordOf({ record: { ...missing.record, name: 'a\u001b[2J.example' } })).toBe('TXT a\\u{1b}[2J.example')
})

describe('describeAnswers', () => {
  it('says once what several servers say, in whatever order of the values', () => {
    expect(describeAnswers([answer('ns1', 'a', 'b'), answer('ns2', 'b', 'a'), answer('ns3')])).toEqual([
      'ns1, ns2: a, b, TTL 300',
      'ns3: no such record',
    ])
  })

  it('names three servers, and gives TTLs from the least to the most', () => {
    const many = [300, 200, 100, 60, 80].map((ttl, i) => ({ ...answer(`ns${i + 1}`, 'a'), ttl }))
    expect(describeAnswers(many)).toEqual(['ns1, ns2, ns3 and 2 more: a, TTL 60 to 300'])
  })

  it('stays short however much there is', () => {
    const many = Array.from({ length: 50 }, (_, i) => answer(`ns${i}`, ...Array.from({ length: i }, () => 'x'.repeat(65_000))))
    const lines = describeAnswers(many)
    expect(lines).toHaveLength(7)
    expect(lines.at(-1)).toBe('and 44 other answers')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(800)
  })

  it('says what an answer without values means', () => {
    expect(describeAnswer({ server: 'ns1', rcode: 'NXDOMAIN', values: [] })).toBe('ns1: no such name (NXDOMAIN)')
    expect(describeAnswer({ server: 'ns1', rcode: 'time-out', values: [] })).toBe('ns1: time-out')
  })
})

describe('seenInShort', () => {
  it.each([
    [missing, 'nothing there'],
    [elsewhere, 'old-shop.netlify.app'],
    [unknown, 'no answer'],
    [{ ...missing, seen: [], state: 'missing' as const }, ''],
    [{ ...missing, purpose: 'http' as const, seen: [{ server: '192.0.2.1', rcode: 'HTTP 200', values: [] }] }, 'HTTP 200'],
    [
      { ...missing, purpose: 'http' as const, seen: [{ server: '192.0.2.1', rcode: 'HTTP 302', values: ['https://a.test/'] }] },
      'https://a.test/',
    ],
    [{ ...missing, purpose: 'zone' as const, seen: [answer('ns1'), answer('ns2')] }, '2 servers answer'],
    [{ ...missing, seen: [answer('ns1', 'a'), answer('ns2')] }, 'not the same at every server'],
    [{ ...missing, seen: [answer('ns1', 'a'), { server: 'ns2', rcode: 'REFUSED', values: [] }] }, 'a'],
    [{ ...missing, seen: [answer('ns1', 'x'.repeat(99), 'y', 'z')] }, `${'x'.repeat(19)}… and 2 more`],
  ])('%#: %s', (check, short) => expect(seenInShort(check, 31)).toBe(short))
})
