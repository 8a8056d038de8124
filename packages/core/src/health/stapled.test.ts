import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { forPurposes, MUST_STAPLE, makeLeaf } from '../acme/certificates.test.support.ts'
import { judgeHealth } from '../domain/health/judge.ts'
import { systemClock } from '../runtime/clock.ts'
import { dnsOf, intermediate, NAME, NEVER, root, stranger } from './health.test.support.ts'
import { createHealthProbe } from './health-probe.ts'
import { ocspAnswer } from './stapled.test.support.ts'
import { judgeStapled, mustStaple } from './stapled.ts'

// Made with `openssl ocsp` for one certificate, before and after it was revoked.
const GOOD =
  'MIH6CgEAoIH0MIHxBgkrBgEFBQcwAQEEgeMwgeAwgYehDjAMMQowCAYDVQQDDAFJGA8yMDI2MTEyMjAxMDg0MlowZDBiME0wCQYFKw4DAhoFAAQUzDXHd6oC' +
  'M+0F3h5J0ip30YngCDYEFG/TimEdzkGCKCf+VIRuxcJqLGcxAhQqsX83ANXsBsDRxuIGlWC0g4LMToAAGA8yMDI2MTEyMjAxMDg0MlowCgYIKoZIzj0EAwID' +
  'SAAwRQIhAJV/kNfLdlh0c7qxsJjJglskWZGIBDBMy2YSzA/rlJX2AiAdwXRu2IO9bsPdpRrV+QZOcgEC5B7qNHAqjbsFrp4ttQ=='
const REVOKED =
  'MIIBDQoBAKCCAQYwggECBgkrBgEFBQcwAQEEgfQwgfEwgZihDjAMMQowCAYDVQQDDAFJGA8yMDI2MTEyMjAxMDg0MlowdTBzME0wCQYFKw4DAhoFAAQUzDXH' +
  'd6oCM+0F3h5J0ip30YngCDYEFG/TimEdzkGCKCf+VIRuxcJqLGcxAhQqsX83ANXsBsDRxuIGlWC0g4LMTqERGA8yMDI1MTEyMjAwMDAwMFoYDzIwMjYxMTIy' +
  'MDEwODQyWjAKBggqhkjOPQQDAgNIADBFAiEA+O6enP2kQpwn4LQa8RjoK+SR9vuFZoOuHYWX5ubnroMCIGHFE7PMbPqA8KQFmDEoZJsBT32ATwqlZb3NYVF8' +
  'D+jT'

const HOUR = 3_600_000
const now = new Date()
const later = (ms: number) => new Date(now.getTime() + ms)
const leaf = await makeLeaf(intermediate, [NAME])
const own = new X509Certificate(leaf.pem)
const serial = own.serialNumber
const issuers = [new X509Certificate(intermediate.pem)]
const key = intermediate.keys.privateKey
const judge = (der: Buffer) => judgeStapled(der, { own, issuers, now })

it('reads what OpenSSL answers; for another certificate it says nothing', () => {
  expect(judge(Buffer.from(GOOD, 'base64'))).toBe('foreign')
  expect(judge(Buffer.from(REVOKED, 'base64'))).toBe('foreign')
})

it('an answer that is an error says nothing: try later (RFC 6960 §4.2.1)', () => {
  expect(judge(Buffer.from('30030a0103', 'hex'))).toBe('unreadable')
})

it.each(['good', 'revoked', 'unknown'] as const)('believes the CA that the certificate is %s', (status) => {
  expect(judge(ocspAnswer(key, { serial, status, to: later(HOUR) }))).toBe(status)
})

it('goes by the dates, but for what was revoked', () => {
  const old = { serial, from: later(-3 * HOUR), to: later(-HOUR) }
  expect(judge(ocspAnswer(key, old))).toBe('expired')
  expect(judge(ocspAnswer(key, { ...old, status: 'revoked' }))).toBe('revoked')
  expect(judge(ocspAnswer(key, { serial, from: later(HOUR) }))).toBe('expired')
  expect(judge(ocspAnswer(key, { serial, from: later(60_000), to: later(HOUR) }))).toBe('good')
})

it('believes nobody else, not even that it was revoked', () => {
  for (const status of ['good', 'revoked'] as const) {
    expect(judge(ocspAnswer(stranger.keys.privateKey, { serial, status }))).toBe('unverified')
    expect(judge(ocspAnswer(leaf.key, { serial, status, certificates: [own.raw] }))).toBe('unverified')
  }
  expect(judgeStapled(ocspAnswer(key, { serial }), { own, issuers: [], now })).toBe('unverified')
})

it('believes a responder of the CA, as long as its certificate holds', async () => {
  const extensions = [forPurposes('1.3.6.1.5.5.7.3.9')]
  const responder = async (issuer = intermediate, notAfter = later(HOUR)) => {
    const { pem, key } = await makeLeaf(issuer, ['ocsp.example.test'], { extensions, notAfter })
    return ocspAnswer(key, { serial, certificates: [new X509Certificate(pem).raw] })
  }
  expect(judge(await responder())).toBe('good')
  expect(judge(await responder(intermediate, later(-HOUR)))).toBe('unverified')
  expect(judge(await responder(stranger))).toBe('unverified')
})

it('nothing that is sent makes it fail', () => {
  const good = ocspAnswer(key, { serial, to: later(HOUR), certificates: [own.raw] })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void judge(Buffer.from(bytes))))
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(good)
      changed[at] = byte
      judge(changed)
      expect(judge(good.subarray(0, at))).toBe('unreadable')
    }),
  )
})

/** Measures a server that staples this. */
async function measure({ pem, key }: { pem: string; key: string }, staple: Buffer | null) {
  const server = createServer({ key, cert: pem + intermediate.pem }, (_, response) => response.end('welcome'))
  server.on('OCSPRequest', (_, __, answer) => answer(null, staple))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const probe = createHealthProbe({
    clock: systemClock(),
    dns: async () => dnsOf({ [NAME]: ['127.0.0.1'] }),
    httpPort: 1,
    httpsPort: (server.address() as AddressInfo).port,
    allowPrivate: true,
    anchors: [],
    roots: async () => root.pem,
  })
  return judgeHealth(await probe.measure({ name: NAME }, { signal: NEVER }))
}

it('a staple that is worth nothing is a warning, and an outage where the certificate demands one', async () => {
  const demanding = await makeLeaf(intermediate, [NAME], { extensions: [MUST_STAPLE] })
  expect([mustStaple(own), mustStaple(new X509Certificate(demanding.pem))]).toEqual([false, true])
  const [good, old] = [ocspAnswer(key, { serial }), ocspAnswer(key, { serial, to: later(-HOUR) })]
  expect(await measure(leaf, null)).toMatchObject({ outcome: 'ok', warnings: [] })
  expect(await measure(leaf, good)).toMatchObject({ outcome: 'ok', warnings: [] })
  expect(await measure(leaf, old)).toMatchObject({ outcome: 'ok', warnings: ['TLS_STAPLE_INVALID'] })
  expect(await measure(leaf, ocspAnswer(key, { serial, status: 'revoked' }))).toMatchObject({ code: 'TLS_CERTIFICATE_REVOKED' })
  expect(await measure(demanding, good)).toMatchObject({ outcome: 'ok', warnings: [] })
  expect(await measure(demanding, null)).toMatchObject({
    code: 'TLS_STAPLE_MISSING',
    why: expect.stringMatching(/and there is none/),
  })
  expect(await measure(demanding, old)).toMatchObject({
    code: 'TLS_STAPLE_MISSING',
    why: expect.stringMatching(/is out of date/),
  })
})
