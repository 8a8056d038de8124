import { describe, expect, test } from 'vitest'
import { NEVER, startExample } from '../../dns/lab.test.support.ts'
import { DomainctlError } from '../../errors.ts'
import { sampleAccount, sampleDomain } from '../../testing/model-samples.ts'
import { lookAtCaa } from './caa.ts'

const now = new Date('2026-01-02T03:04:05Z')
/** One CA, at which there is an account. */
const ours = {
  settings: { cas: ['https://ca.test'] },
  accountName: () => 'default',
  store: { getAccount: async () => ({ ...sampleAccount(), url: 'https://ca.test/1' }) },
  issuer: async () => ({
    describe: async () => ({ caaIdentities: ['ca.test'], profiles: {}, externalAccountRequired: false, renewalInfo: false }),
  }),
}
const domain = { names: [{ name: 'www.example.test' }, { name: '*.www.example.test' }] }

async function open(extra: string[]) {
  const lab = await startExample({ extra })
  return { ...lab, looking: { dns: lab.dns, signal: NEVER, now } }
}

test('no CAA record', async () => {
  const { looking } = await open([])
  expect(await lookAtCaa(looking, ours, domain)).toMatchObject([
    { purpose: 'caa', record: { type: 'CAA', name: 'www.example.test', expected: [] }, ok: true, state: 'ok', seen: [] },
  ])
})

test('a record that names another CA: the one to add, and what is there at which server', async () => {
  const { looking } = await open(['example.test CAA 0 issue other.test'])
  expect(await lookAtCaa(looking, ours, domain)).toMatchObject([
    {
      record: { name: 'example.test', expected: ['0 issue "ca.test"'] },
      ok: false,
      problem: 'DNS_CAA_FORBIDS',
      seen: [{ server: 'ns1.example.test (127.0.0.3)', values: ['0 issue "other.test"'] }],
      fix: { action: 'create', type: 'CAA', name: 'example.test', value: '0 issue "ca.test"' },
    },
  ])
})

test('a record that no CA understands: the one to remove', async () => {
  const { looking } = await open(['example.test CAA 128 future x'])
  expect(await lookAtCaa(looking, ours, domain)).toMatchObject([
    { ok: false, fix: { action: 'remove', type: 'CAA', name: 'example.test', value: '128 future "x"' } },
  ])
})

test('made as it is given, the record of the fix mends the check', async () => {
  const { looking, zone } = await open(['example.test CAA 0 issue ;', 'example.test CAA 0 issuewild ;'])
  const checks = await lookAtCaa(looking, ours, domain)
  expect(checks).toHaveLength(2)
  for (const { fix } of checks) {
    const value = (fix?.value ?? '').replaceAll('"', '')
    zone.records.push({ name: fix?.name ?? '', type: 'CAA', value })
  }
  expect(await lookAtCaa(looking, ours, domain)).toMatchObject([{ ok: true, state: 'ok' }])
})

test('CAA that cannot be seen is one check, however many names', async () => {
  const { looking, servers } = await open([])
  const [, server] = servers
  const good = server?.handler
  if (server && good) server.handler = (question, query) => (question.type === 'CAA' ? { rcode: 2 } : good(question, query))
  const names = ['a.b.example.test', '*.a.b.example.test'].map((name) => ({ name }))
  const [check, ...others] = await lookAtCaa(looking, ours, { names })
  expect(check).toMatchObject({ ok: false, problem: 'DNS_CAA_FAILED', state: 'unknown', actor: 'provider' })
  expect(others).toEqual([])
})

describe('the CAs of a domain', () => {
  const directories: Record<string, string[] | DomainctlError> = {
    'https://first.test': ['first.test'],
    'https://second.test': ['second.test'],
    'https://silent.test': new DomainctlError('CA_UNREACHABLE', 'It is down.', { hint: 'Wait.' }),
    'https://nameless.test': [],
    'https://broken.test': new DomainctlError('STATE_CORRUPT', 'It is broken.', { hint: 'Look.' }),
  }
  const services = (cas: string[]) => ({
    settings: { cas },
    accountName: () => 'default',
    store: { getAccount: async () => null },
    issuer: async (ca: string) => ({
      describe: async () => {
        const caaIdentities = directories[ca] ?? []
        if (caaIdentities instanceof DomainctlError) throw caaIdentities
        return { caaIdentities, profiles: {}, externalAccountRequired: false, renewalInfo: false }
      },
    }),
  })
  const look = async (cas: string[], own?: string[]) => {
    const { looking } = await open(['example.test CAA 0 issue second.test'])
    const wanted = sampleDomain({ name: 'example.test', ...(own && { cas: own }) })
    return await lookAtCaa(looking, services(cas), wanted)
  }

  test('the second one may', async () => {
    expect(await look(['https://first.test', 'https://second.test'])).toMatchObject([
      { ok: true, severity: 'info', explanation: expect.stringContaining('will come from second.test') },
    ])
  })

  test('those of the domain count before those of the settings', async () => {
    expect(await look(['https://second.test'], ['https://first.test'])).toMatchObject([{ ok: false, problem: 'DNS_CAA_FORBIDS' }])
  })

  test('nothing is said when a CA that tells no names may be the one that issues', async () => {
    const ca = 'https://nameless.test'
    expect(await look([ca])).toEqual([])
    expect(await look([ca, 'https://first.test'])).toEqual([])
    expect(await look(['https://first.test', ca, 'https://second.test'])).toMatchObject([{ ok: true }])
  })

  test('a CA that could not be asked: that it was not judged', async () => {
    const ca = 'https://silent.test'
    const unasked = {
      purpose: 'caa',
      record: { type: 'CAA', name: 'example.test' },
      problem: 'CA_UNREACHABLE',
      severity: 'warning',
      state: 'unknown',
      ok: true,
      actor: 'ca',
      explanation: expect.stringMatching(/silent\.test.*could not be asked by which name.*It is down\.$/),
    }
    expect(await look([ca])).toMatchObject([unasked])
    expect(await look([ca, 'https://first.test'])).toMatchObject([unasked])
    expect(await look(['https://first.test', ca, 'https://second.test'])).toMatchObject([{ problem: 'DNS_CAA_FORBIDS' }, unasked])
  })

  test('what is no answer of a CA is thrown', async () => {
    await expect(look(['https://broken.test'])).rejects.toMatchObject({ code: 'STATE_CORRUPT' })
  })
})
