import { createHmac, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { createCertificateCrypto } from './crypto.ts'
import { createIssuer } from './issuer.ts'
import { problem, type ScriptedCa, startScriptedCa } from './scripted-ca.test.support.ts'

const o = { signal: new AbortController().signal }
const hmacKey = randomBytes(32).toString('base64url')
let ca: ScriptedCa
beforeEach(async () => {
  ca = await startScriptedCa()
})
afterEach(() => ca.close())

interface Jws {
  protected: string
  payload: string
  signature: string
}
const json = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())

it('binds a new account to the external one (RFC 8555 §7.3.4), and again after a nonce was refused', async () => {
  const made = { status: 201, headers: { location: ca.url('/account/1') }, body: { status: 'valid' } }
  ca.on('/account', { status: 400, body: problem('badNonce', 'once more') }, made)
  const issuer = createIssuer({ ca: ca.directory, clock: systemClock(), logger: silentLogger() })
  const key = await createCertificateCrypto().createKey('ec256')
  try {
    const externalAccount = { kid: 'kid-1', hmacKey }
    expect(await issuer.createAccount(key, { termsAgreed: true, externalAccount }, o)).toMatchObject({
      url: ca.url('/account/1'),
    })
  } finally {
    await issuer.close()
  }
  const asked = ca.seen.filter(({ path }) => path === '/account')
  expect(asked).toHaveLength(2)
  for (const { payload, protected: outer, verified } of asked) {
    const { externalAccountBinding: inner } = payload as { externalAccountBinding: Jws }
    expect(verified).toBe(true)
    expect(json(inner.protected)).toEqual({ alg: 'HS256', kid: 'kid-1', url: ca.url('/account') })
    expect(json(inner.payload)).toEqual(outer.jwk)
    const mac = createHmac('sha256', Buffer.from(hmacKey, 'base64url')).update(`${inner.protected}.${inner.payload}`)
    expect(inner.signature).toBe(mac.digest('base64url'))
    expect(JSON.stringify(payload)).not.toContain(hmacKey)
  }
})
