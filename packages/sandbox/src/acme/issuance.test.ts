import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createClient, KEYS, makeCsr, NOW, startCa } from './acme.test.support.ts'
import { AcmeProblem } from './problem.ts'

const URN = 'urn:ietf:params:acme:error:'

describe('a certificate', () => {
  it.each(Object.keys(KEYS) as (keyof typeof KEYS)[])('is issued to an account with an %s key', async (alg) => {
    const ca = await startCa()
    const client = createClient(ca, alg)
    await client.register()
    const { pem } = await client.issue('*.example.test', 'example.test')
    const leaf = new X509Certificate(pem)
    expect(leaf.subjectAltName).toBe('DNS:*.example.test, DNS:example.test')
    expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBe(90 * 86_400_000)
  })

  it('is issued step by step as RFC 8555 §7.4 has it', async () => {
    const claims: unknown[] = []
    const ca = await startCa({ retryAfter: { authorization: 3 } }, { dns01: async (claim: unknown) => void claims.push(claim) })
    const client = createClient(ca)
    await client.register()
    const order = await client.order('*.Example.test')
    expect(order).toMatchObject({
      status: 201,
      headers: { 'cache-control': 'no-store', link: `<${ca.directoryUrl}>;rel="index"` },
      body: { status: 'pending', identifiers: [{ type: 'dns', value: '*.example.test' }], expires: '2026-06-08T12:00:00.000Z' },
    })
    const [url = ''] = order.body.authorizations
    const authorization = await client.post(url)
    expect(authorization).toMatchObject({
      headers: { 'retry-after': '3' },
      body: { status: 'pending', wildcard: true, identifier: { type: 'dns', value: 'example.test' } },
    })
    expect(authorization.body.challenges).toMatchObject([{ type: 'dns-01', status: 'pending' }])
    const early = await client.post(order.body.finalize, { csr: (await makeCsr(['*.example.test'])).csr })
    expect(early).toMatchObject({ status: 403, body: { type: `${URN}orderNotReady` } })

    const [proven] = await client.prove(order)
    expect(proven?.body).toMatchObject({ status: 'valid', expires: '2026-07-01T12:00:00.000Z' })
    expect(proven?.headers['retry-after']).toBeUndefined()
    expect(claims).toEqual([
      {
        name: 'example.test',
        wildcard: true,
        digest: expect.stringMatching(/^[\w-]{43}$/),
        accountUrl: client.kid,
        method: 'dns-01',
      },
    ])
    expect((await client.post(order.url)).body).toMatchObject({ status: 'ready' })

    const done = await client.post(order.body.finalize, { csr: (await makeCsr(['*.example.test'])).csr })
    expect(done).toMatchObject({ status: 200, headers: { location: order.url }, body: { status: 'valid' } })
    const chain = await client.post(done.body.certificate)
    expect(chain.headers['content-type']).toBe('application/pem-certificate-chain')
    expect(chain.text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(await client.post(order.body.finalize, { csr: 'AA' })).toMatchObject({ status: 403 })
  })

  it('lives as its order asks for', async () => {
    const ca = await startCa({ lifetimeSeconds: 3600 })
    const client = createClient(ca)
    await client.register()
    const identifiers = [{ type: 'dns', value: 'a.example.test' }]
    const period = { notBefore: '2026-06-01T13:00:00+00:00', notAfter: '2026-06-03T13:00:00Z' }
    const order = await client.post(`${client.base}/new-order`, { identifiers, ...period })
    expect(order.body).toMatchObject({ notBefore: '2026-06-01T13:00:00.000Z', notAfter: '2026-06-03T13:00:00.000Z' })
    await client.prove(order)
    const done = await client.post(order.body.finalize, { csr: (await makeCsr(['a.example.test'])).csr })
    const leaf = new X509Certificate((await client.post(done.body.certificate)).text)
    expect([leaf.validFromDate, leaf.validToDate]).toEqual([new Date(period.notBefore), new Date(period.notAfter)])

    const plain = new X509Certificate((await client.issue('b.example.test')).pem)
    expect([plain.validFromDate, plain.validToDate]).toEqual([NOW, new Date(NOW.getTime() + 3_600_000)])
    for (const wrong of [
      { notBefore: 'tomorrow' },
      { notBefore: '2026-05-01T00:00:00Z' },
      { notBefore: '2026-12-01T00:00:00Z' },
      { notAfter: '2026-06-01T11:00:00Z' },
      { notAfter: '2036-06-01T11:00:00Z' },
      { notAfter: '2026-13-41T11:00:00Z' },
      { notBefore: '2026-06-05T00:00:00Z', notAfter: '2026-06-05T00:00:00Z' },
      { notAfter: 7 },
    ]) {
      const refused = await client.post(`${client.base}/new-order`, { identifiers, ...wrong })
      expect(refused, JSON.stringify(wrong)).toMatchObject({ status: 400, body: { type: `${URN}malformed` } })
    }
  })

  it('is not issued for a request that does not fit', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    await client.register()
    const order = await client.ready('a.example.test', 'b.example.test')
    const names = ['a.example.test', 'b.example.test']
    const refused = async (csr: unknown) => (await client.post(order.body.finalize, { csr })).body.type
    expect(await refused((await makeCsr(['a.example.test'])).csr)).toBe(`${URN}badCSR`)
    expect(await refused((await makeCsr([...names, 'c.example.test'])).csr)).toBe(`${URN}badCSR`)
    expect(await refused((await makeCsr(names, client.key)).csr)).toBe(`${URN}badCSR`)
    expect(await refused(Buffer.from('nonsense').toString('base64url'))).toBe(`${URN}badCSR`)
    expect(await refused('A===')).toBe(`${URN}malformed`)
    expect(await refused(undefined)).toBe(`${URN}malformed`)
    const { csr } = await makeCsr(names)
    const twice = await Promise.all([1, 2].map(() => client.post(order.body.finalize, { csr })))
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 403])
  })

  it('is issued to two clients at once', async () => {
    const ca = await startCa()
    const clients = [createClient(ca), createClient(ca, 'EdDSA')]
    const issued = await Promise.all(
      clients.map(async (client, at) => {
        await client.register()
        return Promise.all([1, 2, 3].map((number) => client.issue(`n${number}-${at}.example.test`)))
      }),
    )
    expect(new Set(issued.flat().map(({ der }) => der)).size).toBe(6)
  })
})

describe('a proof that fails', () => {
  it('shows in the challenge and ends its order', async () => {
    const ca = await startCa(
      {},
      {
        dns01: async () => {
          throw new AcmeProblem('dns', 400, 'SERVFAIL')
        },
      },
    )
    const client = createClient(ca)
    await client.register()
    const order = await client.order('a.example.test')
    const [proof] = await client.prove(order)
    const error = { type: `${URN}dns`, detail: 'SERVFAIL', status: 400 }
    expect(proof?.body).toMatchObject({ status: 'invalid', challenges: [{ status: 'invalid', error }] })
    expect((await client.post(order.url)).body).toMatchObject({ status: 'invalid', error })
    const list = await client.post(`${client.kid}/orders`)
    expect(list.body).toEqual({ orders: [] })
  })

  it('is no crash when the validation itself fails', async () => {
    const ca = await startCa({}, { dns01: () => Promise.reject(new TypeError('inside')) })
    const client = createClient(ca)
    await client.register()
    const [proof] = await client.prove(await client.order('a.example.test'))
    expect(proof?.body).toMatchObject({ challenges: [{ error: { type: `${URN}serverInternal`, status: 500 } }] })
  })

  it('is given up when the CA stops', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const ca = await startCa(
      {},
      {
        dns01: (_, signal) => {
          started.resolve(signal)
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      },
    )
    const client = createClient(ca)
    await client.register()
    const order = await client.order('a.example.test')
    const [url = ''] = order.body.authorizations
    const [challenge] = (await client.post(url)).body.challenges
    expect((await client.post(challenge?.url ?? '', {})).body).toMatchObject({ status: 'processing' })
    await ca.stop()
    expect((await started.promise).aborted).toBe(true)
  })
})
