import { createHash, createPublicKey } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { createCertificateCrypto } from './crypto.ts'
import { createIssuer } from './issuer.ts'
import { problem, type ScriptedCa, startScriptedCa } from './scripted-ca.test.support.ts'

const o = { signal: new AbortController().signal }
const logger = { log() {} }
const crypto = createCertificateCrypto()

let ca: ScriptedCa
let issuer: Issuer
let account: IssuerAccount
const clock = manualClock(new Date('2026-11-20T12:00:00Z'))

beforeEach(async () => {
  ca = await startScriptedCa()
  issuer = createIssuer({ ca: ca.directory, clock, logger, version: '1.2.3' })
  account = { url: ca.url('/account/1'), key: await crypto.createKey('ec256') }
  ca.on('/account', { status: 201, headers: { location: ca.url('/account/1') }, body: { status: 'valid' } })
  ca.on('/new-order', { status: 201, headers: { location: ca.url('/order/1') }, body: order('pending') })
  ca.on('/order/1', { body: order('ready') })
})

afterEach(async () => {
  await issuer.close()
  await ca.close()
})

const order = (status: string, more: object = {}) => ({
  status,
  expires: '2026-11-27T12:00:00Z',
  identifiers: [{ type: 'dns', value: '*.example.test' }],
  authorizations: [ca.url('/authz/1')],
  finalize: ca.url('/finalize/1'),
  ...more,
})

const authorization = (more: object = {}) => ({
  status: 'pending',
  identifier: { type: 'dns', value: 'example.test' },
  wildcard: true,
  challenges: [
    { type: 'http-01', url: ca.url('/challenge/http'), status: 'pending', token: 'abc' },
    { type: 'dns-01', url: ca.url('/challenge/1'), status: 'pending', token: 'a-token_1' },
  ],
  ...more,
})

describe('an order, from the account to the certificate', () => {
  it('costs one request a call, plus the directory once and one nonce once', async () => {
    ca.on('/authz/1', { body: authorization() }, { body: authorization({ status: 'valid' }) })
    ca.on('/challenge/1', { headers: { 'retry-after': '3' }, body: { type: 'dns-01', status: 'processing' } })
    ca.on('/finalize/1', { headers: { 'retry-after': '5' }, body: order('processing') })
    ca.on('/order/1', { body: order('valid', { certificate: ca.url('/certificate/1') }) })
    ca.on('/certificate/1', { contentType: 'application/pem-certificate-chain', body: 'the chain' })

    const key = await crypto.createKey('ec256')
    const made = await issuer.createAccount(key, { contact: 'ops@example.test', termsAgreed: true }, o)
    const ordered = await issuer.newOrder(made, { names: ['*.example.test'], profile: 'short', replaces: 'aki.serial' }, o)
    const asked = await issuer.getAuthorization(made, ordered.authorizations[0] ?? '', o)
    const answered = await issuer.answerChallenge(made, asked.dns01?.url ?? '', o)
    const polled = await issuer.getAuthorization(made, asked.url, o)
    const finalized = await issuer.finalize(made, ordered, new Uint8Array([1, 2, 3]), o)
    const valid = await issuer.getOrder(made, ordered.url, o)
    const chain = await issuer.getCertificate(made, valid.certificateUrl ?? '', o)

    expect(ca.counts()).toEqual({
      'GET /directory': 1,
      'HEAD /nonce': 1,
      'POST /account': 1,
      'POST /new-order': 1,
      'POST /authz/1': 2,
      'POST /challenge/1': 1,
      'POST /finalize/1': 1,
      'POST /order/1': 1,
      'POST /certificate/1': 1,
    })
    expect(made).toEqual({ url: ca.url('/account/1'), key })
    expect(ordered).toEqual({
      url: ca.url('/order/1'),
      status: 'pending',
      names: ['*.example.test'],
      expires: new Date('2026-11-27T12:00:00Z'),
      authorizations: [ca.url('/authz/1')],
      finalizeUrl: ca.url('/finalize/1'),
    })
    const { x, y } = createPublicKey(key).export({ format: 'jwk' })
    const thumbprint = createHash('sha256').update(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`).digest('base64url')
    expect(asked).toEqual({
      url: ca.url('/authz/1'),
      status: 'pending',
      identifier: 'example.test',
      wildcard: true,
      dns01: {
        url: ca.url('/challenge/1'),
        status: 'pending',
        txtValue: createHash('sha256').update(`a-token_1.${thumbprint}`).digest('base64url'),
      },
      http01: { url: ca.url('/challenge/http'), status: 'pending', token: 'abc', keyAuthorization: `abc.${thumbprint}` },
    })
    expect(answered).toEqual({ retryAfterMs: 3000 })
    expect(polled.status).toBe('valid')
    expect(finalized).toMatchObject({ url: ordered.url, status: 'processing', retryAfterMs: 5000 })
    expect(valid).toMatchObject({ status: 'valid', certificateUrl: ca.url('/certificate/1') })
    expect(chain).toEqual({ chain: 'the chain', alternates: [] })
  })

  it('signs as RFC 8555 §6.2 has it: the JWK for newAccount, the kid after, its own URL and a nonce of its own', async () => {
    const made = await issuer.createAccount(account.key, { contact: 'ops@example.test', termsAgreed: true }, o)
    await issuer.newOrder(made, { names: ['*.example.test'] }, o)
    await issuer.getOrder(made, ca.url('/order/1'), o)
    const [newAccount, newOrder, getOrder] = ca.seen.filter(({ method }) => method === 'POST')

    expect(newAccount?.verified).toBe(true)
    expect(newAccount?.protected).toMatchObject({ alg: 'ES256', url: ca.url('/account') })
    expect(newAccount?.protected).not.toHaveProperty('kid')
    expect(newAccount?.payload).toEqual({ termsOfServiceAgreed: true, contact: ['mailto:ops@example.test'] })
    expect(newAccount?.headers).toMatchObject({ 'content-type': 'application/jose+json', 'user-agent': 'domainctl/1.2.3' })
    expect(newOrder?.protected).toMatchObject({ kid: made.url, url: ca.url('/new-order') })
    expect(newOrder?.protected).not.toHaveProperty('jwk')
    expect(newOrder?.payload).toEqual({ identifiers: [{ type: 'dns', value: '*.example.test' }] })
    expect(getOrder?.payload).toBeUndefined()
    const nonces = ca.seen.map(({ protected: { nonce } }) => nonce).filter((nonce) => nonce !== undefined)
    expect(new Set(nonces).size).toBe(3)
  })

  it('agrees to nothing that nobody agreed to', async () => {
    await issuer.createAccount(account.key, { termsAgreed: false }, o)
    expect(ca.seen.at(-1)?.payload).toEqual({})
  })

  it('fetches the directory once for many calls at once, and again after a day', async () => {
    await Promise.all(Array.from({ length: 12 }, () => issuer.getOrder(account, ca.url('/order/1'), o)))
    expect(ca.counts()).toMatchObject({ 'GET /directory': 1, 'POST /order/1': 12 })
    expect(ca.counts()['HEAD /nonce']).toBeLessThanOrEqual(12)
    clock.advance(25 * 3_600_000)
    await issuer.getOrder(account, ca.url('/order/1'), o)
    expect(ca.counts()).toMatchObject({ 'GET /directory': 2 })
  })

  it('sends nothing before the first call', async () => {
    await issuer.close()
    expect(ca.seen).toEqual([])
  })
})

describe('describe', () => {
  it('tells what the CA says of itself', async () => {
    ca.on('/directory', {
      body: {
        newNonce: ca.url('/nonce'),
        newAccount: ca.url('/account'),
        newOrder: ca.url('/new-order'),
        meta: {
          termsOfService: 'https://ca.example/terms',
          website: 'https://ca.example/',
          caaIdentities: ['ca.example', 7],
          profiles: { short: 'Six days', odd: 7 },
          externalAccountRequired: true,
          renewalInfo: false,
        },
      },
    })
    expect(await issuer.describe(o)).toEqual({
      termsOfService: 'https://ca.example/terms',
      website: 'https://ca.example/',
      caaIdentities: ['ca.example'],
      profiles: { short: 'Six days', odd: '' },
      externalAccountRequired: true,
      renewalInfo: false,
      clockAheadMs: expect.any(Number),
    })
  })

  it('is content with a CA that says nothing', async () => {
    expect(await issuer.describe(o)).toEqual({
      caaIdentities: [],
      profiles: {},
      externalAccountRequired: false,
      renewalInfo: false,
      clockAheadMs: expect.any(Number),
    })
  })

  it('tells how far the clock is off, unless the answer comes out of a cache or has no time', async () => {
    const body = { newNonce: ca.url('/nonce'), newAccount: ca.url('/account'), newOrder: ca.url('/new-order') }
    const date = new Date(clock.now().getTime() - 90_000).toUTCString()
    const ahead = async (headers: Record<string, string>) => {
      ca.on('/directory', { body, headers })
      const fresh = createIssuer({ ca: ca.directory, clock, logger, version: '1.2.3' })
      return fresh.describe(o).finally(() => fresh.close())
    }
    const { clockAheadMs = 0 } = await ahead({ date })
    expect(Math.abs(clockAheadMs - 90_000)).toBeLessThanOrEqual(1000)
    expect(await ahead({ date, age: '30' })).not.toHaveProperty('clockAheadMs')
    expect(await ahead({ date: 'yesterday' })).not.toHaveProperty('clockAheadMs')
  })
})

describe('bad nonces', () => {
  const badNonce = { status: 400, body: problem('badNonce', 'stale') }

  it('are repeated with the nonce of that answer, which nobody else gets', async () => {
    ca.on('/order/1', badNonce, { ...badNonce, nonce: 'the-second' }, { body: order('ready') })
    expect((await issuer.getOrder(account, ca.url('/order/1'), o)).status).toBe('ready')
    expect(ca.counts()).toMatchObject({ 'HEAD /nonce': 1, 'POST /order/1': 3 })
    await Promise.all([1, 2, 3].map(() => issuer.getOrder(account, ca.url('/order/1'), o)))
    const nonces = ca.seen.map(({ protected: { nonce } }) => nonce).filter((nonce) => nonce !== undefined)
    expect(nonces).toHaveLength(6)
    expect(new Set(nonces).size).toBe(6)
    expect(nonces[2]).toBe('the-second')
  })

  it('without a nonce in the answer are repeated with a fresh one', async () => {
    ca.on('/order/1', { ...badNonce, nonce: null }, { body: order('ready') })
    await issuer.getOrder(account, ca.url('/order/1'), o)
    expect(ca.counts()).toMatchObject({ 'HEAD /nonce': 2, 'POST /order/1': 2 })
  })

  it('for ever are the fault of the CA, after nine requests', async () => {
    ca.on('/order/1', badNonce)
    await expect(issuer.getOrder(account, ca.url('/order/1'), o)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
    expect(ca.counts()).toMatchObject({ 'POST /order/1': 9 })
  })
})

describe('listOrders', () => {
  const orders = (...paths: string[]) => ({ orders: paths.map((path) => ca.url(path)) })

  it('follows the pages to the end', async () => {
    ca.on('/account/1', { body: { status: 'valid', orders: ca.url('/orders') } })
    ca.on('/orders', {
      headers: { link: `<${ca.directory}>;rel="index", </other>;rel="not-next", </orders?page=2>; title="x, y"; rel="up next"` },
      body: orders('/order/1', '/order/2'),
    })
    ca.on('/orders?page=2', { headers: { link: `<${ca.directory}>;rel="index"` }, body: orders('/order/3') })
    expect(await issuer.listOrders(account, o)).toEqual(['/order/1', '/order/2', '/order/3'].map(ca.url))
    expect(ca.counts()).toMatchObject({ 'POST /account/1': 1, 'POST /orders': 1, 'POST /orders?page=2': 1 })
  })

  it('is null when the CA does not list them', async () => {
    ca.on('/account/1', { body: { status: 'valid' } })
    expect(await issuer.listOrders(account, o)).toBeNull()
    ca.on('/account/1', { body: { status: 'valid', orders: null } })
    expect(await issuer.listOrders(account, o)).toBeNull()
  })

  it('stops at pages that lead in a circle', async () => {
    ca.on('/account/1', { body: { status: 'valid', orders: ca.url('/orders') } })
    ca.on('/orders', { headers: { link: `<${ca.url('/orders')}>;rel="next"` }, body: orders('/order/1') })
    expect(await issuer.listOrders(account, o)).toHaveLength(50)
  })
})

describe('answers that RFC 8555 does not allow', () => {
  const broken = (what: RegExp) => ({ code: 'CA_REFUSED', actor: 'ca', message: expect.stringMatching(what) })

  it('a new order without a Location', async () => {
    ca.on('/new-order', { status: 201, body: order('pending') })
    await expect(issuer.newOrder(account, { names: ['example.test'] }, o)).rejects.toMatchObject(
      broken(/did not say where it is/),
    )
  })

  it('an account without a Location', async () => {
    ca.on('/account', { status: 201, body: { status: 'valid' } })
    await expect(issuer.createAccount(account.key, { termsAgreed: true }, o)).rejects.toMatchObject(broken(/where it is/))
  })

  it.each([
    ['no status', { status: undefined }, /"status" is missing/],
    ['a status that does not exist', { status: 'done' }, /"status" is not one of/],
    ['identifiers of a wrong type', { identifiers: 'example.test' }, /"identifiers" is not a list/],
    ['an identifier without a value', { identifiers: [{ type: 'dns' }] }, /"value" is missing/],
    ['an identifier that is null', { identifiers: [null] }, /no JSON object/],
    ['authorizations that are no URLs', { authorizations: ['not a url'] }, /"authorizations" is not a list of URLs/],
    ['authorizations as numbers', { authorizations: [1] }, /"authorizations" is not a list of URLs/],
    ['no finalize', { finalize: null }, /"finalize" is not a URL/],
    ['a certificate that is no URL', { certificate: 7 }, /"certificate" is not a URL/],
    ['a time that is none', { expires: '7' }, /"expires" is not a time/],
  ])('an order with %s', async (_, more, message) => {
    ca.on('/order/1', { body: order('ready', more) })
    await expect(issuer.getOrder(account, ca.url('/order/1'), o)).rejects.toMatchObject(broken(message))
  })

  it.each([
    ['HTML', { contentType: 'text/html', body: '<html>' }],
    ['JSON that says it is text', { contentType: 'text/plain', body: '{}' }],
    ['half a JSON', { body: '{"status": "rea' }],
    ['a list', { body: [] }],
    ['null', { body: 'null' }],
    ['nothing', { body: '' }],
  ])('%s in place of an order', async (_, answer) => {
    ca.on('/order/1', answer)
    await expect(issuer.getOrder(account, ca.url('/order/1'), o)).rejects.toMatchObject(broken(/no JSON object/))
  })

  it.each([
    ['no challenges', { challenges: undefined }, /"challenges" is not a list|"challenges" is missing/],
    ['a challenge without a token', { challenges: [{ type: 'dns-01', url: 'https://x.test/', status: 'pending' }] }, /"token"/],
    [
      'a token of other characters',
      { challenges: [{ type: 'dns-01', url: 'https://x.test/', status: 'pending', token: 'a.b' }] },
      /base64url/,
    ],
    [
      'a token that would lead out of a folder',
      { challenges: [{ type: 'http-01', url: 'https://x.test/', status: 'pending', token: '../../etc/passwd' }] },
      /base64url/,
    ],
    [
      'a token that is no name of a file',
      { challenges: [{ type: 'http-01', url: 'https://x.test/', status: 'pending', token: 'a'.repeat(201) }] },
      /201 characters/,
    ],
    ['no identifier', { identifier: undefined }, /"identifier"/],
  ])('an authorization with %s', async (_, more, message) => {
    ca.on('/authz/1', { body: authorization(more) })
    await expect(issuer.getAuthorization(account, ca.url('/authz/1'), o)).rejects.toMatchObject(broken(message))
  })

  it('a certificate that is not PEM', async () => {
    ca.on('/certificate/1', { contentType: 'application/pkix-cert', body: 'x' })
    await expect(issuer.getCertificate(account, ca.url('/certificate/1'), o)).rejects.toMatchObject(
      broken(/application\/pkix-cert/),
    )
  })

  it.each(['-----BEGIN CERTIFICATE-----\nMIIB', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN CERT'])(
    'a chain that is cut off, which may be whole the next time',
    async (body) => {
      ca.on('/certificate/1', { contentType: 'application/pem-certificate-chain', body })
      await expect(issuer.getCertificate(account, ca.url('/certificate/1'), o)).rejects.toMatchObject(broken(/cut off/))
    },
  )

  it('an address that is neither https nor on this machine', async () => {
    ca.on('/order/1', { body: order('ready', { authorizations: ['http://ca.example/authz'] }) })
    const { authorizations } = await issuer.getOrder(account, ca.url('/order/1'), o)
    await expect(issuer.getAuthorization(account, authorizations[0] ?? '', o)).rejects.toMatchObject(broken(/not https/))
  })

  it('no nonce', async () => {
    ca.on('/nonce', { nonce: null })
    await expect(issuer.getOrder(account, ca.url('/order/1'), o)).rejects.toMatchObject(broken(/sent none/))
  })

  it('an authorization without DNS-01 is not one of them', async () => {
    const http = { type: 'http-01', url: ca.url('/challenge/http'), status: 'pending', token: 'x' }
    ca.on('/authz/1', { body: authorization({ wildcard: undefined, challenges: [http] }) })
    const read = await issuer.getAuthorization(account, ca.url('/authz/1'), o)
    expect(read).toMatchObject({ wildcard: false, identifier: 'example.test' })
    expect(read).not.toHaveProperty('dns01')
  })

  it('the error of an order and of a challenge are kept as problems', async () => {
    ca.on('/order/1', { body: order('invalid', { error: problem('caa', 'forbidden by CAA') }) })
    expect((await issuer.getOrder(account, ca.url('/order/1'), o)).error).toMatchObject({ detail: 'forbidden by CAA' })
    const challenge = {
      type: 'dns-01',
      url: ca.url('/challenge/1'),
      status: 'invalid',
      token: 'x',
      error: problem('dns', 'NXDOMAIN'),
    }
    ca.on('/authz/1', { body: authorization({ status: 'invalid', challenges: [challenge] }) })
    expect((await issuer.getAuthorization(account, ca.url('/authz/1'), o)).dns01?.error).toMatchObject({ detail: 'NXDOMAIN' })
  })
})
