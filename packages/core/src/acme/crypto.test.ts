import { createPrivateKey, createPublicKey, webcrypto, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { requestPem } from './certificate-requests.test.support.ts'
import { type Authority, makeAuthority, makeLeaf, type San } from './certificates.test.support.ts'
import { createCertificateCrypto } from './crypto.ts'

const { createKey, createCsr, readCertificate, rootName } = createCertificateCrypto()

describe('createKey', () => {
  it('makes a new P-256 key in PKCS#8 PEM each time', async () => {
    const [one, other] = await Promise.all([createKey('ec256'), createKey('ec256')])
    expect(one).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect(createPrivateKey(one).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
    expect(one).not.toBe(other)
  })
})

describe('createCsr', () => {
  const read = async (names: string[]) => {
    const { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } = await import('@peculiar/x509')
    const key = await createKey('ec256')
    const csr = new Pkcs10CertificateRequest(new Uint8Array(await createCsr(key, names)))
    const san = csr.getExtension('2.5.29.17')
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
    return {
      subject: csr.subject,
      names: san && new SubjectAlternativeNameExtension(san.rawData).names.items.map(({ type, value }) => `${type} ${value}`),
      ownKey: Buffer.from(csr.publicKey.rawData).equals(spki),
      signed: await csr.verify(webcrypto as Crypto),
    }
  }

  it('asks for these names by this key, the first as common name', async () => {
    expect(await read(['example.test', '*.example.test', 'xn--bcher-kva.test'])).toEqual({
      subject: 'CN=example.test',
      names: ['dns example.test', 'dns *.example.test', 'dns xn--bcher-kva.test'],
      ownKey: true,
      signed: true,
    })
  })

  it('leaves out a common name of more than 64 characters', async () => {
    const long = `${'a'.repeat(60)}.test`
    expect(await read([long, 'b.test'])).toMatchObject({ subject: '', names: [`dns ${long}`, 'dns b.test'] })
    expect((await read([long.slice(1)])).subject).toBe(`CN=${long.slice(1)}`)
  })

  it("carries a hundred names and leaves the caller's list alone", async () => {
    const names = Object.freeze(Array.from({ length: 100 }, (_, i) => `n${i}.example.test`)) as string[]
    expect((await read(names)).names).toHaveLength(100)
  })
})

describe('readCertificate', () => {
  const now = new Date('2026-11-20T12:00:00Z')
  const hours = (n: number) => new Date(now.getTime() + n * 3_600_000)
  let root: Authority
  let intermediate: Authority

  beforeAll(async () => {
    root = await makeAuthority('Root')
    intermediate = await makeAuthority('Intermediate', root)
  })

  const leaf = (sans: San[], o: Parameters<typeof makeLeaf>[2] = {}) => makeLeaf(intermediate, sans, o)
  const bad = (why: RegExp) => expect.objectContaining({ code: 'CA_BAD_CERTIFICATE', message: expect.stringMatching(why) })
  const clockWrong = (why: RegExp) => expect.objectContaining({ code: 'CLOCK_WRONG', message: expect.stringMatching(why) })

  it('tells the facts of a good one', async () => {
    const { pem, key } = await leaf(['B.test', 'a.test', '*.a.test'], { notBefore: hours(-1), notAfter: hours(2000) })
    expect(readCertificate(pem + intermediate.pem, { key, names: ['a.test', '*.a.test', 'b.test'], now })).toEqual({
      serial: '0A1B2C3D',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      issuer: 'CN=Intermediate',
      names: ['b.test', 'a.test', '*.a.test'],
      notBefore: hours(-1),
      notAfter: hours(2000),
    })
  })

  it('takes a chain of any sane length, with blank lines', async () => {
    const { pem, key } = await leaf(['a.test'])
    for (const chain of [pem + intermediate.pem, `\n${pem}\r\n\r\n${intermediate.pem}${root.pem}\n`]) {
      expect(readCertificate(chain, { key, names: ['a.test'], now }).names).toEqual(['a.test'])
    }
  })

  it.each<[string, San[], RegExp]>([
    ['one too few', ['a.test'], /lacks b\.test/],
    ['one too many', ['a.test', 'b.test', 'evil.test'], /also for evil\.test/],
    ['a wildcard for a name', ['*.test'], /lacks a\.test, b\.test/],
    ['an address besides', ['a.test', 'b.test', { type: 'ip', value: '192.0.2.1' }], /also for ip address:192\.0\.2\.1/],
    ['a mail address for a name', ['a.test', { type: 'email', value: 'b.test' }], /lacks b\.test/],
    ['two names in one', ['a.test, DNS:b.test'], /lacks a\.test, b\.test/],
    ['no names', [], /lacks a\.test, b\.test/],
  ])('refuses one with %s', async (_, sans, why) => {
    const { pem, key } = await leaf(sans)
    expect(() => readCertificate(pem, { key, names: ['a.test', 'b.test'], now })).toThrow(bad(why))
  })

  it('refuses one for another key', async () => {
    const { pem } = await leaf(['a.test'])
    const key = await createKey('ec256')
    expect(() => readCertificate(pem, { key, names: ['a.test'], now })).toThrow(bad(/another key/))
  })

  it('allows an hour of difference between the clocks at the beginning, none at the end', async () => {
    const read = async (notBefore: Date, notAfter: Date) => {
      const { pem, key } = await leaf(['a.test'], { notBefore, notAfter })
      return () => readCertificate(pem + intermediate.pem, { key, names: ['a.test'], now })
    }
    expect(await read(hours(1), hours(100))).not.toThrow()
    expect(await read(hours(1.001), hours(100))).toThrow(clockWrong(/valid only from/))
    expect(await read(hours(-100), now)).toThrow(clockWrong(/ended/))
    expect(await read(hours(-100), hours(0.001))).not.toThrow()
  })

  it('refuses a chain whose members do not follow from each other', async () => {
    const { pem, key } = await leaf(['a.test'])
    const impostor = await makeAuthority('Intermediate')
    const renamed = await makeAuthority('Renamed', root, intermediate.keys)
    const read = (chain: string) => () => readCertificate(chain, { key, names: ['a.test'], now })
    expect(read(pem + root.pem)).toThrow(bad(/certificate 1 .* not issued by certificate 2/))
    expect(read(pem + root.pem + intermediate.pem)).toThrow(bad(/not issued/))
    expect(read(pem + intermediate.pem + pem)).toThrow(bad(/certificate 2 .* not issued by certificate 3/))
    expect(read(pem + impostor.pem)).toThrow(bad(/not issued/))
    expect(read(pem + renamed.pem)).toThrow(bad(/not issued/))
    expect(read(intermediate.pem + pem)).toThrow(bad(/./))
    expect(read(pem + intermediate.pem + root.pem.repeat(20))).toThrow(bad(/22 certificates/))
  })

  it('refuses a leaf alone, unless a root has issued it that is known, or itself', async () => {
    const { pem, key } = await leaf(['a.test'])
    const read = (chain: string, roots?: string) => () =>
      readCertificate(chain, { key, names: ['a.test'], now, ...(roots !== undefined && { roots }) })
    expect(read(pem)).toThrow(bad(/CN=Intermediate, which issued it, is not in the chain/))
    expect(read(pem, root.pem)).toThrow(bad(/not in the chain/))
    const impostor = await makeAuthority('Intermediate')
    expect(read(pem, impostor.pem)).toThrow(bad(/not in the chain/))
    expect(read(pem, root.pem + intermediate.pem)).not.toThrow()
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const itself = { ...root, name: 'a.test', keys }
    const alone = await makeLeaf(itself, ['a.test'], { keys, subject: 'CN=a.test' })
    expect(readCertificate(alone.pem, { key: alone.key, names: ['a.test'], now }).issuer).toBe('CN=a.test')
  })

  it('tells what is wrong with the chain from what is wrong with the certificate', async () => {
    const { pem, key } = await leaf(['a.test'])
    const fault = (chain: string, names = ['a.test']) => {
      try {
        return readCertificate(chain, { key, names, now })
      } catch (error) {
        return error
      }
    }
    for (const chain of [pem, pem + root.pem, '', `x ${pem}`])
      expect(fault(chain)).toMatchObject({ code: 'CA_BAD_CERTIFICATE', cause: { chainAtFault: true } })
    expect(fault(pem, ['b.test'])).not.toHaveProperty('cause.chainAtFault')
    expect(fault((await leaf(['a.test'])).pem)).not.toHaveProperty('cause.chainAtFault')
  })

  it('takes a certificate request for the key', async () => {
    const { pem, key } = await leaf(['a.test'])
    const csr = async (of: string) => requestPem(await createCsr(of, ['a.test']))
    const read = (of: string) => () => readCertificate(pem + intermediate.pem, { key: of, names: ['a.test'], now })
    expect(read(await csr(key))).not.toThrow()
    expect(read(await csr(await createKey('ec256')))).toThrow(bad(/another key/))
  })

  it('names the root that a chain leads to', async () => {
    const { pem } = await leaf(['a.test'])
    expect(rootName(pem + intermediate.pem)).toBe('Root')
    expect(rootName(pem + intermediate.pem + root.pem)).toBe('Root')
    expect(rootName(pem)).toBe('Intermediate')
  })

  it('refuses anything else in the text (RFC 8555 §11.4)', async () => {
    const { pem, key } = await leaf(['a.test'])
    const read = (chain: string) => () => readCertificate(chain, { key, names: ['a.test'], now })
    expect(read(`subject=CN = a.test\n${pem}`)).toThrow(bad(/something else/))
    expect(read(pem + key)).toThrow(bad(/something else/))
    expect(read(pem.replace('BEGIN CERTIFICATE', 'BEGIN TRUSTED CERTIFICATE'))).toThrow(bad(/something else|no certificate/))
    expect(read('')).toThrow(bad(/no certificate/))
    expect(read(pem.replaceAll(/[A-Z]{4}/g, 'AAAA'))).toThrow(bad(/./))
  })

  it('refuses a certificate whose dates cannot be read', async () => {
    const { pem, key } = await leaf(['a.test'])
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
    // The first of the two dates (RFC 5280 §4.1.2.5): UTCTime or GeneralizedTime.
    der[der.toString('latin1').search(/\d{12,14}Z/)] = 0
    const struck = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
    expect(() => readCertificate(struck, { key, names: ['a.test'], now })).toThrow(bad(/dates cannot be read/))
  })

  it('answers any text with an error that it knows', async () => {
    const { pem, key } = await leaf(['a.test'])
    const mutated = fc
      .tuple(fc.nat(pem.length), fc.string())
      .map(([at, text]) => pem.slice(0, at) + text + pem.slice(at + text.length))
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutated), (chain) => {
        try {
          expect(readCertificate(chain, { key, names: ['a.test'], now, roots: intermediate.pem }).names).toEqual(['a.test'])
        } catch (error) {
          if (error instanceof DomainctlError && error.code === 'CLOCK_WRONG') {
            // A date was struck and can still be read: then it has to be one that does not fit the clock.
            const { validFromDate, validToDate } = new X509Certificate(chain)
            expect(validFromDate > now || validToDate <= now).toBe(true)
          } else {
            expect(error).toMatchObject({ code: 'CA_BAD_CERTIFICATE' })
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
