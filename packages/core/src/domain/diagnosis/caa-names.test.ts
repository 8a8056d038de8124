import { describe, expect, test } from 'vitest'
import type { CaaSet } from './caa.ts'
import { allowedBy, type CaaSets, judgeNames, placesOf } from './caa-names.ts'
import { severityOf } from './finding.ts'

const FIRST = { identities: ['first.example'], accountUrl: 'https://first.example/1' }
const SECOND = { identities: ['second.example'] }
const NAMES = ['example.test', '*.example.test', 'www.example.test']

/** Records at example.test, in force for all names. */
function sets(...lines: string[]): CaaSets {
  const properties = lines.map((line) => {
    const [flags = '', tag = '', ...rest] = line.split(' ')
    return { flags: Number(flags), tag, value: rest.join(' ') }
  })
  const set = (name: string): CaaSet => ({
    name,
    rrsets: lines.length > 0 ? [{ path: ['example.test'], servers: ['ns1'], properties }] : [],
  })
  return new Map(['example.test', 'www.example.test'].map((name) => [name, set(name)]))
}

const judge = (found: CaaSets, ...candidates: Parameters<typeof judgeNames>[2]) => judgeNames(NAMES, found, candidates)

test('each name is judged for itself, wildcards by issuewild', () => {
  const { forbidden } = allowedBy(NAMES, sets('0 issue first.example', '0 issuewild ;'), FIRST)
  expect(forbidden.map(({ name }) => name)).toEqual(['*.example.test'])
  expect(allowedBy(NAMES, sets(), FIRST)).toEqual({ forbidden: [], accounts: [] })
})

test('where records stand', () => {
  expect(placesOf(sets().values())).toBe('no CAA records are in force')
  expect(placesOf(sets('0 issue ;').values())).toBe('CAA at example.test')
})

describe('allowed', () => {
  test('by nothing that restricts', () => {
    expect(judge(sets(), FIRST)).toEqual([
      {
        record: { type: 'CAA', name: 'example.test', expected: [] },
        finding: {
          state: 'ok',
          explanation: `No CAA record restricts which CA may issue for ${NAMES.join(', ')}.`,
          actor: 'customer',
        },
      },
    ])
  })

  test('by a record', () => {
    const [one, ...others] = judge(sets('0 issue first.example'), FIRST, SECOND)
    expect(one?.record.expected).toEqual(['0 issue "first.example"'])
    expect(one?.finding.explanation).toContain('CAA at example.test lets first.example issue for')
    expect(one?.finding.problem).toBeUndefined()
    expect(others).toEqual([])
  })

  test('for the second CA alone: good to know', () => {
    const [one] = judge(sets('0 issue second.example'), FIRST, SECOND)
    expect(one).toMatchObject({
      record: { expected: ['0 issue "second.example"'] },
      finding: { state: 'ok', problem: 'DNS_CAA_FORBIDS', explanation: expect.stringContaining('will come from second.example') },
    })
    expect(one && severityOf(one.finding)).toBe('info')
  })

  test('for an account that is not made yet: good to know', () => {
    const [one] = judge(sets('0 issue second.example; accounturi=https://second.example/9'), SECOND)
    expect(one?.finding).toMatchObject({ state: 'ok', explanation: expect.stringContaining('https://second.example/9 alone') })
    expect(one && severityOf(one.finding)).toBe('info')
  })
})

describe('forbidden', () => {
  test('a record to make, for all names that it helps', () => {
    const found = judge(sets('0 issue other.example'), FIRST, SECOND)
    expect(found).toMatchObject([
      {
        record: { type: 'CAA', name: 'example.test', expected: ['0 issue "first.example"'] },
        finding: {
          problem: 'DNS_CAA_FORBIDS',
          state: 'wrong',
          action: 'create',
          create: [{ type: 'CAA', name: 'example.test', value: '0 issue "first.example"' }],
          actor: 'customer',
          explanation: expect.stringMatching(
            /first\.example issue for example\.test, \*\.example\.test.*second\.example issue either/,
          ),
        },
      },
    ])
  })

  test('two records to make, one for wildcards', () => {
    const found = judge(sets('0 issue ;', '0 issuewild ;'), FIRST)
    expect(found.map(({ record }) => record.expected)).toEqual([['0 issue "first.example"'], ['0 issuewild "first.example"']])
  })

  test('a record to remove', () => {
    expect(judge(sets('0 issue first.example', '128 future x'), FIRST)).toMatchObject([
      {
        record: { expected: [] },
        finding: { action: 'remove', remove: [{ type: 'CAA', name: 'example.test', value: '128 future "x"' }] },
      },
    ])
  })

  test('a record to remove and one to make, in one finding', () => {
    expect(judge(sets('0 issue other.example', '128 future x', '128 other y'), FIRST)).toMatchObject([
      {
        finding: {
          action: 'create',
          create: [{ value: '0 issue "first.example"' }],
          remove: [{ value: '128 future "x"' }, { value: '128 other "y"' }],
          advice: ['Remove the 2 records that are given, and keep the others.', expect.stringContaining('add one more')],
        },
      },
    ])
  })

  test('records of a hosting company, to which a CNAME leads: it is theirs to mend', () => {
    const properties = [{ flags: 0, tag: 'issue', value: 'other.example' }]
    const led = (...path: string[]): CaaSets =>
      new Map([['www.example.test', { name: 'www.example.test', rrsets: [{ path, servers: ['ns1'], properties }] }]])
    const [foreign] = judgeNames(['www.example.test'], led('www.example.test', 'edge.hosting.test'), [FIRST])
    expect(foreign).toMatchObject({ record: { name: 'edge.hosting.test' }, finding: { actor: 'operator' } })
    expect(foreign?.finding.explanation).toContain('whoever runs that name')
    const [own] = judgeNames(['www.example.test'], led('www.example.test', 'example.test'), [FIRST])
    expect(own).toMatchObject({ finding: { actor: 'customer' } })
  })

  test('nothing is said where one of the CAs decides by itself', () => {
    expect(judge(sets('0 issue other.example'), FIRST, { identities: [] })).toEqual([])
    expect(judge(sets('0 issue other.example'), { identities: [] })).toEqual([])
    expect(judge(sets('0 issue second.example'), { identities: [] }, SECOND)).toMatchObject([{ finding: { state: 'ok' } }])
  })
})
