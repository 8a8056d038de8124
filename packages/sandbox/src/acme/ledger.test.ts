import { describe, expect, it } from 'vitest'
import { type Client, createClient, startCa } from './acme.test.support.ts'
import { AcmeProblem } from './problem.ts'

/** An order that ends by the deactivation of its only authorization. */
async function fail(client: Client, name: string): Promise<void> {
  const [authorization = ''] = (await client.order(name)).body.authorizations
  await client.post(authorization, { status: 'deactivated' })
}

describe('of orders that are done', () => {
  it('the latest are kept, with what belongs to them', async () => {
    const ca = await startCa({}, { limits: { finished: { orders: 3, names: 100 } } })
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

  it('fewer are kept when they have many names', async () => {
    const client = createClient(await startCa({}, { limits: { finished: { orders: 100, names: 4 } } }))
    await client.register()
    const made: string[] = []
    for (const names of [['a.example.test'], ['b.example.test', 'c.example.test', 'd.example.test'], ['e.example.test']]) {
      const order = await client.ready(...names)
      await client.finish(order, ...names)
      made.push(order.url)
    }
    const statuses = await Promise.all(made.map(async (url) => (await client.post(url)).status))
    expect(statuses).toEqual([404, 200, 200])
  })

  it('an authorization is kept for as long as an order has it', async () => {
    const ca = await startCa({ reuseAuthorizations: true }, { limits: { finished: { orders: 1, names: 100 } } })
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
        limits: { finished: { orders: 1, names: 100 } },
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
