import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Client, createClient, KEYS, publicJwk, startCa } from './acme.test.support.ts'
import type { ExternalAccountKey } from './settings.ts'

const URN = 'urn:ietf:params:acme:error:'
const KEY = { kid: 'shop', hmacKey: Buffer.alloc(32, 7).toString('base64url') }
const HASHES: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512', none: 'sha256' }

interface WrongBinding {
  header?: Record<string, unknown>
  payload?: unknown
  key?: ExternalAccountKey
  jws?: object
}

/** The inner JWS of RFC 8555 §7.3.4, in any way that is asked for. */
function binding(client: Client, { header, payload, key = KEY, jws }: WrongBinding = {}): object {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = { alg: 'HS256', kid: key.kid, url: `${client.base}/new-account`, ...header }
  const [protectedHeader, content] = [encode(head), encode(payload ?? client.jwk())]
  const mac = createHmac(HASHES[String(head.alg)] ?? 'sha256', Buffer.from(key.hmacKey, 'base64url'))
  const signature = mac.update(`${protectedHeader}.${content}`).digest('base64url')
  return { protected: protectedHeader, payload: content, signature, ...jws }
}

const register = (client: Client, externalAccountBinding?: unknown) =>
  client.post(`${client.base}/new-account`, {
    termsOfServiceAgreed: true,
    ...(externalAccountBinding !== undefined && { externalAccountBinding }),
  })

describe('a CA that requires external accounts', () => {
  it.each(['HS256', 'HS384', 'HS512'])('says so, and takes a binding by %s', async (alg) => {
    const ca = await startCa({ externalAccount: { required: true, keys: [KEY] } })
    const client = createClient(ca)
    expect((await client.exchange(ca.directoryUrl)).body).toMatchObject({ meta: { externalAccountRequired: true } })
    expect(await register(client)).toMatchObject({ status: 403, body: { type: `${URN}externalAccountRequired` } })
    expect(await register(client, binding(client, { header: { alg } }))).toMatchObject({ status: 201, body: { status: 'valid' } })
    // Whoever has an account needs no binding to find it again.
    expect((await register(client)).status).toBe(200)
  })

  it.each<[string, string, WrongBinding | string]>([
    ['another kid', 'unauthorized', { header: { kid: 'other' } }],
    ['another secret', 'unauthorized', { key: { ...KEY, hmacKey: Buffer.alloc(32, 8).toString('base64url') } }],
    ['a MAC cut short', 'unauthorized', { jws: { signature: 'AAAA' } }],
    ['no MAC', 'malformed', { jws: { signature: undefined } }],
    ['another key as its payload', 'malformed', { payload: publicJwk(KEYS.ES256()) }],
    ['no key as its payload', 'badPublicKey', { payload: {} }],
    ['another url', 'malformed', { header: { url: 'https://127.0.0.1/new-account' } }],
    ['no url', 'malformed', { header: { url: undefined } }],
    ['a nonce', 'malformed', { header: { nonce: 'AAAA' } }],
    ['no MAC algorithm', 'malformed', { header: { alg: 'none' } }],
    ['an algorithm for signatures', 'malformed', { header: { alg: 'ES256' } }],
    ['no kid', 'malformed', { header: { kid: undefined } }],
    ['a jwk', 'malformed', { header: { jwk: {} } }],
    ['a critical member', 'malformed', { header: { crit: ['x'] } }],
    ['no JWS', 'malformed', 'text'],
  ])('refuses a binding with %s as %s, and makes no account', async (_, type, wrong) => {
    const client = createClient(await startCa({ externalAccount: { required: true, keys: [KEY] } }))
    const refused = await register(client, typeof wrong === 'string' ? wrong : binding(client, wrong))
    expect(refused.body.type).toBe(URN + type)
    expect(refused.text).not.toContain(KEY.hmacKey)
    expect((await register(client, binding(client))).status).toBe(201)
  })

  it('lets a key bind one account, and a reusable one any number', async () => {
    const ca = await startCa({ externalAccount: { required: true } })
    const [once, often] = [ca.addExternalAccountKey(), ca.addExternalAccountKey({ kid: 'often', reusable: true })]
    const statuses = async (key: ExternalAccountKey) => {
      const [one, two] = [createClient(ca), createClient(ca)]
      return [(await register(one, binding(one, { key }))).status, (await register(two, binding(two, { key }))).status]
    }
    expect(await statuses(once)).toEqual([201, 403])
    expect(await statuses(often)).toEqual([201, 201])
    expect(() => ca.addExternalAccountKey({ kid: 'often' })).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })

  it('does not use a key up for an account that is not made', async () => {
    const ca = await startCa({ externalAccount: { required: true, keys: [KEY] } })
    const client = createClient(ca)
    const payload = { termsOfServiceAgreed: true, contact: ['tel:+1'], externalAccountBinding: binding(client) }
    expect(await client.post(`${client.base}/new-account`, payload)).toMatchObject({ status: 400 })
    expect((await register(client, binding(client))).status).toBe(201)
  })
})

it('a binding that nobody asked for is checked all the same', async () => {
  const client = createClient(await startCa())
  expect(await register(client, binding(client))).toMatchObject({ status: 403, body: { type: `${URN}unauthorized` } })
  expect((await register(client)).status).toBe(201)
})
