import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createClient, KEYS, makeCsr, publicJwk, startCa } from './acme.test.support.ts'

const URN = 'urn:ietf:params:acme:error:'

/** The certificates of a chain, leaf first. */
const chainOf = (pem: string) =>
  (pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map((block) => new X509Certificate(block))

describe('the chains of a certificate', () => {
  it('end below the root of the CA, and as many others as are offered', async () => {
    const ca = await startCa({ alternateChains: 2 })
    const client = createClient(ca)
    await client.register()
    const { url } = await client.issue('a.example.test')
    const own = await client.post(url)
    expect(String(own.headers.link)).toContain(`<${url}/1>;rel="alternate", <${url}/2>;rel="alternate"`)
    const [leaf] = chainOf(own.text)
    const roots = [ca.issuerRoot, await ca.alternateRoot(1), await ca.alternateRoot(2)].map((pem) => new X509Certificate(pem))
    expect(new Set(roots.map(({ subject }) => subject)).size).toBe(3)
    for (const [i, root] of roots.entries()) {
      const chain = chainOf((await client.post(i === 0 ? url : `${url}/${i}`)).text)
      expect(chain).toHaveLength(2)
      const [first, second] = chain
      if (!first || !second || !leaf) throw new Error('a chain is too short')
      expect(first.fingerprint256).toBe(leaf.fingerprint256)
      expect(first.checkIssued(second) && first.verify(second.publicKey)).toBe(true)
      expect(second.checkIssued(root) && second.verify(root.publicKey)).toBe(true)
    }
    for (const n of ['0', '3', 'x', '1/2']) expect(await client.post(`${url}/${n}`), n).toMatchObject({ status: 404 })
    const other = createClient(ca)
    await other.register()
    expect(await other.post(`${url}/1`)).toMatchObject({ status: 403 })
  })

  it('can be wrong', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    await client.register()
    const first = await client.issue('a.example.test')
    const second = await client.issue('b.example.test')
    ca.settings.sentChain = 'leaf'
    expect(chainOf((await client.post(second.url)).text)).toHaveLength(1)
    ca.settings.sentChain = 'another'
    expect((await client.post(second.url)).text).toBe(first.pem)
  })
})

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

  it('comes too late when the certificate has expired', async () => {
    const ca = await startCa({ lifetimeSeconds: 3600 })
    const client = createClient(ca)
    await client.register()
    const { der } = await client.issue('a.example.test')
    ca.clock.advance(3_600_001)
    expect(await client.post(`${client.base}/revoke-cert`, { certificate: der })).toMatchObject({
      status: 403,
      body: { type: `${URN}unauthorized` },
    })
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

  it.each<[string, boolean, { reason?: number; byKey?: boolean }]>([
    ['no reason', true, {}],
    ['superseded', true, { reason: 4 }],
    ['keyCompromise', false, { reason: 1 }],
    ['keyCompromise, signed by the key', false, { reason: 1, byKey: true }],
    // Whoever signs with it need not be its owner: Let's Encrypt takes that for a compromise, whatever the reason says.
    ['superseded, signed by the key', false, { reason: 4, byKey: true }],
  ])('for %s: whether its key is certified again: %s', async (_, isCertified, { reason, byKey }) => {
    const ca = await startCa()
    const [client, other] = [createClient(ca), createClient(ca)]
    await client.register()
    await other.register()
    const { der, privateKey } = await client.issue('a.example.test')
    const wrong = byKey ? { header: { kid: undefined, jwk: publicJwk(privateKey) }, key: privateKey } : {}
    const revoked = await client.post(`${client.base}/revoke-cert`, { certificate: der, ...(reason && { reason }) }, wrong)
    expect(revoked.status).toBe(200)
    for (const each of [client, other]) {
      const order = await each.ready('b.example.test')
      const again = await each.post(order.body.finalize, { csr: (await makeCsr(['b.example.test'], privateKey)).csr })
      if (isCertified) expect(again).toMatchObject({ status: 200, body: { status: 'valid' } })
      else {
        expect(again).toMatchObject({ status: 400, body: { type: `${URN}badCSR` } })
        // RFC 8555 §7.4: the order is as it was, and another key gets its certificate.
        await each.finish(order, 'b.example.test')
      }
    }
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
