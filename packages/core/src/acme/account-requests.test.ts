import { createHash, createPublicKey, verify, type webcrypto } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { createCertificateCrypto } from './crypto.ts'
import { createIssuer } from './issuer.ts'
import { problem, type ScriptedCa, startScriptedCa } from './scripted-ca.test.support.ts'

const o = { signal: new AbortController().signal }
const crypto = createCertificateCrypto()

let ca: ScriptedCa
let issuer: Issuer
let account: IssuerAccount

beforeEach(async () => {
  ca = await startScriptedCa()
  issuer = createIssuer({ ca: ca.directory, clock: manualClock(new Date('2026-11-20T12:00:00Z')), logger: { log() {} } })
  account = { url: ca.url('/account/1'), key: await crypto.createKey('ec256') }
  const [newNonce, newAccount, newOrder, keyChange] = ['/nonce', '/account', '/new-order', '/key-change'].map(ca.url)
  ca.on('/directory', { nonce: null, body: { newNonce, newAccount, newOrder, keyChange } })
  ca.on('/key-change', { body: { status: 'valid' } })
})

afterEach(async () => {
  await issuer.close()
  await ca.close()
})

const jwkOf = (key: string) => createPublicKey(key).export({ format: 'jwk' })
const sent = (path: string) => ca.seen.find((request) => request.path === path)

describe('another key for an account (RFC 8555 §7.3.5)', () => {
  it.each(['ec256', 'ec384', 'rsa2048'] as const)(
    'is signed by the new key (%s), which has the old one and no nonce, within the old',
    async (type) => {
      const next = await crypto.createKey(type)
      await issuer.changeKey(account, next, o)
      const outer = sent('/key-change')
      expect(outer?.protected).toMatchObject({ kid: account.url, url: ca.url('/key-change'), alg: 'ES256' })
      const inner = outer?.payload as { protected: string; payload: string; signature: string }
      const header = JSON.parse(Buffer.from(inner.protected, 'base64url').toString())
      expect(header).toEqual({
        alg: { ec256: 'ES256', ec384: 'ES384', rsa2048: 'RS256' }[type],
        url: ca.url('/key-change'),
        jwk: jwkOf(next),
      })
      expect(JSON.parse(Buffer.from(inner.payload, 'base64url').toString())).toEqual({
        account: account.url,
        oldKey: jwkOf(account.key),
      })
      const signed = Buffer.from(`${inner.protected}.${inner.payload}`)
      const key = createPublicKey({ key: header.jwk as webcrypto.JsonWebKey, format: 'jwk' })
      const hash = type === 'ec384' ? 'sha384' : 'sha256'
      expect(verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(inner.signature, 'base64url'))).toBe(true)
    },
  )

  it('is signed anew, inner and outer, for a nonce that was refused', async () => {
    ca.on('/key-change', { status: 400, body: problem('badNonce', 'old') }, { body: { status: 'valid' } })
    await issuer.changeKey(account, await crypto.createKey('ec256'), o)
    expect(ca.counts()['POST /key-change']).toBe(2)
  })

  it('cannot be where the CA has no place for it', async () => {
    ca.on('/directory', {
      nonce: null,
      body: { newNonce: ca.url('/nonce'), newAccount: ca.url('/account'), newOrder: ca.url('/o') },
    })
    await expect(issuer.changeKey(account, account.key, o)).rejects.toMatchObject({
      code: 'CA_REFUSED',
      message: expect.stringContaining('no place'),
    })
  })
})

describe('an account by its key (RFC 8555 §7.3.1)', () => {
  it('is asked for, and none is made', async () => {
    ca.on('/account', { headers: { location: account.url }, body: { status: 'valid', contact: ['mailto:a@example.test'] } })
    expect(await issuer.findAccount(account.key, o)).toEqual({ url: account.url, contact: ['mailto:a@example.test'] })
    expect(sent('/account')?.payload).toEqual({ onlyReturnExisting: true })
  })

  it('is null where the CA knows none', async () => {
    ca.on('/account', { status: 400, body: problem('accountDoesNotExist', 'No account.') })
    expect(await issuer.findAccount(account.key, o)).toBeNull()
  })

  it.each([
    [{ status: 403, body: problem('unauthorized', 'Account is not valid, has status "deactivated"') }],
    [{ body: { status: 'deactivated' } }],
  ])('that has ended is an error', async (answer) => {
    ca.on('/account', answer)
    await expect(issuer.findAccount(account.key, o)).rejects.toMatchObject({ code: 'CA_ACCOUNT_INVALID' })
  })
})

describe('an account', () => {
  it('is shown, changed and ended', async () => {
    ca.on('/account/1', { body: { status: 'valid' } }, { body: { status: 'valid' } }, { body: { status: 'deactivated' } })
    expect(await issuer.showAccount(account, o)).toMatchObject({ status: 'valid', contact: [] })
    await issuer.updateAccount(account, { contact: 'b@example.test', termsAgreed: true }, o)
    await issuer.deactivateAccount(account, o)
    expect(ca.seen.filter(({ path }) => path === '/account/1').map(({ payload }) => payload)).toEqual([
      undefined,
      { contact: ['mailto:b@example.test'], termsOfServiceAgreed: true },
      { status: 'deactivated' },
    ])
  })

  it('that stays what it was has not ended', async () => {
    ca.on('/account/1', { body: { status: 'valid' } })
    await expect(issuer.deactivateAccount(account, o)).rejects.toMatchObject({ code: 'CA_REFUSED' })
  })
})

it('new terms of service are told with where they are, and where the CA says what to do', async () => {
  const link = `<${ca.directory}>;rel="index", <https://ca.example/terms/v2>;rel="terms-of-service"`
  const instance = 'https://ca.example/agree?token=7'
  ca.on('/new-order', { status: 403, headers: { link }, body: problem('userActionRequired', 'Terms have changed', { instance }) })
  await expect(issuer.newOrder(account, { names: ['example.test'] }, o)).rejects.toMatchObject({
    code: 'TERMS_NOT_ACCEPTED',
    hint: `Read its terms of service at https://ca.example/terms/v2 (what to do is at ${instance}), then repeat with --accept-tos.`,
    cause: { problem: { instance, termsOfService: 'https://ca.example/terms/v2' } },
  })
})

describe('the key of an account as people have it', () => {
  it.each(['ec256', 'ec384', 'rsa2048'] as const)('%s is read as PKCS#8, PKCS#1 or SEC 1, and as a JWK', async (type) => {
    const { createPrivateKey } = await import('node:crypto')
    const key = await crypto.createKey(type)
    const parsed = createPrivateKey(key)
    const old = parsed.export({ format: 'pem', type: type === 'rsa2048' ? 'pkcs1' : 'sec1' }).toString()
    for (const text of [key, `\n${old}\n`, JSON.stringify(parsed.export({ format: 'jwk' }))])
      expect(crypto.readAccountKey(text)).toEqual({ key, type })
  })

  it.each([
    '',
    'nothing',
    '{',
    '{"kty":"EC"}',
    '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n',
    createHash('md5').update('').digest('hex'),
  ])('%j is none, and is not shown', (text) => {
    try {
      expect.unreachable(crypto.readAccountKey(text).type)
    } catch (error) {
      expect(error).toMatchObject({ code: 'USAGE' })
      expect((error as Error).cause).toBeUndefined()
      if (text.length > 5) expect(String(error)).not.toContain(text.slice(0, 20))
    }
  })

  it('public, too short, or of a type that signs nothing at a CA, is refused', async () => {
    const { generateKeyPairSync } = await import('node:crypto')
    const pem = {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    } as const
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem })
    const short = generateKeyPairSync('rsa', { modulusLength: 1024, ...pem }).privateKey
    const edwards = generateKeyPairSync('ed25519', pem).privateKey
    for (const text of [publicKey, short, edwards])
      expect(() => crypto.readAccountKey(text)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })
})
