import { describe, expect, it } from 'vitest'
import { createClient, KEYS, publicJwk, startCa } from './acme.test.support.ts'

const URN = 'urn:ietf:params:acme:error:'

describe('a revocation', () => {
  it('is done once, by the account', async () => {
    const client = createClient(await startCa())
    await client.register()
    const { der } = await client.issue('a.example.test')
    const url = `${client.base}/revoke-cert`
    for (const reason of [2, 6, 7, 11, -1, 1.5, '1', null]) {
      const reply = await client.post(url, { certificate: der, reason })
      expect(reply, String(reason)).toMatchObject({ status: 400, body: { type: `${URN}badRevocationReason` } })
    }
    expect(await client.post(url, { certificate: der, reason: 4 })).toMatchObject({ status: 200, text: '' })
    expect(await client.post(url, { certificate: der })).toMatchObject({ status: 400, body: { type: `${URN}alreadyRevoked` } })
    expect(await client.post(url, { certificate: 'AAAA' })).toMatchObject({ status: 404 })
    expect(await client.post(url, { certificate: '=' })).toMatchObject({ status: 400, body: { type: `${URN}malformed` } })
  })

  it('is done by the key of the certificate', async () => {
    const client = createClient(await startCa())
    await client.register()
    const { der, privateKey } = await client.issue('a.example.test')
    const url = `${client.base}/revoke-cert`
    const byKey = (key = KEYS.ES256()) => ({ header: { kid: undefined, jwk: publicJwk(key) }, key })
    expect(await client.post(url, { certificate: der }, byKey())).toMatchObject({
      status: 403,
      body: { type: `${URN}unauthorized` },
    })
    expect((await client.post(url, { certificate: der }, byKey(privateKey))).status).toBe(200)
  })

  it('is done by another account that has proven all of its names, for as long as that lasts', async () => {
    const ca = await startCa()
    const [owner, other] = [createClient(ca), createClient(ca)]
    await owner.register()
    await other.register()
    const url = `${other.base}/revoke-cert`
    const { der: certificate } = await owner.issue('a.example.test', '*.b.example.test')
    const { der: second } = await owner.issue('a.example.test')
    await other.ready('a.example.test', 'b.example.test')
    expect(await other.post(url, { certificate })).toMatchObject({ status: 403, body: { type: `${URN}unauthorized` } })
    await other.ready('*.b.example.test')
    expect((await other.post(url, { certificate })).status).toBe(200)
    ca.clock.advance(30 * 86_400_000)
    expect(await other.post(url, { certificate: second })).toMatchObject({ status: 403 })
  })
})
