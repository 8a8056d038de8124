import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { type Authority, makeAuthority, makeLeaf } from './certificates.test.support.ts'
import { createPkcs12 } from './pkcs12.ts'
import { readPkcs12 } from './pkcs12-reader.test.support.ts'

const NAME = 'shop.example.test'
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) }
const KEYS = {
  ec256: { name: 'ECDSA', namedCurve: 'P-256' },
  ec384: { name: 'ECDSA', namedCurve: 'P-384' },
  rsa2048: { ...RSA, modulusLength: 2048 },
} as const
const TYPES = Object.keys(KEYS) as (keyof typeof KEYS)[]

const pairs = new Map<string, webcrypto.CryptoKeyPair>()
/** The root last. */
const authorities: Authority[] = []

beforeAll(async () => {
  for (const type of TYPES) pairs.set(type, await webcrypto.subtle.generateKey(KEYS[type], true, ['sign', 'verify']))
  for (const name of ['Root', 'Second', 'First']) authorities.unshift(await makeAuthority(name, authorities[0]))
})

/** A leaf of this kind, and so many certificates above it. */
async function makeContent(type: keyof typeof KEYS, above: number, password: string) {
  const [issuer, keys] = [authorities[0], pairs.get(type)]
  if (!issuer || !keys) throw new Error('beforeAll has not run')
  const leaf = await makeLeaf(issuer, [NAME], { keys })
  const chain = [leaf.pem, ...authorities.slice(0, above).map(({ pem }) => pem)]
  return { name: NAME, key: leaf.key, chain, password }
}

/** Whether OpenSSL, in Node, reads the file: the MAC, both bags, and that the key fits its certificate. */
function openedBy(passphrase: string, pfx: Uint8Array): boolean {
  try {
    createSecureContext({ pfx: Buffer.from(pfx), passphrase })
    return true
  } catch (error) {
    if (error instanceof Error && error.message.includes('mac verify failure')) return false
    throw error
  }
}

const passwords = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme', maxLength: 40 }),
  fc.string({ minLength: 64, unit: 'grapheme-ascii', maxLength: 700 }),
  fc.constantFrom('', 'Zürich-ß-€', 'smile-😀-key', '𝔭'.repeat(70)),
)

it('is read back whole, whatever the key, the password and the length of the chain', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TYPES), passwords, fc.integer({ min: 0, max: 3 }), async (type, password, above) => {
      const content = await makeContent(type, above, password)
      const file = await createPkcs12(content, systemRandom())
      expect(openedBy(password, file)).toBe(true)
      expect(openedBy(`${password}x`, file)).toBe(false)
      const found = readPkcs12(file, password)
      const canonical = createPrivateKey(content.key).export({ type: 'pkcs8', format: 'pem' })
      expect(found.key).toBe(canonical)
      const expected = content.chain.map((pem) => new X509Certificate(pem).fingerprint256)
      expect(found.certificates.map(({ certificate }) => certificate.fingerprint256)).toEqual(expected)
    }),
    { numRuns: 12 },
  )
})

it('names the key and its certificate alike, and no other', async () => {
  const file = await createPkcs12(await makeContent('ec256', 2, 'secret'), systemRandom())
  const { keyAttributes, certificates } = readPkcs12(file, 'secret')
  expect(keyAttributes).toMatchObject({ friendlyName: NAME, '1.2.840.113549.1.9.21': expect.stringMatching(/^[\da-f]{64}$/) })
  expect(certificates.map(({ attributes }) => attributes)).toEqual([keyAttributes, {}, {}])
})

it('is slow to guess at every place, and within what .NET accepts', async () => {
  const { iterations } = readPkcs12(await createPkcs12(await makeContent('ec256', 0, 'secret'), systemRandom()), 'secret')
  expect(iterations).toEqual([100_000, 100_000, 100_000])
})

it('takes every salt and vector from the randomness that it is given', async () => {
  let n = 0
  const random = { bytes: (length: number) => new Uint8Array(length).fill(++n) }
  const content = await makeContent('ec256', 0, 'secret')
  const file = await createPkcs12(content, random)
  const of = (value: number) => Buffer.alloc(16, value).toString('hex')
  expect(readPkcs12(file, 'secret').random.sort()).toEqual([of(1), of(2), of(3), of(4), of(5)])
  n = 0
  expect(Buffer.from(await createPkcs12(content, random)).equals(file)).toBe(true)
})
