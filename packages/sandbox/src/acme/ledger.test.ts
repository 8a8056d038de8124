import { describe, expect, it } from 'vitest'
import { type Client, createClient, startCa } from './acme.test.support.ts'
import { AcmeProblem } from './problem.ts'

const URN = 'urn:ietf:params:acme:error:'
const DAY_MS = 86_400_000

/** An order that ends by the deactivation of its only authorization. */
async function fail(client: Client, name: string): Promise<void> {
  const [authorization = ''] = (await client.order(name)).body.authorizations
  await client.post(authorization, { status: 'deactivated' })
}

describe('of orders that are done', () => {
  it('the latest are kept, with what belongs to them', async () => {
    const ca = await startCa({}, { limits: { finished: 3, unfinished: 100 } })
    const client = createClient(ca)
    await client.register()
    const made: { urls: string[]; der: string }[] = []
    for (let at = 0; at < 5; at += 1) {
      const name = `n${at}.example.test`
      const order = await client.ready(name)
      const [authorization = ''] = order.body.authorizations
      const [challenge] = (await client.post(authorization)).body.challenges
      const { url, der } = await client.finish(order, name)
      made.push({ urls: [order.url, authorization, challenge?.url ?? '', url], der })
    }
    const orders = made.map(({ urls: [order] }) => order)
    for (const [at, { urls, der }] of made.entries()) {
      const isForgotten = at < 2
      for (const url of urls) expect((await client.post(url)).status, `${at} ${url}`).toBe(isForgotten ? 404 : 200)
      const revoked = await client.post(`${client.base}/revoke-cert`, { certificate: der })
      expect(revoked.status, `${at}`).toBe(isForgotten ? 404 : 200)
    }
    expect((await client.post(`${client.kid}/orders`)).body.orders).toEqual(orders.slice(2))
  })

  it('an authorization is kept for as long as an order has it', async () => {
    const ca = await startCa({ reuseAuthorizations: true }, { limits: { finished: 1, unfinished: 100 } })
    const client = createClient(ca)
    await client.register()
    const first = await client.ready('a.example.test')
    const second = await client.order('a.example.test')
    const [shared = ''] = first.body.authorizations
    expect(second.body.authorizations).toEqual([shared])
    await client.finish(first, 'a.example.test')
    await fail(client, 'b.example.test')
    expect((await client.post(first.url)).status).toBe(404)
    expect((await client.post(shared)).body).toMatchObject({ status: 'valid' })
    await client.finish(second, 'a.example.test')
    await fail(client, 'b.example.test')
    expect((await client.post(shared)).status).toBe(404)
    // And is no proof any more.
    expect((await client.order('a.example.test')).body).toMatchObject({ status: 'pending' })
  })

  it('a proof that comes after its order was forgotten counts for no other', async () => {
    const [looking, proof] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const ca = await startCa(
      { reuseAuthorizations: true },
      {
        limits: { finished: 1, unfinished: 100 },
        dns01: async ({ name }) => {
          if (name === 'bad.example.test') throw new AcmeProblem('unauthorized', 403, 'Not there')
          if (name !== 'slow.example.test') return
          looking.resolve()
          await proof.promise
        },
      },
    )
    const client = createClient(ca)
    await client.register()
    const order = await client.order('slow.example.test', 'bad.example.test')
    const [slow = '', bad = ''] = order.body.authorizations
    for (const url of [slow, bad]) {
      const [challenge] = (await client.post(url)).body.challenges
      await client.post(challenge?.url ?? '', {})
    }
    await looking.promise
    await fail(client, 'c.example.test')
    expect((await client.post(order.url)).status).toBe(404)
    proof.resolve()
    await client.issue('d.example.test')
    expect((await client.order('slow.example.test')).body).toMatchObject({ status: 'pending' })
  })
})

describe('of orders that are not done', () => {
  it('so many may wait at once; who has one is served all the same', async () => {
    const ca = await startCa({}, { limits: { finished: 10, unfinished: 3 } })
    const [client, other] = [createClient(ca), createClient(ca)]
    await client.register()
    await other.register()
    const waiting = [await client.order('a.example.test'), await client.ready('b.example.test')]
    await other.order('c.example.test')
    expect(waiting.map(({ status }) => status)).toEqual([201, 201])
    for (const each of [client, other]) {
      expect(await each.order('d.example.test')).toMatchObject({
        status: 429,
        headers: { 'retry-after': '60' },
        body: { type: `${URN}rateLimited` },
      })
    }
    const [, ready] = waiting
    if (ready) await client.finish(ready, 'b.example.test')
    expect((await client.order('d.example.test')).status).toBe(201)
    expect((await client.order('e.example.test')).status).toBe(429)
    // Nobody watches the time: those that have expired make room when it is needed.
    ca.clock.advance(7 * DAY_MS)
    expect((await client.order('e.example.test')).status).toBe(201)
  })
})
