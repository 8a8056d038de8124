import { type Answer, decode } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import type { ProblemDocument } from '../acme/problem.ts'
import type { Dns01Claim, Validation } from '../acme/validation.ts'
import { createDnsValidation } from './dns-validation.ts'
import {
  caa,
  cname,
  RCODE,
  replyTo,
  type Script,
  type ScriptedServer,
  scriptedServer,
  testRuntime,
  turns,
  txt,
  zoneScript,
} from './lookup.test.support.ts'

const DIGEST = 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'
const OTHER = 'EZnXyHBDnZRyJbYZdcHv6P4oFrbHvqcZyJwfMYH1VhM'
const CLAIM: Dns01Claim = {
  name: 'a.example.test',
  wildcard: false,
  digest: DIGEST,
  accountUrl: 'https://127.0.0.1:1/account/1',
  method: 'dns-01',
}
const WILD: Dns01Claim = { ...CLAIM, wildcard: true }
const AT = '_acme-challenge.a.example.test'
const PROOF = txt(AT, DIGEST)

interface Outcome {
  /** With the endpoints replaced by `server1`, `server2` …; undefined when the claim holds. */
  problem: (Pick<ProblemDocument, 'status' | 'detail'> & { type: string }) | undefined
  servers: readonly ScriptedServer[]
}

async function validate(scripts: readonly Script[], claim = CLAIM, signal = new AbortController().signal): Promise<Outcome> {
  await using stack = new AsyncDisposableStack()
  const servers: ScriptedServer[] = []
  for (const script of scripts) servers.push(stack.use(await scriptedServer(script)))
  const endpoints = servers.map(({ endpoint }) => endpoint)
  const validation = createDnsValidation({ servers: endpoints, caaIdentity: 'ca.sandbox.test', runtime: testRuntime() })
  try {
    await checked(validation, claim, signal)
    return { problem: undefined, servers }
  } catch (error) {
    if (!(error instanceof Error && 'document' in error)) throw error
    const { type, status, detail } = error.document as ProblemDocument
    const named = endpoints.reduce((text, endpoint, at) => text.replaceAll(endpoint, `server${at + 1}`), detail)
    return { problem: { type: type.slice('urn:ietf:params:acme:error:'.length), status, detail: named }, servers }
  }
}

/** As the CA does it when a challenge is answered. */
async function checked(validation: Validation, claim: Dns01Claim, signal: AbortSignal): Promise<void> {
  await validation.caa(claim, signal)
  await validation.dns01(claim, signal)
}

/** What a server was asked for, in order. */
function questionsTo(server: ScriptedServer | undefined): string[] {
  return (server?.queries ?? []).map(({ message }) => {
    const [question] = decode(message).questions ?? []
    return `${question?.type} ${question?.name.toLowerCase()}`
  })
}

describe('a claim holds', () => {
  test('when the value is there and nothing forbids; CAA is asked for first, up to the top-level domain', async () => {
    const { problem, servers } = await validate([zoneScript([PROOF])])
    expect(problem).toBeUndefined()
    expect(questionsTo(servers[0])).toEqual(['CAA a.example.test', 'CAA example.test', 'CAA test', `TXT ${AT}`])
  })

  test.each<[string, Answer[]]>([
    ['among other values', [txt(AT, OTHER), PROOF, txt(AT, 'third')]],
    ['in a record of several strings', [txt(AT, DIGEST.slice(0, 20), '', DIGEST.slice(20))]],
    ['where a CNAME leads', [cname(AT, 'x.other.test'), cname('x.other.test', 'y.third.test'), txt('y.third.test', DIGEST)]],
    ['below CAA for this CA', [PROOF, caa('example.test', 0, 'issue', 'ca.sandbox.test')]],
    [
      'below CAA of the name that go before those of its parent',
      [PROOF, caa('a.example.test', 0, 'issue', 'ca.sandbox.test'), caa('example.test', 0, 'issue', ';')],
    ],
    ['and forbidding CAA stand beside the way up', [PROOF, caa(AT, 0, 'issue', ';'), caa('b.example.test', 0, 'issue', ';')]],
    ['and only wildcards are forbidden', [PROOF, caa('example.test', 0, 'issuewild', ';')]],
  ])('when the value is there: %s', async (_, records) => {
    expect((await validate([zoneScript(records)])).problem).toBeUndefined()
  })

  test('below CAA for this CA whatever is wrong with that of its parents', async () => {
    const records = [PROOF, caa('a.example.test', 0, 'issue', 'ca.sandbox.test')]
    const { problem } = await validate([zoneScript(records, { 'CAA example.test': RCODE.SERVFAIL, 'CAA test': RCODE.REFUSED })])
    expect(problem).toBeUndefined()
  })

  test('of a wildcard, with the value beside its parent', async () => {
    const records = [PROOF, caa('a.example.test', 0, 'issue', ';'), caa('a.example.test', 0, 'issuewild', 'ca.sandbox.test')]
    const { problem, servers } = await validate([zoneScript(records)], WILD)
    expect(problem).toBeUndefined()
    expect(questionsTo(servers[0])).toContain(`TXT ${AT}`)
  })

  test('when every server shows it, and each was asked', async () => {
    const { problem, servers } = await validate([zoneScript([PROOF]), zoneScript([PROOF]), zoneScript([PROOF])])
    expect(problem).toBeUndefined()
    expect(servers.map((server) => questionsTo(server).length)).toEqual([4, 4, 4])
  })
})

describe('a claim is refused as unauthorized', () => {
  const other = (name: string) => [txt(name, OTHER)]
  test.each<[string, Answer[], string]>([
    [
      'without a record',
      [txt('x.a.example.test', DIGEST), { type: 'A', name: AT, data: '127.0.0.1' }],
      `No TXT record found at ${AT} (seen at server1)`,
    ],
    ['with another value', other(AT), `Incorrect TXT record "${OTHER}" found at ${AT} (seen at server1)`],
    [
      'with other values',
      [...other(AT), txt(AT, 'b'), txt(AT, 'c')],
      `Incorrect TXT record "${OTHER}" (and 2 more) found at ${AT} (seen at server1)`,
    ],
    [
      'with the value in other case',
      [txt(AT, DIGEST.toLowerCase())],
      `Incorrect TXT record "${DIGEST.toLowerCase()}" found at ${AT} (seen at server1)`,
    ],
    [
      'with the value in quotes',
      [txt(AT, `"${DIGEST}"`)],
      `Incorrect TXT record "\\"${DIGEST}\\"" found at ${AT} (seen at server1)`,
    ],
    ['with the value and a space', [txt(AT, `${DIGEST} `)], `Incorrect TXT record "${DIGEST} " found at ${AT} (seen at server1)`],
    [
      'with the value over two records',
      [txt(AT, DIGEST.slice(0, 20)), txt(AT, DIGEST.slice(20))],
      `Incorrect TXT record "${DIGEST.slice(0, 20)}" (and 1 more) found at ${AT} (seen at server1)`,
    ],
    ['with an empty value', [txt(AT, '')], `Incorrect TXT record "" found at ${AT} (seen at server1)`],
    [
      'with octets that no terminal should see',
      [txt(AT, Buffer.from('\x1b]0;\n\xff"\\', 'latin1'))],
      `Incorrect TXT record "\\x1b]0;\\x0a\\xff\\"\\\\" found at ${AT} (seen at server1)`,
    ],
    [
      'with a long value',
      [txt(AT, 'x'.repeat(101))],
      `Incorrect TXT record "${'x'.repeat(100)}…" found at ${AT} (seen at server1)`,
    ],
    [
      'with another value where a CNAME leads',
      [cname(AT, 'b.test'), ...other('b.test')],
      `Incorrect TXT record "${OTHER}" found at ${AT} → b.test (seen at server1)`,
    ],
    [
      'without a record where a CNAME leads',
      [cname(AT, 'b.test'), caa('b.test', 0, 'issue', ';')],
      `No TXT record found at ${AT} → b.test (seen at server1)`,
    ],
  ])('%s', async (_, records, detail) => {
    expect((await validate([zoneScript(records)])).problem).toEqual({ type: 'unauthorized', status: 403, detail })
  })

  test('when one server of three does not show it; the first such is named', async () => {
    const lagging = zoneScript([txt(AT, OTHER)])
    const { problem } = await validate([zoneScript([PROOF]), lagging, lagging])
    expect(problem).toMatchObject({
      type: 'unauthorized',
      detail: `Incorrect TXT record "${OTHER}" found at ${AT} (seen at server2)`,
    })
  })
})

describe('a claim is refused for CAA', () => {
  const nobody = caa('example.test', 0, 'issue', ';')
  const why = '0 issue ";", which allows no CA'
  test.each<[string, Dns01Claim, Answer[], string]>([
    [
      'of the name',
      CLAIM,
      [caa('a.example.test', 0, 'issue', 'other.test')],
      'CAA at a.example.test forbids a.example.test: 0 issue "other.test", which does not name ca.sandbox.test',
    ],
    ['of its parent', CLAIM, [nobody], `CAA at example.test forbids a.example.test: ${why}`],
    ['of the top-level domain', CLAIM, [caa('test', 0, 'issue', ';')], `CAA at test forbids a.example.test: ${why}`],
    ['of its parent, for a wildcard', WILD, [nobody], `CAA at example.test forbids *.a.example.test: ${why}`],
    [
      'of wildcards',
      WILD,
      [caa('example.test', 0, 'issue', 'ca.sandbox.test'), caa('example.test', 0, 'issuewild', ';')],
      'CAA at example.test forbids *.a.example.test: 0 issuewild ";", which allows no CA',
    ],
    [
      'where a CNAME leads',
      CLAIM,
      [cname('a.example.test', 'b.test'), caa('b.test', 0, 'issue', ';')],
      `CAA at a.example.test → b.test forbids a.example.test: ${why}`,
    ],
    [
      'of its parent, past a CNAME to where there is none',
      CLAIM,
      [cname('a.example.test', 'b.c.test'), txt('b.c.test', 'x'), caa('c.test', 0, 'issue', 'ca.sandbox.test'), nobody],
      `CAA at example.test forbids a.example.test: ${why}`,
    ],
    [
      'with an unknown critical tag',
      CLAIM,
      [caa('example.test', 128, 'future', 'x'), caa('example.test', 0, 'issue', 'ca.sandbox.test')],
      'CAA at example.test forbids a.example.test: 128 future "x", whose critical tag is not understood',
    ],
    [
      'for another account',
      CLAIM,
      [caa('example.test', 0, 'issue', 'ca.sandbox.test; accounturi=https://x')],
      'CAA at example.test forbids a.example.test: 0 issue "ca.sandbox.test; accounturi=https://x", which names another account',
    ],
  ])('%s', async (_, claim, records, reason) => {
    const { problem, servers } = await validate([zoneScript([...records, PROOF])], claim)
    expect(problem).toEqual({ type: 'caa', status: 403, detail: `${reason} (seen at server1)` })
    expect(questionsTo(servers[0])).not.toContain(`TXT ${AT}`)
  })

  test('when one server has it that forbids', async () => {
    const { problem } = await validate([zoneScript([PROOF]), zoneScript([PROOF, nobody])])
    expect(problem).toEqual({
      type: 'caa',
      status: 403,
      detail: `CAA at example.test forbids a.example.test: ${why} (seen at server2)`,
    })
  })

  // dns-packet reads such a tag into what follows the record.
  test.each([
    ['longer than its record', [0, 20, 0x66]],
    ['empty', [0, 0, 0x78]],
    ['missing', [0]],
    ['longer than its record by one', [0, 2, 0x66]],
  ])('with a tag that is %s', async (_, rdata) => {
    const plain = zoneScript([PROOF])
    const { problem } = await validate([
      {
        udp(query) {
          const [question] = decode(query).questions ?? []
          if (question?.type !== 'CAA') return plain.udp?.(query) ?? []
          const record = Buffer.from([0xc0, 12, 1, 1, 0, 1, 0, 0, 0, 0, 0, rdata.length, ...rdata])
          // Behind it a record of a private type, for the tag to be read from.
          const more = Buffer.from([0xc0, 12, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 20, ...Buffer.from('abcdefghijklmnopqrst')])
          const reply = Buffer.concat([replyTo(query), record, more])
          reply.writeUInt16BE(2, 6)
          return [reply]
        },
      },
    ])
    expect(problem).toMatchObject({ type: 'caa', status: 403, detail: expect.stringContaining('which is malformed') })
  })
})

describe('a claim is refused for DNS', () => {
  test.each<[string, Script, string]>([
    ['the name is not there', zoneScript([]), `NXDOMAIN looking up TXT for ${AT} at server1`],
    [
      'a CNAME leads to a name that is not there',
      zoneScript([cname(AT, 'x.test')]),
      `NXDOMAIN looking up TXT for ${AT} → x.test at server1`,
    ],
    [
      'CNAMEs go in a circle',
      zoneScript([cname(AT, 'x.test'), cname('x.test', AT)]),
      `A CNAME loop (${AT} → x.test → ${AT}) looking up TXT for ${AT} at server1`,
    ],
    ['TXT fails', zoneScript([PROOF], { [`TXT ${AT}`]: RCODE.SERVFAIL }), `SERVFAIL looking up TXT for ${AT} at server1`],
    [
      'CAA fails',
      zoneScript([PROOF], { 'CAA a.example.test': RCODE.SERVFAIL }),
      'SERVFAIL looking up CAA for a.example.test at server1',
    ],
    ['CAA of a parent fails', zoneScript([PROOF], { 'CAA test': RCODE.REFUSED }), 'REFUSED looking up CAA for test at server1'],
    [
      'CNAMEs of CAA go in a circle',
      zoneScript([PROOF, cname('example.test', 'example.test')]),
      'A CNAME loop (example.test → example.test) looking up CAA for example.test at server1',
    ],
  ])('since %s', async (_, script, seen) => {
    expect((await validate([script])).problem).toEqual({ type: 'dns', status: 400, detail: `DNS problem: ${seen}` })
  })

  test('since one server answers without authority', async () => {
    const lame: Script = { udp: (query) => [replyTo(query, { answers: [PROOF], flags: 0 })] }
    const { problem } = await validate([zoneScript([PROOF]), lame])
    expect(problem?.detail).toBe('DNS problem: An answer without authority looking up CAA for a.example.test at server2')
  })

  test('since the name is too long to have a challenge', async () => {
    const name = `${'a'.repeat(60)}.`.repeat(4).slice(0, -1)
    const { problem } = await validate([zoneScript([txt(name, 'x')])], { ...CLAIM, name })
    expect(problem).toMatchObject({ type: 'dns', detail: expect.stringContaining('A name that DNS cannot have') })
  })
})

test.each(['caa', 'dns01'] as const)('without servers nothing is proven: %s', async (check) => {
  const validation = createDnsValidation({ servers: [], caaIdentity: 'ca.sandbox.test', runtime: testRuntime() })
  const document = { type: 'urn:ietf:params:acme:error:serverInternal', status: 500 }
  await expect(validation[check](CLAIM, new AbortController().signal)).rejects.toMatchObject({ document })
})

test('CAA is asked for alone, without the proof', async () => {
  await using server = await scriptedServer(zoneScript([]))
  const validation = createDnsValidation({ servers: [server.endpoint], caaIdentity: 'ca.sandbox.test', runtime: testRuntime() })
  await validation.caa(CLAIM, new AbortController().signal)
  expect(questionsTo(server)).toEqual(['CAA a.example.test', 'CAA example.test', 'CAA test'])
})

test('servers are looked at for each validation', async () => {
  await using first = await scriptedServer(zoneScript([]))
  await using second = await scriptedServer(zoneScript([PROOF]))
  const servers = [first.endpoint]
  const validation = createDnsValidation({ servers, caaIdentity: 'ca.sandbox.test', runtime: testRuntime() })
  const { signal } = new AbortController()
  await expect(checked(validation, CLAIM, signal)).rejects.toThrow('NXDOMAIN')
  servers.splice(0, 1, second.endpoint)
  await expect(checked(validation, CLAIM, signal)).resolves.toBeUndefined()
})

test('an abort is no problem of the domain, even beside one', async () => {
  const controller = new AbortController()
  const silent: Script = {
    udp() {
      // When the other server's refusal has long been there.
      void turns(20).then(() => controller.abort(new Error('the CA stops')))
      return []
    },
  }
  const failing = zoneScript([], { 'CAA a.example.test': RCODE.SERVFAIL })
  await expect(validate([failing, silent], CLAIM, controller.signal)).rejects.toThrow('the CA stops')
})

test('many validations at once do not disturb each other', async () => {
  await using server = await scriptedServer(
    zoneScript(Array.from({ length: 100 }, (_, at) => txt(`_acme-challenge.n${at}.test`, `${at}`))),
  )
  const validation = createDnsValidation({ servers: [server.endpoint], caaIdentity: 'ca.sandbox.test', runtime: testRuntime() })
  const claims = Array.from({ length: 100 }, (_, at) => ({
    ...CLAIM,
    name: `n${at}.test`,
    digest: at % 2 === 0 ? `${at}` : 'none',
  }))
  const results = await Promise.allSettled(claims.map((claim) => checked(validation, claim, new AbortController().signal)))
  expect(results.map(({ status }) => status)).toEqual(claims.map((_, at) => (at % 2 === 0 ? 'fulfilled' : 'rejected')))
})
