import { describe, expect, it } from 'vitest'
import { createClient, KEYS, publicJwk, signJws, startCa } from './acme.test.support.ts'

describe('requests at the same time', () => {
  it('with one nonce: one of them is served', async () => {
    const client = createClient(await startCa())
    await client.register()
    for (let round = 0; round < 5; round++) {
      const nonce = await client.nonce()
      const replies = await Promise.all(Array.from({ length: 8 }, () => client.post(client.kid, {}, { header: { nonce } })))
      const served = replies.filter(({ status }) => status === 200)
      const refused = replies.filter(({ body }) => body.type === 'urn:ietf:params:acme:error:badNonce')
      expect([served.length, refused.length]).toEqual([1, 7])
    }
  })

  it('with one new key: one account is made', async () => {
    const client = createClient(await startCa())
    const url = `${client.base}/new-account`
    const replies = await Promise.all(Array.from({ length: 8 }, () => client.post(url, { termsOfServiceAgreed: true })))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([...Array(7).fill(200), 201])
    expect(new Set(replies.map(({ headers }) => headers.location)).size).toBe(1)
  })

  it('to change a key: one of them does', async () => {
    const client = createClient(await startCa())
    await client.register()
    const url = `${client.base}/key-change`
    const change = () => {
      const next = KEYS.ES256()
      const jws = signJws({ alg: 'ES256', jwk: publicJwk(next), url }, { account: client.kid, oldKey: client.jwk() }, next)
      return client.post(url, jws)
    }
    const replies = await Promise.all(Array.from({ length: 8 }, change))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(400)])
    expect((await client.post(client.kid)).status).toBe(400)
  })
})
