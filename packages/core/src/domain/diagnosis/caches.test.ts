import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CachedView, judgeCaches, keptFor } from './caches.ts'
import { severityOf } from './finding.ts'

const WEEK = 604_800
const txt = { type: 'TXT', name: '_domainctl.example.test', values: ['domainctl=1'] }
const cname = { type: 'CNAME', name: 'www.example.test', values: ['edge.hosting.test'] }
const a = { type: 'A', name: 'example.test', values: ['192.0.2.1', '192.0.2.2'] }
const view = (values: string[], o: Partial<CachedView> = {}): CachedView => ({
  resolver: '192.0.2.53',
  outcome: 'answer',
  values,
  ...o,
})

test.each([
  [300, 300],
  [WEEK + 1, WEEK],
  [2 ** 31 - 1, WEEK],
  // RFC 2181 §8: with the upper bit set it counts as zero.
  [2 ** 31, 0],
  [2 ** 32 - 1, 0],
  [-5, 0],
  [Number.NaN, 0],
  [undefined, 0],
])('a TTL of %s is kept for %i s', (ttl, seconds) => {
  expect(keptFor(ttl)).toBe(seconds)
})

describe('not behind', () => {
  test.each<[string, Parameters<typeof judgeCaches>[0], CachedView[]]>([
    ['nobody', txt, []],
    ['the value', txt, [view(['domainctl=1'])]],
    ['the value beside others', txt, [view(['v=spf1 -all', 'domainctl=1'])]],
    ['the host in other letters', cname, [view([], { cname: 'Edge.Hosting.test' })]],
    ['the addresses in another order', a, [view(['192.0.2.2', '192.0.2.1'])]],
    ['failures', txt, [view([], { outcome: 'error' }), view([], { outcome: 'unreachable' })]],
  ])('%s', (_, record, answers) => {
    expect(judgeCaches(record, answers)).toBeUndefined()
  })
})

describe('behind', () => {
  test('old values: the longest time, and each resolver with its own', () => {
    const found = judgeCaches(cname, [
      view([], { cname: 'old.hosting.test', ttl: 600, resolver: '192.0.2.53' }),
      view([], { cname: 'old.hosting.test', ttl: 2_520, resolver: '192.0.2.54' }),
      view([], { cname: 'edge.hosting.test', ttl: 3_600, resolver: '192.0.2.55' }),
    ])
    expect(found).toMatchObject({
      problem: 'CACHE_OLD',
      state: 'ok',
      action: 'wait',
      waitSeconds: 2_520,
      explanation: expect.stringContaining('192.0.2.54 (for up to 42 min), 192.0.2.53 (for up to 10 min)'),
    })
    expect(found && severityOf(found)).toBe('warning')
  })

  test('nothing yet: as long as the negative answer is kept', () => {
    expect(judgeCaches(txt, [view([], { negativeTtl: 60 })])).toMatchObject({
      problem: 'CACHE_NEGATIVE',
      waitSeconds: 60,
      explanation: expect.stringContaining('"no such record" is still kept by 192.0.2.53 (for up to 60 s)'),
    })
  })

  test('both: one finding that tells both', () => {
    const found = judgeCaches(a, [view([], { negativeTtl: 900 }), view(['192.0.2.9'], { ttl: 60 })])
    expect(found).toMatchObject({ problem: 'CACHE_OLD', waitSeconds: 900 })
    expect(found?.explanation).toMatch(/old value.*60 s.*no such record.*15 min/)
  })

  test('one address too many, and an old CNAME in place of addresses', () => {
    expect(judgeCaches(a, [view([...a.values, '192.0.2.9'])])).toMatchObject({ problem: 'CACHE_OLD' })
    expect(judgeCaches(a, [view([], { cname: 'old.hosting.test', ttl: 5 })])).toMatchObject({
      problem: 'CACHE_OLD',
      waitSeconds: 5,
    })
  })

  test('resolvers that decide: an error when most of them are behind', () => {
    const [old, fresh] = [view([], { negativeTtl: 60 }), view(['domainctl=1'])]
    const severity = (...answers: CachedView[]) => {
      const found = judgeCaches(txt, answers, { decides: true })
      return found && [severityOf(found), found.state]
    }
    expect(severity(old, old, fresh)).toEqual(['error', 'missing'])
    // The greater part has to show it, and half of them is not that.
    expect(severity(old, fresh)).toEqual(['error', 'missing'])
    expect(severity(old, fresh, fresh)).toEqual(['warning', 'ok'])
    expect(severity(fresh)).toBeUndefined()
    expect(severity()).toBeUndefined()
  })

  test('resolvers that decide: one that fails does not count as showing it', () => {
    const [old, fresh] = [view([], { negativeTtl: 60 }), view(['domainctl=1'])]
    const fails = view([], { outcome: 'error', resolver: '192.0.2.54' })
    const found = (...answers: CachedView[]) => judgeCaches(txt, answers, { decides: true })
    expect(found(old, fresh, fails)).toMatchObject({ problem: 'CACHE_NEGATIVE', severity: 'error', state: 'missing' })
    expect(found(fresh, fails, fails)).toMatchObject({
      problem: 'RESOLVER_FAILS',
      severity: 'error',
      state: 'unknown',
      actor: 'operator',
      explanation: expect.stringContaining('the resolvers that show it are 1 of 3: 192.0.2.54'),
    })
    expect(found(fresh, fresh, fails)).toBeUndefined()
    expect(found(fails)).toMatchObject({ problem: 'RESOLVER_FAILS' })
  })
})

test('any answers are judged, and nobody has to wait for more than a week', () => {
  const seconds = fc.oneof(fc.integer(), fc.constantFrom(2 ** 31, Number.NaN, Number.POSITIVE_INFINITY))
  const any = fc
    .tuple(
      fc.record({
        outcome: fc.constantFrom('answer' as const, 'error' as const, 'unreachable' as const),
        values: fc.array(fc.string()),
      }),
      fc.record({ cname: fc.string(), ttl: seconds, negativeTtl: seconds }, { requiredKeys: [] }),
    )
    .map(([must, may]): CachedView => ({ resolver: '192.0.2.53', ...must, ...may }))
  fc.assert(
    fc.property(fc.constantFrom(txt, cname, a), fc.array(any, { maxLength: 6 }), fc.boolean(), (record, answers, decides) => {
      const found = judgeCaches(record, answers, { decides })
      if (!found) return
      expect(found.explanation).toMatch(/^[ -~]*$/)
      expect(found.waitSeconds ?? 0).toBeGreaterThanOrEqual(0)
      expect(found.waitSeconds ?? 0).toBeLessThanOrEqual(WEEK)
    }),
  )
})
