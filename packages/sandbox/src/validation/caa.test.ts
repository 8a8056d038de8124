import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CaaRecord, type CaaRequest, forbiddenBy } from './caa.ts'

const ACCOUNT = 'https://127.0.0.1:14000/account/1'
const REQUEST: CaaRequest = { caaIdentity: 'ca.sandbox.test', wildcard: false, accountUrl: ACCOUNT, method: 'dns-01' }
const WILD: CaaRequest = { ...REQUEST, wildcard: true }

/** From text as in a zone file: `0 issue ca.test`. */
function records(...lines: string[]): CaaRecord[] {
  return lines.map((line) => {
    const [, flags, tag, value] = /^(\d+) (\S*) ?(.*)$/s.exec(line) ?? []
    return { flags: Number(flags), tag: tag ?? '', value: value ?? '' }
  })
}

const OURS = '0 issue ca.sandbox.test'
const OTHERS = '0 issue other.test'

test.each<[string, CaaRequest, CaaRecord[]]>([
  ['no records', REQUEST, []],
  ['no records, for a wildcard', WILD, []],
  ['our name', REQUEST, records(OURS)],
  ['our name in other case', REQUEST, records('0 ISSUE Ca.Sandbox.TEST')],
  ['our name among others', REQUEST, records(OTHERS, '0 issue ;', OURS)],
  ['our name beside a malformed one', REQUEST, records('0 issue a b c', OURS)],
  ['our name, critical', REQUEST, records('128 issue ca.sandbox.test')],
  ['our name for a wildcard', WILD, records(OURS)],
  ['our name for wildcards alone', WILD, records('0 issuewild ca.sandbox.test')],
  ['our name for wildcards, though not for others', WILD, records('0 issue ;', '0 issuewild ca.sandbox.test')],
  ['no wildcards, for a name that is none', REQUEST, records('0 issuewild ;')],
  ['nobody for wildcards in an empty value, for a name that is none', REQUEST, records('0 issuewild')],
  ['others for wildcards, for a name that is none', REQUEST, records(OURS, '0 issuewild other.test')],
  ['where to write to alone', REQUEST, records('0 iodef mailto:security@example.test')],
  ['where to write to alone, critical', WILD, records('128 iodef mailto:security@example.test')],
  ['a tag that is not understood', REQUEST, records('0 future something')],
  ['a tag that is not understood, with bits that mean nothing', REQUEST, records('126 future something')],
  ['our account', REQUEST, records(`${OURS}; accounturi=${ACCOUNT}`)],
  ['our account, the tag in other case', REQUEST, records(`${OURS}; AccountURI=${ACCOUNT}`)],
  [
    'another account in one record, ours in the next',
    REQUEST,
    records(`${OURS}; accounturi=${ACCOUNT}0`, `${OURS}; accounturi=${ACCOUNT}`),
  ],
  ['our method', REQUEST, records(`${OURS}; validationmethods=dns-01`)],
  ['our method among others', REQUEST, records(`${OURS}; validationmethods=http-01,dns-01,ca-own-1`)],
  ['our account and method', WILD, records(`${OURS};validationmethods=dns-01;accounturi=${ACCOUNT}`)],
  ['a parameter that is not understood', REQUEST, records(`${OURS}; policy=ev`)],
])('%s: allowed', (_, request, all) => {
  expect(forbiddenBy(all, request)).toBeUndefined()
})

test.each<[string, CaaRequest, CaaRecord[], string]>([
  ['another CA', REQUEST, records(OTHERS), '0 issue "other.test", which does not name ca.sandbox.test'],
  [
    'a CA below ours',
    REQUEST,
    records('0 issue x.ca.sandbox.test'),
    '0 issue "x.ca.sandbox.test", which does not name ca.sandbox.test',
  ],
  ['a CA above ours', REQUEST, records('0 issue sandbox.test'), '0 issue "sandbox.test", which does not name ca.sandbox.test'],
  ['another CA, for a wildcard', WILD, records(OTHERS), '0 issue "other.test", which does not name ca.sandbox.test'],
  ['nobody', REQUEST, records('0 issue ;'), '0 issue ";", which allows no CA'],
  ['nobody, with a parameter', REQUEST, records('0 issue ;a=b'), '0 issue ";a=b", which allows no CA'],
  ['nobody in an empty value', REQUEST, records('0 issue'), '0 issue "", which allows no CA'],
  ['no wildcards', WILD, records(OURS, '0 issuewild ;'), '0 issuewild ";", which allows no CA'],
  ['no wildcards, tag in other case', WILD, records(OURS, '0 IssueWild ;'), '0 IssueWild ";", which allows no CA'],
  [
    'a malformed value',
    REQUEST,
    records('0 issue ca.sandbox.test.'),
    '0 issue "ca.sandbox.test.", which is malformed and so allows no CA',
  ],
  [
    'our name with a malformed parameter',
    REQUEST,
    records(`${OURS}; a`),
    '0 issue "ca.sandbox.test; a", which is malformed and so allows no CA',
  ],
  ['a critical tag', REQUEST, records(OURS, '128 future x'), '128 future "x", whose critical tag is not understood'],
  [
    'a critical tag, by the lowest bit',
    REQUEST,
    records(OURS, '1 future x'),
    '1 future "x", whose critical tag is not understood',
  ],
  [
    'a critical tag among other bits',
    WILD,
    records(OURS, '255 future x'),
    '255 future "x", whose critical tag is not understood',
  ],
  ['an empty tag', REQUEST, records(OURS, '0  x'), '0 "" "x", which is malformed'],
  ['a tag with a hyphen', REQUEST, records(OURS, '0 a-b x'), '0 "a-b" "x", which is malformed'],
  ['a tag of octets that were no UTF-8', REQUEST, records(OURS, '0 issue\ufffd x'), '0 "issue\\xfffd" "x", which is malformed'],
  ['a tag that was read past its end', REQUEST, records(OURS, '0 future'), '0 future "", which is malformed'],
  ['such a tag that happens to be one', REQUEST, records(OURS, '0 iodef'), '0 iodef "", which is malformed'],
  [
    'another account',
    REQUEST,
    records(`${OURS}; accounturi=${ACCOUNT}1`),
    `0 issue "ca.sandbox.test; accounturi=${ACCOUNT}1", which names another account`,
  ],
  [
    'an account in other case',
    REQUEST,
    records(`${OURS}; accounturi=HTTPS://127.0.0.1:14000/account/1`),
    '0 issue "ca.sandbox.test; accounturi=HTTPS://127.0.0.1:14000/account/1", which names another account',
  ],
  ['no account', REQUEST, records(`${OURS}; accounturi=`), '0 issue "ca.sandbox.test; accounturi=", which names another account'],
  [
    'our account twice',
    { ...REQUEST, accountUrl: 'u' },
    records(`${OURS}; accounturi=u; accounturi=u`),
    '0 issue "ca.sandbox.test; accounturi=u; accounturi=u", which has several accounturi',
  ],
  [
    'another method',
    REQUEST,
    records(`${OURS}; validationmethods=http-01`),
    '0 issue "ca.sandbox.test; validationmethods=http-01", which does not allow dns-01',
  ],
  [
    'a method in other case',
    REQUEST,
    records(`${OURS}; validationmethods=DNS-01`),
    '0 issue "ca.sandbox.test; validationmethods=DNS-01", which does not allow dns-01',
  ],
  [
    'no method',
    REQUEST,
    records(`${OURS}; validationmethods=`),
    '0 issue "ca.sandbox.test; validationmethods=", which does not allow dns-01',
  ],
  [
    'our method in a malformed list',
    REQUEST,
    records(`${OURS}; validationmethods=dns-01,`),
    '0 issue "ca.sandbox.test; validationmethods=dns-01,", which does not allow dns-01',
  ],
  [
    'our method in two lists',
    REQUEST,
    records(`${OURS}; validationmethods=dns-01; validationmethods=dns-01`),
    '0 issue "ca.sandbox.test; validationmethods=dns-01; validationmethods=dns-01", which has several validationmethods',
  ],
  [
    'our account, another method',
    REQUEST,
    records(`${OURS}; accounturi=${ACCOUNT}; validationmethods=http-01`),
    `0 issue "ca.sandbox.test; accounturi=${ACCOUNT}; validationmethods=http-01", which does not allow dns-01`,
  ],
  [
    'five others',
    REQUEST,
    records('0 issue a', '0 issue b', '0 issue c', '0 issue d', '0 issue e'),
    '0 issue "a", which does not name ca.sandbox.test; 0 issue "b", which does not name ca.sandbox.test; 0 issue "c", which does not name ca.sandbox.test; and 2 more',
  ],
  [
    'what no terminal should see',
    REQUEST,
    records('0 issue \u001b[31m"\\é'),
    '0 issue "\\x1b[31m\\"\\\\\\xe9", which is malformed and so allows no CA',
  ],
  [
    'a long value',
    REQUEST,
    records(`0 issue ${'a'.repeat(101)}`),
    `0 issue "${'a'.repeat(100)}…", which does not name ca.sandbox.test`,
  ],
])('%s: forbidden', (_, request, all, reason) => {
  expect(forbiddenBy(all, request)).toBe(reason)
})

describe('whatever the records are', () => {
  const record = fc.record({
    flags: fc.nat({ max: 255 }),
    tag: fc.oneof(fc.constantFrom('issue', 'issuewild', 'iodef', 'future', 'ISSUE'), fc.string({ unit: 'binary', maxLength: 8 })),
    value: fc.oneof(fc.constantFrom('ca.sandbox.test', ';', '', 'other.test'), fc.string({ unit: 'binary' })),
  })

  test('a reason is one printable line', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.boolean(), (all, wildcard) => {
        expect(forbiddenBy(all, { ...REQUEST, wildcard }) ?? '').toMatch(/^[ -~…]*$/)
      }),
    )
  })

  test('their order does not matter', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.boolean(), (all, wildcard) => {
        const request = { ...REQUEST, wildcard }
        expect(forbiddenBy(all.toReversed(), request) === undefined).toBe(forbiddenBy(all, request) === undefined)
      }),
    )
  })

  test('an unknown critical tag forbids', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.boolean(), (all, wildcard) => {
        const critical = { flags: 128, tag: 'unheardof', value: 'x' }
        expect(forbiddenBy([...all, critical], { ...REQUEST, wildcard })).toBeDefined()
      }),
    )
  })
})
