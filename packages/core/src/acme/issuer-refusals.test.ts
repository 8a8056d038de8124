import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { createCertificateCrypto } from './crypto.ts'
import { createIssuer } from './issuer.ts'
import { AcmeProblemError } from './problem.ts'
import { problem, type ScriptedAnswer, type ScriptedCa, startScriptedCa } from './scripted-ca.test.support.ts'

const o = { signal: new AbortController().signal }
const clock = manualClock(new Date('2026-11-20T12:00:00Z'))
const inADay = new Date('2026-11-21T12:00:00Z')

let ca: ScriptedCa
let issuer: Issuer
let account: IssuerAccount

beforeEach(async () => {
  ca = await startScriptedCa()
  issuer = createIssuer({ ca: ca.directory, clock, logger: { log() {} } })
  account = { url: ca.url('/account/1'), key: await createCertificateCrypto().createKey('ec256') }
})

afterEach(async () => {
  await issuer.close()
  await ca.close()
})

const refused = async (answer: ScriptedAnswer) => {
  ca.on('/new-order', answer)
  return issuer.newOrder(account, { names: ['a.test', 'b.test'] }, o).then(
    () => expect.unreachable('the order was not refused'),
    (error: unknown) => error,
  )
}

describe('a refusal', () => {
  it.each([
    ['86400', inADay],
    ['Sat, 21 Nov 2026 12:00:00 GMT', inADay],
    ['whenever', undefined],
  ])('429 with Retry-After %s comes at once, with the time', async (header, retryAt) => {
    const answer = { status: 429, headers: { 'retry-after': header }, body: problem('rateLimited', 'too many certificates') }
    expect(await refused(answer)).toMatchObject({
      code: 'CA_RATE_LIMITED',
      kind: 'ca-unavailable',
      retryAt,
      message: expect.stringContaining('too many certificates'),
    })
    expect(ca.counts()).toMatchObject({ 'POST /new-order': 1 })
  })

  it('by rateLimited counts as such whatever the status', async () => {
    expect(await refused({ status: 403, body: problem('rateLimited', 'no') })).toMatchObject({
      code: 'CA_RATE_LIMITED',
      retryAt: undefined,
    })
    expect(await refused({ status: 503, body: problem('rateLimited', 'no') })).toMatchObject({ code: 'CA_RATE_LIMITED' })
    expect(await refused({ status: 429, contentType: 'text/html', body: '<html>' })).toMatchObject({ code: 'CA_RATE_LIMITED' })
  })

  it.each([500, 502, 503])('%i is an outage of the CA, also in HTML', async (status) => {
    const answer = { status, headers: { 'retry-after': '60' }, contentType: 'text/html', body: '<html>Bad Gateway</html>' }
    expect(await refused(answer)).toMatchObject({
      code: 'CA_UNAVAILABLE',
      retryAt: new Date('2026-11-20T12:01:00Z'),
      message: expect.stringContaining(`HTTP status ${status} with text/html`),
    })
  })

  it('names each identifier of the sub-problems and keeps the document', async () => {
    const subproblems = [
      { ...(problem('caa', 'CAA forbids it') as object), identifier: { type: 'dns', value: 'a.test' } },
      { ...(problem('rejectedIdentifier', 'on a list') as object), identifier: { type: 'dns', value: 'b.test' } },
    ]
    const error = await refused({ status: 403, body: problem('rejectedIdentifier', 'two refused', { subproblems }) })
    expect(error).toMatchObject({
      code: 'CA_REFUSED',
      message: `The CA at ${new URL(ca.directory).host} refused a new order: two refused (rejectedIdentifier); a.test: CAA forbids it (caa); b.test: on a list (rejectedIdentifier).`,
      cause: {
        problem: {
          type: 'urn:ietf:params:acme:error:rejectedIdentifier',
          detail: 'two refused',
          status: 403,
          subproblems: [
            { type: 'urn:ietf:params:acme:error:caa', detail: 'CAA forbids it', identifier: 'a.test' },
            { type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail: 'on a list', identifier: 'b.test' },
          ],
        },
      },
    })
    expect((error as Error).cause).toBeInstanceOf(AcmeProblemError)
  })

  it.each([
    ['accountDoesNotExist', 'Account not found', 'CA_ACCOUNT_INVALID'],
    ['unauthorized', 'Account is not valid, has status "deactivated"', 'CA_ACCOUNT_INVALID'],
    ['unauthorized', 'Account has been deactivated', 'CA_ACCOUNT_INVALID'],
    // lego#2789: neither is anything wrong with the account.
    ['unauthorized', 'requester account did not request the certificate being replaced by this order', 'CA_REFUSED'],
    ['unauthorized', 'The order does not belong to this account', 'CA_REFUSED'],
    ['malformed', 'JWS verification error', 'CA_REFUSED'],
    ['aTypeOfTomorrow', 'no', 'CA_REFUSED'],
  ])('%s "%s" → %s', async (kind, detail, code) => {
    expect(await refused({ status: 403, body: problem(kind, detail) })).toMatchObject({ code, cause: { problem: { detail } } })
  })

  it('by a redirect is not followed', async () => {
    expect(await refused({ status: 302, headers: { location: ca.url('/elsewhere') } })).toMatchObject({ code: 'CA_REFUSED' })
    expect(ca.counts()).not.toHaveProperty('POST /elsewhere')
  })

  it('of a nonce is a refusal of the call', async () => {
    ca.on('/nonce', { status: 503, headers: { 'retry-after': '86400' } })
    expect(await refused({})).toMatchObject({ code: 'CA_UNAVAILABLE', retryAt: inADay })
    expect(ca.counts()).toEqual({ 'GET /directory': 1, 'HEAD /nonce': 1 })
  })

  it('of an account that has ended', async () => {
    ca.on('/account', { headers: { location: ca.url('/account/1') }, body: { status: 'deactivated' } })
    await expect(issuer.createAccount(account.key, { termsAgreed: true }, o)).rejects.toMatchObject({
      code: 'CA_ACCOUNT_INVALID',
    })
  })
})

describe('a key that cannot be read', () => {
  it('is told without showing it', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n'
    const error: Error = await issuer.getOrder({ url: account.url, key }, ca.url('/order/1'), o).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    )
    expect(error).toMatchObject({ code: 'CA_ACCOUNT_INVALID' })
    expect(`${error.message}${error.cause}`).not.toContain('c2VjcmV0')
    expect(ca.seen).toEqual([])
  })
})

describe('a directory', () => {
  it.each([
    ['HTML', { contentType: 'text/html', body: '<html>' }, /not a JSON object but text\/html/],
    ['broken JSON', { body: '{' }, /not a JSON object/],
    ['a list', { body: [] }, /not a JSON object/],
    ['no newNonce', { body: { newAccount: 'https://x.test/', newOrder: 'https://x.test/' } }, /no newNonce/],
    ['no newOrder', { body: { newNonce: 'https://x.test/', newAccount: 'https://x.test/', newOrder: 5 } }, /no newOrder/],
    ['404', { status: 404 }, /HTTP status 404/],
    ['a redirect', { status: 301, headers: { location: 'https://ca.example/dir' } }, /redirects/],
    ['2 MiB', { body: ' '.repeat(2 * 1024 * 1024) }, /longer than 1 MiB/],
  ])('that is %s', async (_, answer, message) => {
    ca.on('/directory', answer)
    await expect(issuer.describe(o)).rejects.toMatchObject({ code: 'CA_NOT_ACME', message: expect.stringMatching(message) })
  })

  it('that is out of order is not taken for none, and is asked for again', async () => {
    ca.on('/directory', { status: 503, headers: { 'retry-after': '86400' } }, { status: 429 }, { status: 404 })
    await expect(issuer.describe(o)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE', retryAt: inADay })
    await expect(issuer.describe(o)).rejects.toMatchObject({ code: 'CA_RATE_LIMITED' })
    await expect(issuer.describe(o)).rejects.toMatchObject({ code: 'CA_NOT_ACME' })
  })
})

describe('createIssuer', () => {
  const create = (url: string) => () => createIssuer({ ca: url, clock, logger: { log() {} } })

  it.each([
    '',
    'letsencrypt',
    'ftp://ca.example/dir',
    'file:///etc/passwd',
    'http://ca.example/dir',
    'http://127.0.0.1.example/dir',
    'http://192.168.0.1/dir',
  ])('refuses %j', (url) => {
    expect(create(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })

  it.each([
    'https://ca.example/dir',
    'https://192.168.0.1/dir',
    'http://localhost:1/dir',
    'http://127.9.9.9/dir',
    'http://[::1]:1/dir',
    'http://ca.localhost/dir',
  ])('takes %j', (url) => {
    expect(create(url)).not.toThrow()
  })
})
