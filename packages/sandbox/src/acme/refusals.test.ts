import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createClient, KEYS, publicJwk, startCa, type Wrong } from './acme.test.support.ts'
import { ALGORITHMS } from './jwk.ts'

const URN = 'urn:ietf:params:acme:error:'
const rsa = (modulusLength: number, publicExponent = 65537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey
const jwkOf = (key: KeyObject, more: object = {}) => ({ jwk: { ...publicJwk(key), ...more }, kid: undefined })
const other = KEYS.ES256()
const p384 = KEYS.ES384()
const [weak, odd] = [rsa(1024), rsa(2048, 3)]
const hmac = { kty: 'oct', k: 'AAAA' }

/** What is wrong with a request of a registered account for a new order, and the answer. */
const REFUSALS: [what: string, wrong: Wrong, status: number, type: string][] = [
  ['no nonce', { header: { nonce: undefined } }, 400, 'badNonce'],
  ['a made-up nonce', { header: { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' } }, 400, 'badNonce'],
  ['a nonce that is not base64url', { header: { nonce: 'a+b=' } }, 400, 'malformed'],
  ['a nonce that is not a string', { header: { nonce: 7 } }, 400, 'malformed'],
  ['no url', { header: { url: undefined } }, 400, 'malformed'],
  ['another url', { header: { url: 'https://127.0.0.1/new-order' } }, 401, 'unauthorized'],
  ['no alg', { header: { alg: undefined } }, 400, 'badSignatureAlgorithm'],
  ['alg none', { header: { alg: 'none' } }, 400, 'badSignatureAlgorithm'],
  ['alg HS256', { header: { alg: 'HS256' } }, 400, 'badSignatureAlgorithm'],
  ['alg constructor', { header: { alg: 'constructor' } }, 400, 'badSignatureAlgorithm'],
  ['an alg of another key', { header: { alg: 'ES384' } }, 400, 'badSignatureAlgorithm'],
  ['an alg of another type of key', { header: { alg: 'RS256' } }, 400, 'badSignatureAlgorithm'],
  ['neither jwk nor kid', { header: { kid: undefined } }, 400, 'malformed'],
  ['both jwk and kid', { header: { jwk: publicJwk(other) } }, 400, 'malformed'],
  ['a jwk where an account has to sign', { header: jwkOf(other), key: other }, 400, 'malformed'],
  ['a kid of nobody', { header: { kid: 'https://127.0.0.1/account/1' } }, 400, 'accountDoesNotExist'],
  ['a kid that is not a string', { header: { kid: 7 } }, 400, 'malformed'],
  ['crit', { header: { crit: ['b64'] } }, 400, 'malformed'],
  ['b64', { header: { b64: false } }, 400, 'malformed'],
  ['the signature of another key', { key: other }, 400, 'malformed'],
  ['no signature', { jws: { signature: '' } }, 400, 'malformed'],
  ['a signature that is not base64url', { jws: { signature: 'a/b=' } }, 400, 'malformed'],
  ['another payload', { jws: { payload: 'e30' } }, 400, 'malformed'],
  ['a payload with padding', { jws: { payload: 'e30=' } }, 400, 'malformed'],
  ['no payload member', { jws: { payload: undefined } }, 400, 'malformed'],
  ['a protected header that is no JSON', { jws: { protected: 'AAAA' } }, 400, 'malformed'],
  ['a protected header that is a list', { jws: { protected: 'W10' } }, 400, 'malformed'],
  ['an unprotected header', { jws: { header: {} } }, 400, 'malformed'],
  ['the general syntax', { jws: { signatures: [] } }, 400, 'malformed'],
  ['another content type', { contentType: 'application/json' }, 415, 'malformed'],
  ['a content type with parameters', { contentType: 'application/jose+json; charset=utf-8' }, 415, 'malformed'],
]

/** Keys of new accounts. */
const BAD_KEYS: [what: string, wrong: Wrong][] = [
  ['RSA of 1024 bits', { header: { alg: 'RS256', ...jwkOf(weak) }, key: weak }],
  ['RSA with exponent 3', { header: { alg: 'RS256', ...jwkOf(odd) }, key: odd }],
  ['a private key', { header: jwkOf(other, { d: 'AAAA' }), key: other }],
  ['a symmetric key', { header: { jwk: hmac, kid: undefined }, key: other }],
  ['a point that is not on the curve', { header: jwkOf(other, { x: publicJwk(other).y }), key: other }],
  ['a short coordinate', { header: jwkOf(other, { x: 'AAAA' }), key: other }],
  ['a coordinate with padding', { header: jwkOf(other, { x: `${publicJwk(other).x}=` }), key: other }],
  ['a curve of its own', { header: jwkOf(other, { crv: '__proto__' }), key: other }],
  ['X25519', { header: { jwk: { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) }, kid: undefined }, key: other }],
  ['an alg that does not fit', { header: jwkOf(other, { alg: 'ES384' }), key: other }],
  [
    'a modulus with a leading zero',
    { header: { alg: 'RS256', jwk: { kty: 'RSA', e: 'AQAB', n: `AA${'B'.repeat(342)}` } }, key: other },
  ],
  ['an even modulus', { header: { alg: 'RS256', jwk: { kty: 'RSA', e: 'AQAB', n: `_${'w'.repeat(339)}A_A` } }, key: other }],
  ['a list', { header: { jwk: [], kid: undefined }, key: other }],
  ['a number', { header: { jwk: 1, kid: undefined }, key: other }],
]

describe('a request is refused', () => {
  it('with a problem document, a fresh nonce and no effect', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    await client.register()
    const payload = { identifiers: [{ type: 'dns', value: 'a.example.test' }] }
    for (const [what, wrong, status, type] of REFUSALS) {
      const reply = await client.post(`${client.base}/new-order`, payload, wrong)
      expect(reply, what).toMatchObject({ status, body: { type: URN + type, status, detail: expect.any(String) } })
      expect(reply.headers, what).toMatchObject({
        'content-type': 'application/problem+json',
        'replay-nonce': expect.stringMatching(/^[\w-]{22}$/),
        'cache-control': 'no-store',
        link: `<${ca.directoryUrl}>;rel="index"`,
      })
      if (type === 'badSignatureAlgorithm') expect(reply.body.algorithms, what).toEqual(ALGORITHMS)
    }
    expect((await client.post(`${client.kid}/orders`)).body).toEqual({ orders: [] })
    expect(ca.requests.newOrder).toBe(REFUSALS.length)
  })

  it.each(BAD_KEYS)('for its key: %s', async (_, wrong) => {
    const client = createClient(await startCa())
    const reply = await client.post(`${client.base}/new-account`, { termsOfServiceAgreed: true }, wrong)
    expect(reply).toMatchObject({ status: 400, body: { type: `${URN}badPublicKey` } })
  })

  it('when it uses a nonce for the second time, but not when somebody else tried it', async () => {
    const client = createClient(await startCa())
    await client.register()
    const nonce = await client.nonce()
    const forged = await client.post(client.kid, {}, { header: { nonce }, key: other })
    expect(forged.body).toMatchObject({ type: `${URN}malformed` })
    expect((await client.post(client.kid, {}, { header: { nonce } })).status).toBe(200)
    const again = await client.post(client.kid, {}, { header: { nonce } })
    expect(again.body).toMatchObject({ type: `${URN}badNonce` })
    expect((await client.post(client.kid, {}, { header: { nonce: again.headers['replay-nonce'] } })).status).toBe(200)
  })

  it('when its alg is that of a key of its own, not of the account', async () => {
    const client = createClient(await startCa(), 'RS256')
    await client.register()
    const reply = await client.post(client.kid, {}, { header: { alg: 'ES384' }, key: p384 })
    expect(reply.body).toMatchObject({ type: `${URN}badSignatureAlgorithm` })
  })

  it('when it says something to what can only be read, or reads what only does', async () => {
    const client = createClient(await startCa())
    await client.register()
    const order = await client.order('a.example.test')
    for (const [url, payload] of [
      [order.url, {}],
      [`${client.kid}/orders`, {}],
      [`${client.base}/new-order`, undefined],
      [order.body.finalize, undefined],
      [`${client.base}/revoke-cert`, undefined],
      [`${client.base}/key-change`, undefined],
      [`${client.base}/new-order`, '[]'],
      [`${client.base}/new-order`, 'null'],
      [`${client.base}/new-order`, '{'],
    ] as [string, unknown][]) {
      expect((await client.post(url, payload)).body.type, url).toMatch(/malformed|orderNotReady/)
    }
  })

  it('when its request line names another server', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    const register = async (target: string) => {
      const body = JSON.stringify(await client.sign(target, { termsOfServiceAgreed: true }))
      const headers = { 'content-type': 'application/jose+json' }
      return client.exchange(`${client.base}/new-account`, { method: 'POST', target, headers, body })
    }
    for (const origin of [
      'https://evil.test',
      'http://127.0.0.1',
      client.base.replace('https', 'http'),
      client.base.replace('127.0.0.1', 'localhost'),
      client.base.replace('//', '//user@'),
      client.base.slice(0, -1),
    ]) {
      const reply = await register(`${origin}/new-account`)
      expect(reply, origin).toMatchObject({ status: 401, body: { type: `${URN}unauthorized` } })
    }
    expect(await register(`${client.base}/new-account`)).toMatchObject({ status: 201 })
  })

  it('by method, path and User-Agent', async () => {
    const ca = await startCa()
    const { base, exchange } = createClient(ca)
    const get = await exchange(`${base}/new-order`)
    expect(get).toMatchObject({ status: 405, headers: { allow: 'POST' }, body: { type: `${URN}malformed` } })
    expect(await exchange(`${base}/directory`, { method: 'POST' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    })
    expect(await exchange(`${base}/order/1`, { method: 'PUT' })).toMatchObject({ status: 405 })
    expect(await exchange(`${base}/nowhere`)).toMatchObject({ status: 404, body: { type: `${URN}malformed` } })
    expect(await exchange(`${base}/nowhere/%ff/..`, { method: 'POST' })).toMatchObject({ status: 404 })
    expect(await exchange(ca.directoryUrl, { headers: { 'user-agent': '' } })).toMatchObject({ status: 400 })
    expect(ca.requests).toMatchObject({ newOrder: 1, order: 1, directory: 2 })
  })
})

describe('names are refused', () => {
  it.each([
    ['EXAMPLE', 'rejectedIdentifier'],
    ['*.test', 'rejectedIdentifier'],
    ['com', 'rejectedIdentifier'],
    ['co.uk', 'rejectedIdentifier'],
    ['*.co.uk', 'rejectedIdentifier'],
    ['any.ck', 'rejectedIdentifier'],
    ['xn--55qx5d.cn', 'rejectedIdentifier'],
    [`${'a.'.repeat(116)}example.test`, 'rejectedIdentifier'],
    ['', 'malformed'],
    ['a..example.test', 'malformed'],
    ['example.test.', 'malformed'],
    ['-a.example.test', 'malformed'],
    ['a_b.example.test', 'malformed'],
    ['ä.example.test', 'malformed'],
    // They are k and i in lower case, and the latter with a dot of its own.
    ['\u212a.example.test', 'malformed'],
    ['\u0130.example.test', 'malformed'],
    ['*.\u212a.example.test', 'malformed'],
    ['a.*.example.test', 'malformed'],
    ['*.*.example.test', 'malformed'],
    ['*a.example.test', 'malformed'],
    ['127.0.0.1', 'malformed'],
    ['ab--c.example.test', 'malformed'],
    ['xn--a.example.test', 'malformed'],
    [`${'a'.repeat(64)}.example.test`, 'malformed'],
    ['a.example.test\r\nX: y', 'malformed'],
  ])('%s', async (value, type) => {
    const client = createClient(await startCa())
    await client.register()
    const identifiers = ['good.test.example', value].map((name) => ({ type: 'dns', value: name }))
    const reply = await client.post(`${client.base}/new-order`, { identifiers })
    expect(reply).toMatchObject({ status: 400, body: { type: URN + type } })
    expect(reply.body.subproblems).toMatchObject([{ type: URN + type, identifier: { type: 'dns' } }])
  })

  it('each with a problem of its own', async () => {
    const client = createClient(await startCa())
    await client.register()
    const identifiers = [
      { type: 'ip', value: '127.0.0.1' },
      ...['a.example.test', 'A.example.test', 'b.c.test', '*.c.test', 'x'].map((value) => ({ type: 'dns', value })),
    ]
    const { body } = await client.post(`${client.base}/new-order`, { identifiers })
    expect(body.type).toBe(`${URN}malformed`)
    const problems = body.subproblems
    expect(problems.map(({ type, identifier }) => `${identifier.value} ${type.slice(URN.length)}`)).toEqual([
      '127.0.0.1 unsupportedIdentifier',
      'a.example.test malformed',
      'x rejectedIdentifier',
      'b.c.test malformed',
    ])
    for (const wrong of [
      undefined,
      [],
      {},
      [1],
      [{ type: 'dns' }],
      [{ type: 'dns', value: 1 }],
      Array(101).fill(identifiers[1]),
    ]) {
      const reply = await client.post(`${client.base}/new-order`, { identifiers: wrong })
      expect(reply).toMatchObject({ status: 400, body: { type: `${URN}malformed` } })
    }
    const hundred = Array.from({ length: 100 }, (_, at) => ({ type: 'dns', value: `n${at}.example.test` }))
    expect((await client.post(`${client.base}/new-order`, { identifiers: hundred })).status).toBe(201)
    for (const name of ['xn--bcher-kva.example', 'a.co.uk', '*.a.co.uk', 'www.ck', 'somebody.github.io', 'github.io'])
      expect((await client.order(name)).status, name).toBe(201)
  })
})
