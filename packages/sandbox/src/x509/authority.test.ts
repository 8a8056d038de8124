import { X509Certificate } from 'node:crypto'
import { systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { describe, expect, it } from 'vitest'
import { AcmeProblem } from '../acme/problem.ts'
import { createAuthority } from './authority.ts'
import { KEYS, LONG, NOW, requestDer, runtimeAt } from './certificates.test.support.ts'
import { loadX509 } from './library.ts'
import { readCertificateRequest } from './request.ts'

const names = ['*.example.test', 'example.test']
const request = await readCertificateRequest(requestDer({ names }))

function chainOf(pem: string): X509Certificate[] {
  return pem.split(/(?<=-----END CERTIFICATE-----\n)/).map((block) => new X509Certificate(block))
}

async function extensionsOf(certificate: X509Certificate) {
  await loadX509()
  const { X509Certificate: Parsed } = await import('@peculiar/x509')
  return Object.fromEntries(new Parsed(certificate.raw).extensions.map((extension) => [extension.type, extension]))
}

describe('createAuthority', () => {
  it('issues under an intermediate under a root', async () => {
    const authority = await createAuthority(runtimeAt(NOW))
    const issued = await authority.issue(request, LONG)
    const [leaf, intermediate, ...more] = chainOf(issued.chain)
    const root = new X509Certificate(authority.root)
    if (!leaf || !intermediate) throw new Error('the chain has two certificates')
    expect(more).toEqual([])
    expect(leaf.raw).toEqual(Buffer.from(issued.der))
    expect(leaf.checkIssued(intermediate) && leaf.verify(intermediate.publicKey)).toBe(true)
    expect(intermediate.checkIssued(root) && intermediate.verify(root.publicKey)).toBe(true)
    expect(root.checkIssued(root) && root.verify(root.publicKey)).toBe(true)
    expect([leaf.ca, intermediate.ca, root.ca]).toEqual([false, true, true])
    expect(leaf.subjectAltName).toBe('DNS:*.example.test, DNS:example.test')
    expect(leaf.subject).toBeFalsy()
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(leaf.serialNumber).toBe(issued.serial)
    expect(issued.serial).toMatch(/^[4-7][0-9A-F]{31}$/)
    expect(issued).toMatchObject({ names, ...LONG })
    expect([leaf.validFromDate, leaf.validToDate]).toEqual([LONG.notBefore, LONG.notAfter])
  })

  it('has the extensions of RFC 5280, critical where they have to be', async () => {
    const x509 = await loadX509()
    const { digitalSignature, keyCertSign, keyEncipherment, cRLSign } = x509.KeyUsageFlags
    const authority = await createAuthority(runtimeAt(NOW))
    const rsa = await readCertificateRequest(requestDer({ names, key: KEYS.rsa() }))
    const [leaf, intermediate] = chainOf((await authority.issue(request, LONG)).chain)
    const [rsaLeaf] = chainOf((await authority.issue(rsa, LONG)).chain)
    if (!leaf || !intermediate || !rsaLeaf) throw new Error('the chain has two certificates')
    const [ofLeaf, ofRsa, ofIntermediate, ofRoot] = await Promise.all(
      [leaf, rsaLeaf, intermediate, new X509Certificate(authority.root)].map(extensionsOf),
    )
    const policy = { critical: false, policies: ['2.23.140.1.2.1'] }
    const keyId = expect.stringMatching(/^[0-9a-f]{40}$/)
    expect(ofLeaf).toMatchObject({
      '2.5.29.14': { critical: false, keyId },
      '2.5.29.15': { critical: true, usages: digitalSignature },
      '2.5.29.17': { critical: true },
      '2.5.29.19': { critical: true, ca: false, pathLength: undefined },
      '2.5.29.32': policy,
      '2.5.29.35': { critical: false, keyId },
      '2.5.29.37': { critical: false },
    })
    expect(Object.keys(ofLeaf ?? {})).toHaveLength(7)
    expect(ofRsa).toMatchObject({ '2.5.29.15': { critical: true, usages: digitalSignature | keyEncipherment } })
    expect(ofIntermediate).toMatchObject({
      '2.5.29.15': { critical: true, usages: digitalSignature | keyCertSign | cRLSign },
      '2.5.29.19': { critical: true, ca: true, pathLength: 0 },
      '2.5.29.32': policy,
    })
    expect(ofRoot).toMatchObject({
      '2.5.29.15': { critical: true, usages: keyCertSign | cRLSign },
      '2.5.29.19': { critical: true, ca: true, pathLength: undefined },
    })
    const id = (extensions: typeof ofLeaf, type: string) => extensions?.[type]
    expect(id(ofLeaf, '2.5.29.35')).toMatchObject({ keyId: (id(ofIntermediate, '2.5.29.14') as { keyId?: string }).keyId })
    expect(id(ofIntermediate, '2.5.29.35')).toMatchObject({ keyId: (id(ofRoot, '2.5.29.14') as { keyId?: string }).keyId })
  })

  it.each(['1990-06-01', '2026-06-01', '2040-02-29', '2060-06-01'])('works with a clock at %s', async (day) => {
    const now = new Date(day)
    const authority = await createAuthority(runtimeAt(now))
    const tenYears = new Date(now.getTime() + 3653 * 86_400_000)
    const [leaf, intermediate] = chainOf((await authority.issue(request, { notBefore: now, notAfter: tenYears })).chain)
    const root = new X509Certificate(authority.root)
    expect([leaf?.validFromDate, leaf?.validToDate]).toEqual([now, tenYears])
    for (const ca of [intermediate, root]) {
      expect(ca?.validFromDate.getUTCFullYear()).toBe(now.getUTCFullYear() - 20)
      expect(ca?.validToDate.getUTCFullYear()).toBe(now.getUTCFullYear() + 40)
    }
  })

  it('writes times until 2049 as UTCTime and later ones as GeneralizedTime', async () => {
    const authority = await createAuthority(runtimeAt(new Date('2049-12-31T00:00:00Z')))
    const notBefore = new Date('2049-12-31T23:59:59Z')
    const notAfter = new Date('2050-01-01T00:00:00Z')
    const { der } = await authority.issue(request, { notBefore, notAfter })
    const utc = Buffer.concat([Uint8Array.of(0x17, 13), Buffer.from('491231235959Z')])
    const generalized = Buffer.concat([Uint8Array.of(0x18, 15), Buffer.from('20500101000000Z')])
    expect(Buffer.from(der).includes(Buffer.concat([utc, generalized]))).toBe(true)
    const leaf = new X509Certificate(der)
    expect([leaf.validFromDate, leaf.validToDate]).toEqual([notBefore, notAfter])
  })

  it('issues for one second, in whole seconds', async () => {
    const authority = await createAuthority(runtimeAt(NOW))
    const period = { notBefore: new Date('2026-06-01T12:00:00.900Z'), notAfter: new Date('2026-06-01T12:00:01.900Z') }
    const issued = await authority.issue(request, period)
    expect([issued.notBefore, issued.notAfter]).toEqual([new Date('2026-06-01T12:00:00Z'), new Date('2026-06-01T12:00:01Z')])
    const leaf = new X509Certificate(issued.der)
    expect([leaf.validFromDate, leaf.validToDate]).toEqual([issued.notBefore, issued.notAfter])
  })

  it.each([
    ['ends before it begins', LONG.notAfter, LONG.notBefore, 'cannot end before it begins'],
    ['is no time', LONG.notBefore, new Date(Number.NaN), 'cannot end before it begins'],
    ['outlives the intermediate', NOW, new Date('2066-06-01T12:00:01Z'), 'between 2006-06-01 and 2066-06-01'],
    ['is older than the intermediate', new Date('2006-06-01T11:59:59Z'), NOW, 'between 2006-06-01 and 2066-06-01'],
  ])('refuses a period that %s', async (_, notBefore, notAfter, why) => {
    const authority = await createAuthority(runtimeAt(NOW))
    const thrown = await authority.issue(request, { notBefore, notAfter }).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(AcmeProblem)
    expect(thrown).toMatchObject({ message: expect.stringContaining(why), document: { status: 400 } })
  })

  it('has 100 names in one certificate', async () => {
    const many = Array.from({ length: 100 }, (_, i) => `n${String(i).padStart(3, '0')}.example.test`)
    const authority = await createAuthority(runtimeAt(NOW))
    const issued = await authority.issue(await readCertificateRequest(requestDer({ names: many })), LONG)
    expect(new X509Certificate(issued.der).subjectAltName).toBe(many.map((name) => `DNS:${name}`).join(', '))
    expect(issued.names).toEqual(many)
  })

  it.each([0x00, 0xff])('has positive serials of 16 bytes when all random bytes are %i', async (byte) => {
    const authority = await createAuthority({ clock: manualClock(NOW), random: { bytes: (n) => new Uint8Array(n).fill(byte) } })
    const { serial, der } = await authority.issue(request, LONG)
    expect(serial).toHaveLength(32)
    expect(new X509Certificate(der).serialNumber).toBe(serial)
  })

  it('has another root, by name and key, each time', async () => {
    const [one, two] = await Promise.all([createAuthority(runtimeAt(NOW)), createAuthority(runtimeAt(NOW))])
    expect(new X509Certificate(one.root).subject).not.toBe(new X509Certificate(two.root).subject)
    expect(new X509Certificate(one.root).fingerprint256).not.toBe(new X509Certificate(two.root).fingerprint256)
  })

  it('issues many at once, each with a serial of its own', async () => {
    const authority = await createAuthority({ clock: manualClock(NOW), random: systemRandom() })
    const issued = await Promise.all(Array.from({ length: 50 }, () => authority.issue(request, LONG)))
    expect(new Set(issued.map(({ serial }) => serial)).size).toBe(50)
  })
})
