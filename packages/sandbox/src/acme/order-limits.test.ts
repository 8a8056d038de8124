import { describe, expect, it } from 'vitest'
import { type Client, createClient, derOf, NOW, startCa } from './acme.test.support.ts'
import { AcmeProblem } from './problem.ts'
import { renewalIdOf } from './renewal-info.ts'
import { LETS_ENCRYPT_LIMITS, type RateLimits } from './settings.ts'
import type { Validation } from './validation.ts'

const HOUR_MS = 3_600_000

async function open(limits: RateLimits, checks: Partial<Validation> = {}) {
  const ca = await startCa({ limits }, checks)
  const [client, other] = [createClient(ca), createClient(ca)]
  await client.register()
  await other.register()
  return { ca, client, other }
}

const limited = (retryAfter: number, detail: string) => ({
  status: 429,
  headers: { 'retry-after': String(retryAfter) },
  body: { type: 'urn:ietf:params:acme:error:rateLimited', status: 429, detail },
})

/** What RFC 9773 §4.1 calls a certificate by, whose issuer's key identifier is in the answers alone. */
async function issue(client: Client, ...names: string[]): Promise<string> {
  const { pem } = await client.issue(...names)
  const der = Buffer.from(derOf(pem), 'base64url').toString('hex')
  // AuthorityKeyIdentifier (2.5.29.35) with a keyIdentifier of 20 bytes; the serial number is 16 bytes at the start.
  const [, issuerKeyId = ''] = /0603551d23041830168014([0-9a-f]{40})/.exec(der) ?? []
  const [, serial = ''] = /a0030201020210([0-9a-f]{32})/.exec(der) ?? []
  return renewalIdOf({ issuerKeyId, serial })
}

const DOCUMENTATION = 'https://letsencrypt.org/docs/rate-limits/'

describe('limits as Let’s Encrypt has them', () => {
  it('new orders of an account', async () => {
    const { ca, client, other } = await open({ newOrdersPerAccount: { count: 2, perSeconds: 3 * 3600 } })
    await client.order('a.example.test')
    // What is refused for what it says costs nothing.
    expect((await client.order('')).status).toBe(400)
    await client.order('b.example.test')
    const detail = `too many new orders (2) from this account in the last 3h0m0s, retry after 2026-06-01 13:30:00 UTC: see ${DOCUMENTATION}#new-orders-per-account`
    expect(await client.order('c.example.test')).toMatchObject(limited(5400, detail))
    expect((await other.order('c.example.test')).status).toBe(201)
    ca.clock.advance(1.5 * HOUR_MS - 1)
    expect((await client.order('c.example.test')).headers['retry-after']).toBe('1')
    ca.clock.advance(1)
    expect((await client.order('c.example.test')).status).toBe(201)
    expect((await client.order('d.example.test')).status).toBe(429)
  })

  it('certificates of a registered domain, but not those for the names of an earlier one', async () => {
    const { client, other } = await open({ certificatesPerDomain: { count: 2, perSeconds: 7 * 86_400 } })
    await client.issue('a.example.test')
    await other.issue('*.b.example.test', 'other.test')
    const detail = `too many certificates (2) already issued for "example.test" in the last 168h0m0s, retry after 2026-06-05 00:00:00 UTC: see ${DOCUMENTATION}#new-certificates-per-registered-domain`
    expect(await client.order('c.example.test')).toMatchObject(limited(302_400, detail))
    expect((await client.order('c.other.test')).status).toBe(201)
    expect((await other.issue('a.example.test')).pem).toContain('BEGIN')
    // Each a registered domain: their owners have nothing to do with each other.
    for (const name of ['a.github.io', 'b.github.io', 'c.github.io', 'a.co.uk', 'b.co.uk', 'c.co.uk']) await client.issue(name)
    expect((await client.order('d.github.io', 'd.co.uk')).status).toBe(201)
  })

  it('certificates for the same names', async () => {
    const { client } = await open({ duplicateCertificates: { count: 2, perSeconds: 7 * 86_400 } })
    await client.issue('a.example.test', 'b.example.test')
    await client.issue('b.example.test', 'a.example.test')
    const detail = `too many certificates (2) already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-06-05 00:00:00 UTC: see ${DOCUMENTATION}#new-certificates-per-exact-set-of-identifiers`
    expect(await client.order('a.example.test', 'b.example.test')).toMatchObject(limited(302_400, detail))
    expect((await client.order('a.example.test')).status).toBe(201)
  })

  it('failed proofs of a name by an account', async () => {
    const { ca, client, other } = await open(
      { failedValidations: { count: 2, perSeconds: 3600 } },
      {
        dns01: async ({ name }) => {
          if (name === 'bad.example.test') throw new AcmeProblem('unauthorized', 403, 'Nothing there.')
        },
      },
    )
    for (let at = 0; at < 2; at += 1) await client.ready('bad.example.test')
    const detail = `too many failed authorizations (2) for "bad.example.test" in the last 1h0m0s, retry after 2026-06-01 12:30:00 UTC: see ${DOCUMENTATION}#authorization-failures-per-identifier-per-account`
    expect(await client.order('good.example.test', 'bad.example.test')).toMatchObject(limited(1800, detail))
    expect((await client.order('good.example.test')).status).toBe(201)
    expect((await other.order('bad.example.test')).status).toBe(201)
    ca.clock.advance(HOUR_MS / 2)
    expect((await client.order('bad.example.test')).status).toBe(201)
  })

  it('new accounts', async () => {
    const { ca, client } = await open({ newAccounts: { count: 2, perSeconds: 3 * 3600 } })
    const third = createClient(ca)
    const detail = `too many new registrations (2) from this IP address in the last 3h0m0s, retry after 2026-06-01 13:30:00 UTC: see ${DOCUMENTATION}#new-registrations-per-ip-address`
    expect(await third.register()).toMatchObject(limited(5400, detail))
    client.kid = ''
    expect((await client.register()).status).toBe(200)
  })

  it('of several that are reached the one that lasts longest is told', async () => {
    const { client } = await open({
      newOrdersPerAccount: { count: 1, perSeconds: 60 },
      duplicateCertificates: { count: 1, perSeconds: 3600 },
      certificatesPerDomain: { count: 1, perSeconds: 600 },
    })
    await client.issue('a.example.test')
    expect((await client.order('a.example.test')).headers['retry-after']).toBe('3600')
    expect((await client.order('b.example.test')).headers['retry-after']).toBe('600')
    expect((await client.order('b.other.test')).headers['retry-after']).toBe('60')
  })

  it('requests of a kind, with 503 and a nonce that is still good', async () => {
    const { ca, client } = await open({
      requests: { newOrder: { count: 1, perSeconds: 2 }, newNonce: LETS_ENCRYPT_LIMITS.requests.newNonce },
    })
    expect((await client.order('a.example.test')).status).toBe(201)
    const busy = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'Service busy; retry later.', status: 503 }
    expect(await client.order('b.example.test')).toMatchObject({ status: 503, headers: { 'retry-after': '2' }, body: busy })
    ca.clock.advance(2000)
    expect((await client.order('b.example.test')).status).toBe(201)
    const nonces = Array.from({ length: 12 }, async () => (await client.exchange(`${client.base}/new-nonce`)).status)
    expect((await Promise.all(nonces)).filter((status) => status === 503)).toHaveLength(2)
  })
})

it('an order that replaces a certificate within its window is exempt from all of them, but is counted', async () => {
  const limits = {
    newOrdersPerAccount: { count: 1, perSeconds: 3 * 3600 },
    certificatesPerDomain: { count: 1, perSeconds: 7 * 86_400 },
    duplicateCertificates: { count: 1, perSeconds: 7 * 86_400 },
  }
  const { ca, client } = await open(limits)
  let replaces = await issue(client, 'a.example.test')
  expect((await client.order('a.example.test')).status).toBe(429)
  const hour = 3_600_000
  const advise = (from: number, to: number) =>
    ca.setRenewalWindow(replaces, { start: new Date(NOW.getTime() + from), end: new Date(NOW.getTime() + to) })
  for (const [from, to] of [
    [hour, 2 * hour],
    [-hour, 0],
  ] as const) {
    advise(from, to)
    expect((await client.orderWith({ replaces }, 'a.example.test')).status).toBe(429)
  }
  for (let at = 0; at < 3; at += 1) {
    advise(0, hour)
    const order = await client.orderWith({ replaces }, 'a.example.test')
    expect(order.status).toBe(201)
    await client.prove(order)
    const { pem } = await client.finish(order, 'a.example.test')
    const certificate = await client.exchange(`${client.base}/renewal-info/${replaces}`)
    expect(certificate.status).toBe(200)
    const der = Buffer.from(derOf(pem), 'base64url').toString('hex')
    const [, serial = ''] = /a0030201020210([0-9a-f]{32})/.exec(der) ?? []
    replaces = `${replaces.split('.')[0]}.${Buffer.from(serial, 'hex').toString('base64url')}`
  }
  ca.settings.limits = {}
  expect((await client.order('a.example.test')).status).toBe(201)
  expect(ca.clock.now()).toEqual(NOW)
})
