import { webcrypto, X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeLeaf } from '../acme/certificates.test.support.ts'
import { intermediate, NAME, root } from './health.test.support.ts'
import { trustRoots } from './roots.ts'
import { isFor, namesOf, readSent } from './sent-certificates.ts'

const roots = trustRoots(root.pem)
const read = (...pems: string[]) =>
  readSent(
    pems.map((pem) => new X509Certificate(pem)),
    roots,
  )

// Made with `openssl x509 -req -sha1`.
const SHA1 = `-----BEGIN CERTIFICATE-----
MIIBcDCCARagAwIBAgIUKrF/NwDV7AbA0cbiBpVgtIOCzE8wCQYHKoZIzj0EATAM
MQowCAYDVQQDDAFJMCAXDTI2MTEyMjAxMTcxOFoYDzIwODEwODI1MDExNzE4WjAM
MQowCAYDVQQDDAFsMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaNj7w/hgmWXe
RDsw4HTR81XRVwW+ozZx8SlEHe+Ema+vA5DrS7r1hISvfjK4oRKat84btQus3AZl
Ns89mknCFqNVMFMwEQYDVR0RBAowCIIGYS50ZXN0MB0GA1UdDgQWBBS0UC7wjxhL
T5FyTTjTqf92MITOVDAfBgNVHSMEGDAWgBRv04phHc5Bgign/lSEbsXCaixnMTAJ
BgcqhkjOPQQBA0kAMEYCIQCtayq659g+lOg8AKYlet73E2hAw7HoGepLFxAgVLUm
0AIhALTiaTYvl7sF1W84543x5eTuF4c3TuF5YMQ1O4rg74ju
-----END CERTIFICATE-----
`

it('sees keys and signatures that browsers refuse', async () => {
  expect(read(SHA1)[0]?.weakness).toBe('a signature with SHA-1')
  const short = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(short, true, ['sign', 'verify'])
  expect(read((await makeLeaf(intermediate, [NAME], { keys })).pem)[0]?.weakness).toBe('an RSA key of 1024 bits')
  expect(read((await makeLeaf(intermediate, [NAME])).pem)[0]).not.toHaveProperty('weakness')
})

it('sees who signed whom, and which of them a trusted root signed or is', async () => {
  const { pem } = await makeLeaf(intermediate, [NAME])
  expect(read(root.pem, pem, intermediate.pem)).toMatchObject([
    { subject: 'Test Root', isSelfSigned: true, signers: [], root: { isItself: true } },
    { subject: NAME, issuer: 'Test Intermediate', isSelfSigned: false, signers: [2] },
    { subject: 'Test Intermediate', isSelfSigned: false, signers: [0], root: { name: 'Test Root', isItself: false } },
  ])
})

it('a name counts in the certificate as browsers count it, and is safe to print', async () => {
  const certificate = async (names: string[], subject?: string) =>
    new X509Certificate((await makeLeaf(intermediate, names, subject === undefined ? {} : { subject })).pem)
  const wild = await certificate(['*.example.test'])
  expect(['a.example.test', 'a.b.example.test', 'example.test'].map((name) => isFor(wild, name))).toEqual([true, false, false])
  const common = await certificate(['other.test'], `CN=${NAME}`)
  expect([isFor(common, NAME), isFor(common, 'other.test'), isFor(common, 'OTHER.test')]).toEqual([false, true, true])
  const odd = namesOf(await certificate(['a, DNS:b.test', '\u001b[31m', 'plain.test']))
  expect(odd).toHaveLength(3)
  expect(odd.join('')).not.toMatch(/\p{C}/u)
})
