import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CaaProperty, type CaaRequest, type CaaSet, judgeCaa } from './caa.ts'

const accountUrl = 'https://ca.example/account/1'
const request: CaaRequest = { identities: ['ca.example', 'old-ca.example'], wildcard: false, method: 'dns-01', accountUrl }
const wild: CaaRequest = { ...request, wildcard: true }

function properties(...lines: string[]): CaaProperty[] {
  return lines.map((line) => {
    const [flags = '', tag = '', ...rest] = line.split(' ')
    return { flags: Number(flags), tag, value: rest.join(' ') }
  })
}

function setOf(...lines: string[]): CaaSet {
  const rrset = { path: ['example.test'], servers: ['ns1'], properties: properties(...lines) }
  return { name: 'www.example.test', rrsets: lines.length > 0 ? [rrset] : [] }
}

/** The record of a fix that is told as `add NAME. IN CAA VALUE (…)`. */
function mendOf(fix: string) {
  const [, verb, name, value] = /^(add|remove) (\S+)\. IN CAA (.*) \(keep/.exec(fix) ?? []
  const record = { type: 'CAA', name, value }
  return verb === 'add' ? { create: [record], remove: [] } : { create: [], remove: [record] }
}

const OURS = '0 issue ca.example'

describe('allowed by', () => {
  test.each<[string, CaaRequest, string[]]>([
    ['nothing at all', wild, []],
    ['our name', request, [OURS]],
    ['our other name, in any case', request, ['0 ISSUE Old-CA.Example']],
    ['our name among others', request, ['0 issue ;', '0 issue a b', '0 issue other.example', OURS]],
    ['our name, for a wildcard', wild, [OURS]],
    ['issuewild before issue', wild, ['0 issue ;', '0 issuewild ca.example']],
    ['issuewild, for a name that is no wildcard', request, ['0 issuewild ;']],
    ['where to write to alone', wild, ['128 iodef mailto:a@example.test', '128 issuemail ;']],
    ['an unknown tag that is not critical', request, ['126 future x']],
    ['our account', request, [`${OURS}; accounturi=${accountUrl}`]],
    ['our account in one of two records', request, [`${OURS}; accounturi=${accountUrl}0`, `${OURS}; AccountURI=${accountUrl}`]],
    ['our method', request, [`${OURS}; validationmethods=http-01,dns-01`]],
    ['a parameter that only the CA knows', request, [`${OURS}; policy=ev`]],
  ])('%s', (_, asked, lines) => {
    expect(judgeCaa(setOf(...lines), asked)).toEqual({ allowed: true })
  })
})

describe('forbidden by', () => {
  const add = (record: string) => `add example.test. IN CAA ${record} (keep what is there)`
  test.each<[string, CaaRequest, string[], string, string]>([
    ['nobody', request, ['0 issue ;'], '0 issue ";" lets nobody issue', add('0 issue "ca.example"')],
    ['an empty value', request, ['0 issue '], '0 issue "" lets nobody issue', add('0 issue "ca.example"')],
    ['another CA', request, ['0 issue other.example'], 'names another CA', add('0 issue "ca.example"')],
    ['a name below ours', request, ['0 issue www.ca.example'], 'names another CA', add('0 issue "ca.example"')],
    ['a malformed value', request, ['0 issue ca.example.'], 'is malformed', add('0 issue "ca.example"')],
    ['another CA, for a wildcard', wild, ['0 issue other.example'], 'another CA', add('0 issue "ca.example"')],
    ['issuewild before issue', wild, [OURS, '0 issuewild ;'], '0 issuewild ";"', add('0 issuewild "ca.example"')],
    [
      'another account',
      request,
      [`${OURS}; accounturi=${accountUrl}0`],
      'names another account',
      add(`0 issue "ca.example; accounturi=${accountUrl}"`),
    ],
    [
      'two accounts in one record',
      request,
      [`${OURS}; accounturi=${accountUrl}; accounturi=${accountUrl}`],
      'names another account',
      add(`0 issue "ca.example; accounturi=${accountUrl}"`),
    ],
    [
      'another method, and for our account',
      request,
      [`0 issue old-ca.example; validationmethods=http-01; accounturi=${accountUrl}`],
      'does not allow dns-01',
      add(`0 issue "old-ca.example; accounturi=${accountUrl}; validationmethods=dns-01"`),
    ],
    [
      'a critical tag that nobody knows',
      request,
      [OURS, '128 future x'],
      'critical',
      'remove example.test. IN CAA 128 future "x" (keep the others)',
    ],
    [
      'the low bit, taken for critical',
      request,
      [OURS, '1 future x'],
      'critical',
      'remove example.test. IN CAA 1 future "x" (keep the others)',
    ],
    [
      'a malformed tag',
      request,
      [OURS, '0 \u001b[31m x'],
      'malformed',
      'remove example.test. IN CAA 0 "\\027[31m" "x" (keep the others)',
    ],
  ])('%s', (_, asked, lines, reason, fix) => {
    const verdict = judgeCaa(setOf(...lines), asked)
    expect(verdict).toEqual({ allowed: false, reason: expect.stringContaining(reason), fix, mend: mendOf(fix) })
    expect(verdict).toMatchObject({ reason: expect.stringContaining('at example.test: ') })
  })

  test('accounturi, where no account is known yet: whoever it names may, and another restriction counts as ever', () => {
    const { accountUrl: _, ...early } = request
    const [first, second] = ['https://ca.example/account/7', 'https://ca.example/account/8']
    const accountsOf = (...lines: string[]) => judgeCaa(setOf(...lines), early)
    expect(accountsOf(`${OURS}; accounturi=${first}`, `${OURS}; accounturi=${second}`)).toEqual({
      allowed: true,
      accounts: [first, second],
    })
    expect(accountsOf(`${OURS}; accounturi=${first}`, OURS)).toEqual({ allowed: true })
    expect(accountsOf(`0 issue other.example; accounturi=${first}`)).toMatchObject({ allowed: false })
    expect(accountsOf(`${OURS}; accounturi=${first}; accounturi=${first}`)).toMatchObject({ allowed: false })
    const wrongMethod = accountsOf(`${OURS}; accounturi=${first}; validationmethods=http-01`)
    expect(wrongMethod).toMatchObject({ mend: { create: [{ value: '0 issue "ca.example; validationmethods=dns-01"' }] } })
  })

  test('all that keeps a CA out: made as it is given, it lets the CA issue', () => {
    const verdict = judgeCaa(setOf('128 future x', '0 issue other.example', '128 other "\u001b\\'), request)
    expect(verdict).toMatchObject({
      reason: expect.stringMatching(/future.*other.*names another CA/),
      mend: {
        create: [{ value: '0 issue "ca.example"' }],
        remove: [{ value: '128 future "x"' }, { value: '128 other "\\"\\027\\\\"' }],
      },
    })
    const many = Array.from({ length: 1500 }, (_, i) => `128 future x${i}`)
    const crowded = judgeCaa(setOf(OURS, ...many), request)
    if (crowded.allowed) throw new Error('critical records that nobody knows were taken for fine')
    expect(crowded.mend.remove).toHaveLength(1500)
    expect(crowded.reason.length + crowded.fix.length).toBeLessThan(1000)
  })

  test('one of two servers: the strictest counts', () => {
    const [ours] = setOf(OURS).rrsets
    const [others] = setOf('0 issue other.example').rrsets
    if (!ours || !others) throw new Error('setOf made no RRset')
    const verdict = judgeCaa({ name: 'www.example.test', rrsets: [ours, { ...others, servers: ['ns2'] }] }, request)
    expect(verdict).toMatchObject({ allowed: false, reason: expect.stringContaining('as ns2 shows it and others do not') })
  })

  test('records behind a CNAME: they are told where they stand', () => {
    const [rrset] = setOf('0 issue ;').rrsets
    if (!rrset) throw new Error('setOf made no RRset')
    const path = ['www.example.test', 'edge.example.net']
    expect(judgeCaa({ name: 'www.example.test', rrsets: [{ ...rrset, path }] }, request)).toMatchObject({
      reason: expect.stringContaining('at edge.example.net (www.example.test → edge.example.net)'),
      fix: expect.stringContaining('add edge.example.net. IN CAA'),
    })
  })

  test('ten records: three are named', () => {
    const lines = Array.from({ length: 10 }, (_, i) => `0 issue ca${i}.example`)
    expect(judgeCaa(setOf(...lines), request)).toMatchObject({ reason: expect.stringMatching(/ca2.*7 more do not either$/) })
  })
})

const property = fc.record({
  flags: fc.nat(255),
  tag: fc.oneof(fc.constantFrom('issue', 'issuewild', 'iodef', 'IssueWild'), fc.string({ unit: 'binary' })),
  value: fc.oneof(fc.constantFrom(';', 'ca.example', `ca.example; accounturi=${accountUrl}`), fc.string({ unit: 'binary' })),
})

test('any records are judged, safe to print, and what the fix adds allows', () => {
  fc.assert(
    fc.property(fc.array(property, { minLength: 1, maxLength: 5 }), fc.boolean(), (found, wildcard) => {
      const set = { name: 'example.test', rrsets: [{ path: ['example.test'], servers: ['ns1'], properties: found }] }
      const verdict = judgeCaa(set, { ...request, wildcard })
      if (verdict.allowed) return
      expect(`${verdict.reason}${verdict.fix}`).toMatch(/^[ -~…]*$/)
      const [, flags, tag, value] = /^add example\.test\. IN CAA (\d+) (\w+) "(.*)" \(/.exec(verdict.fix) ?? []
      if (tag === undefined || value === undefined) return
      const mended = [...found, { flags: Number(flags), tag, value }]
      expect(
        judgeCaa(
          { ...set, rrsets: [{ path: ['example.test'], servers: ['ns1'], properties: mended }] },
          { ...request, wildcard },
        ),
      ).toEqual({ allowed: true })
    }),
    { numRuns: 500 },
  )
})
