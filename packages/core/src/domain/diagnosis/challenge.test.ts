import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeChallengeCname, judgeLitter } from './challenge.ts'
import { severityOf } from './finding.ts'

const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code))
const NAME = '_acme-challenge.example.test'
const STALE = 'SqTGI30-hNDOzuDCCARZx8_ca8dbhCCJ45emjGEQTec'

describe('a CNAME', () => {
  test.each([
    ['there', 'x.auth.test', 'x.auth.test'],
    ['at y.auth.test', 'x.auth.test', 'y.auth.test'],
  ])('that leads somewhere is good to know: written %s', (said, cname, end) => {
    const finding = judgeChallengeCname(NAME, cname, { end })
    expect(finding).toMatchObject({ problem: 'CHALLENGE_CNAME', state: 'ok', explanation: expect.stringContaining(said) })
    expect(severityOf(finding)).toBe('info')
  })

  test('that leads nowhere has to go', () => {
    const finding = judgeChallengeCname(NAME, 'x.auth.test', { lost: 'nowhere', why: 'auth.test does not exist.' })
    expect(finding).toMatchObject({
      problem: 'CHALLENGE_UNREACHABLE',
      state: 'wrong',
      actor: 'customer',
      action: 'remove',
      remove: [{ type: 'CNAME', name: NAME, value: 'x.auth.test' }],
      explanation: expect.stringContaining('auth.test does not exist.'),
    })
    expect(severityOf(finding)).toBe('error')
  })

  test('whose servers are silent is for their provider', () => {
    const finding = judgeChallengeCname(NAME, 'x.auth.test', { lost: 'silent', why: 'timeout.' })
    expect(finding).toMatchObject({ problem: 'CHALLENGE_UNREACHABLE', state: 'unknown', actor: 'provider' })
    expect(finding).not.toHaveProperty('remove')
  })
})

describe('litter', () => {
  test('what is ours or a wildcard record is none', () => {
    const o = { mine: new Set(['mine']), wildcard: new Set(['v=spf1 -all']) }
    expect(judgeLitter(NAME, ['mine', 'v=spf1 -all', 'mine'], o)).toBeUndefined()
    expect(judgeLitter(NAME, [], o)).toBeUndefined()
  })

  test('a dozen: all have to go, and three are named', () => {
    const values = Array.from({ length: 12 }, (_, i) => `${STALE}${i}`)
    const finding = judgeLitter(NAME, [...values, 'mine', ...values], { mine: new Set(['mine']) })
    expect(finding).toMatchObject({
      problem: 'CHALLENGE_LITTER',
      state: 'ok',
      action: 'remove',
      remove: values.map((value) => ({ type: 'TXT', name: NAME, value })),
      explanation: expect.stringMatching(/12 old TXT records are left.*and 9 more.*only if nobody else makes certificates/),
    })
    expect(finding && severityOf(finding)).toBe('warning')
  })
})

test('any values are judged, in few words', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: anyCharacter })), fc.string({ unit: anyCharacter }), (values, cname) => {
      const finding = judgeLitter(NAME, values, { mine: new Set() })
      expect(finding?.remove?.length ?? 0).toBe(new Set(values).size)
      expect(finding?.explanation ?? '').not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      expect((finding?.explanation ?? '').length).toBeLessThan(4_000)
      expect(judgeChallengeCname(NAME, cname, { end: cname }).explanation).toMatch(/^[ -~…]*$/)
    }),
  )
})
