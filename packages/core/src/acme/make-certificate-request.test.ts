import { spawnSync } from 'node:child_process'
import { createPublicKey, webcrypto } from 'node:crypto'
import 'acme-client/src/crypto/index.js'
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from '@peculiar/x509'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEY_TYPES } from '../domain/model.ts'
import { createCertificateCrypto } from './crypto.ts'
import { makeCertificateRequest } from './make-certificate-request.ts'

const { createKey } = createCertificateCrypto()
const label = fc.stringMatching(/^[a-z0-9]{1,20}$/)

async function read(der: Uint8Array) {
  const request = new Pkcs10CertificateRequest(new Uint8Array(der))
  const san = request.getExtension('2.5.29.17')
  return {
    subject: request.subject,
    names: san && new SubjectAlternativeNameExtension(san.rawData).names.items.map(({ value }) => value),
    key: Buffer.from(request.publicKey.rawData),
    isSigned: await request.verify(webcrypto as Crypto),
  }
}

describe('a certificate request', () => {
  it.each(KEY_TYPES)(
    'of a key %s is read and verified by others',
    async (type) => {
      const key = await createKey(type)
      const der = await makeCertificateRequest(key, 'example.test', ['example.test', '*.example.test'])
      const { isSigned, key: spki, names, subject } = await read(der)
      expect({ isSigned, names, subject }).toEqual({
        isSigned: true,
        names: ['example.test', '*.example.test'],
        subject: 'CN=example.test',
      })
      expect(spki).toEqual(createPublicKey(key).export({ format: 'der', type: 'spki' }))
    },
    20_000,
  )

  it('is well formed to OpenSSL', async () => {
    const der = await makeCertificateRequest(await createKey('ec384'), 'example.test', ['example.test'])
    const { stderr, stdout, status } = spawnSync('openssl', ['req', '-inform', 'DER', '-verify', '-noout', '-text'], {
      input: der,
      encoding: 'utf8',
    })
    expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0, said: expect.stringMatching(/DNS:example\.test/) })
    expect(stdout).toMatch(/ecdsa-with-SHA384/)
  })

  it('carries any number of names, whatever the lengths come to', async () => {
    const key = await createKey('ec256')
    await fc.assert(
      fc.asyncProperty(fc.array(label, { minLength: 1, maxLength: 300 }), fc.boolean(), async (names, hasCommonName) => {
        const der = await makeCertificateRequest(key, hasCommonName ? names[0] : undefined, names)
        const { isSigned, names: found, subject } = await read(der)
        expect(isSigned).toBe(true)
        expect(found).toEqual(names)
        expect(subject).toBe(hasCommonName ? `CN=${names[0]}` : '')
      }),
      { numRuns: 40 },
    )
  })
})
