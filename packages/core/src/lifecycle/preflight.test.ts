import { expect, test } from 'vitest'
import type { Dns } from '../contracts/dns.ts'
import { NEVER, startExample } from '../dns/lab.test.support.ts'
import { recursive, zoneData } from '../testing/dns-zone-data.ts'
import { preflight } from './preflight.ts'

const SERVFAIL = 2
const issuer = {
  describe: async () => ({ caaIdentities: ['ca.test'], profiles: {}, externalAccountRequired: false, renewalInfo: false }),
}

/** A look at one name, whose challenge may be delegated, with a resolver that validates: what is below `broken` is bogus. */
async function look(o: {
  broken?: string
  extra?: string[]
  delegation?: string
  accountUrl?: string
  failsAnyway?: boolean
  dns?: Partial<Dns>
}) {
  const target = zoneData('auth.test', ['auth.test NS ns1.example.test'])
  const { dns, resolver, parent, zone, clock } = await startExample({ extra: o.extra ?? [], zones: [target] })
  parent.records.push({ name: 'auth.test', type: 'NS', value: 'ns1.example.test' })
  const honest = recursive([zone, target, parent])
  resolver.handler = (question, query) => {
    const isBroken = o.broken !== undefined && question.name.endsWith(o.broken)
    return isBroken && (o.failsAnyway || !query.flag_cd) ? { rcode: SERVFAIL } : honest(question, query)
  }
  const delegation = o.delegation === undefined ? {} : { delegation: { state: 'ok' as const, target: o.delegation } }
  const step = {
    services: { dns: async () => ({ ...dns, ...o.dns }), runtime: { clock } },
    signal: NEVER,
    domain: { names: [{ name: '*.www.example.test', ...delegation }] },
    event: (event: string, message: string) => ({
      at: new Date(0),
      tenant: 'default',
      domainId: 'd',
      who: 'a test',
      event,
      message,
    }),
  }
  return await preflight(step, issuer, o.accountUrl)
}

test('a sound zone without CAA: one line for the history', async () => {
  expect(await look({})).toMatchObject([{ event: 'caa.allows', message: 'no CAA records are in force' }])
})

test('a zone whose signatures are broken: nothing is ordered, and the remedy is told', async () => {
  await expect(look({ broken: 'example.test' })).rejects.toMatchObject({
    code: 'DNS_DNSSEC_BOGUS',
    kind: 'not-ready',
    actor: 'customer',
    message: expect.stringContaining('remove the DS record'),
  })
})

test('the zone that the challenge is delegated into is looked at as well, and is for the operator', async () => {
  expect(await look({ delegation: 'x.auth.test' })).toMatchObject([{ event: 'caa.allows' }])
  await expect(look({ delegation: 'x.auth.test', broken: 'auth.test' })).rejects.toMatchObject({
    code: 'DNS_DNSSEC_BOGUS',
    actor: 'operator',
    message: expect.stringContaining('auth.test'),
  })
})

test('a resolver that fails either way proves nothing', async () => {
  expect(await look({ broken: 'example.test', failsAnyway: true })).toMatchObject([{ event: 'caa.allows' }])
})

test('CAA that forbids, and an accounturi before there is an account', async () => {
  await expect(look({ extra: ['example.test CAA 0 issue other.test'] })).rejects.toMatchObject({
    code: 'DNS_CAA_FORBIDS',
    hint: expect.stringContaining('add example.test. IN CAA 0 issue "ca.test" (keep what is there)'),
  })
  const extra = ['example.test CAA 0 issue ca.test; accounturi=https://ca.test/1']
  expect(await look({ extra })).toMatchObject([{ message: 'CAA at example.test' }])
  expect(await look({ extra, accountUrl: 'https://ca.test/1' })).toMatchObject([{ message: 'CAA at example.test' }])
  await expect(look({ extra, accountUrl: 'https://ca.test/2' })).rejects.toMatchObject({ code: 'DNS_CAA_FORBIDS' })
})

test.each(['caaFor', 'inspectZone'] as const)('a DNS that goes on and on (%s) is given up after 30 s', async (method) => {
  const endless = (_: string, { signal }: { signal: AbortSignal }) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  await expect(look({ dns: { [method]: endless } })).rejects.toMatchObject({
    code: 'DNS_UNREACHABLE',
    message: expect.stringContaining('*.www.example.test was not known after 30 s'),
  })
})
