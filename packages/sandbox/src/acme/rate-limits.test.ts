import { describe, expect, it } from 'vitest'
import { createClient, startCa } from './acme.test.support.ts'
import type { LedgerLimits } from './ledger.ts'

const DAY_MS = 86_400_000
const RATE_LIMITED = {
  status: 429,
  headers: { 'retry-after': '60' },
  body: { type: 'urn:ietf:params:acme:error:rateLimited', status: 429 },
}

/** A CA and two accounts. */
async function open(limits: Partial<LedgerLimits>) {
  const ca = await startCa({}, { limits })
  const [client, other] = [createClient(ca), createClient(ca)]
  await client.register()
  await other.register()
  return { ca, client, other }
}

const named = (count: number, of: string) => Array.from({ length: count }, (_, at) => `n${at}.${of}.test`)

describe('of unfinished orders', () => {
  it('an account may have so many, and who has one is served all the same', async () => {
    const { client, other } = await open({ unfinishedOfAccount: { orders: 2, names: 100 } })
    await client.order('a.example.test')
    const ready = await client.ready('b.example.test')
    const refused = await client.order('c.example.test')
    expect(refused).toMatchObject(RATE_LIMITED)
    expect(refused.text).toContain('This account has 2 unfinished orders')
    expect((await other.order('c.example.test')).status).toBe(201)
    await client.finish(ready, 'b.example.test')
    expect((await client.order('c.example.test')).status).toBe(201)
    expect(await client.order('d.example.test')).toMatchObject(RATE_LIMITED)
  })

  it('an account may have so many names in them', async () => {
    const { client, other } = await open({ unfinishedOfAccount: { orders: 100, names: 10 } })
    expect((await client.order(...named(7, 'a'))).status).toBe(201)
    const refused = await client.order(...named(4, 'b'))
    expect(refused).toMatchObject(RATE_LIMITED)
    expect(refused.text).toContain('of 7 names')
    const rest = await client.order(...named(3, 'b'))
    expect(rest.status).toBe(201)
    expect(await client.order('c.example.test')).toMatchObject(RATE_LIMITED)
    expect((await other.order(...named(10, 'a'))).status).toBe(201)
    const [authorization = ''] = rest.body.authorizations
    await client.post(authorization, { status: 'deactivated' })
    expect((await client.order(...named(3, 'd'))).status).toBe(201)
  })

  it('all accounts may have so many, and so many names', async () => {
    const { client, other } = await open({ unfinished: { orders: 3, names: 10 } })
    expect((await client.order(...named(8, 'a'))).status).toBe(201)
    expect(await other.order(...named(3, 'b'))).toMatchObject(RATE_LIMITED)
    expect((await other.order('b.example.test')).status).toBe(201)
    expect((await client.order('c.example.test')).status).toBe(201)
    for (const each of [client, other]) expect(await each.order('d.example.test')).toMatchObject(RATE_LIMITED)
  })

  it('those that have expired make room when it is needed', async () => {
    const { ca, client } = await open({ unfinishedOfAccount: { orders: 2, names: 100 } })
    const notAfter = new Date(ca.clock.now().getTime() + DAY_MS).toISOString()
    const week = await client.order('a.example.test')
    const identifiers = [{ type: 'dns', value: 'b.example.test' }]
    await client.post(`${client.base}/new-order`, { identifiers, notAfter })
    expect(await client.order('c.example.test')).toMatchObject(RATE_LIMITED)
    ca.clock.advance(DAY_MS)
    expect((await client.order('c.example.test')).status).toBe(201)
    expect(await client.order('d.example.test')).toMatchObject(RATE_LIMITED)
    ca.clock.advance(6 * DAY_MS)
    expect((await client.order('d.example.test')).status).toBe(201)
    expect((await client.post(week.url)).body).toMatchObject({ status: 'invalid', error: { detail: 'The order has expired.' } })
  })

  it('one whose account is gone counts no more', async () => {
    const { client, other } = await open({ unfinished: { orders: 1, names: 100 } })
    expect((await client.order('a.example.test')).status).toBe(201)
    expect(await other.order('b.example.test')).toMatchObject(RATE_LIMITED)
    await client.post(client.kid, { status: 'deactivated' })
    expect((await other.order('b.example.test')).status).toBe(201)
  })

  it('300 and 3,000 names an account are as many as are kept', async () => {
    const { client } = await open({})
    for (let at = 0; at < 30; at += 1) expect((await client.order(...named(100, `o${at}`))).status).toBe(201)
    expect(await client.order('a.example.test')).toMatchObject(RATE_LIMITED)
    const other = createClient(await startCa())
    await other.register()
    const statuses = await Promise.all(
      Array.from({ length: 301 }, async (_, at) => (await other.order(`n${at}.test.example`)).status),
    )
    expect(statuses.filter((status) => status === 201)).toHaveLength(300)
    expect(statuses.filter((status) => status === 429)).toHaveLength(1)
  })
})

it('of accounts the CA takes so many', async () => {
  const { ca, client } = await open({ accounts: 2 })
  const third = createClient(ca)
  expect(await third.register()).toMatchObject(RATE_LIMITED)
  expect((await client.post(`${client.base}/new-account`, { onlyReturnExisting: true }, keyed(client))).status).toBe(200)
})

function keyed(client: ReturnType<typeof createClient>) {
  return { header: { kid: undefined, jwk: client.jwk() } }
}

it('an order ends with the first of the proofs that it takes over', async () => {
  const ca = await startCa({ reuseAuthorizations: true })
  const client = createClient(ca)
  await client.register()
  await client.ready('a.example.test')
  ca.clock.advance(29 * DAY_MS)
  const order = await client.order('a.example.test', 'b.example.test')
  expect(order.body).toMatchObject({ expires: '2026-07-01T12:00:00.000Z' })
  ca.clock.advance(DAY_MS)
  expect((await client.post(order.url)).body).toMatchObject({ status: 'invalid', error: { detail: 'The order has expired.' } })
})
