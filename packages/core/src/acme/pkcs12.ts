import { createCipheriv, createHmac, createPrivateKey, hash, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Pkcs12Content } from '../contracts/issuer.ts'
import type { Random } from '../contracts/runtime.ts'
import { derElement, TAGS } from './der.ts'
import { macKey } from './pkcs12-mac-key.ts'

// What OpenSSL since 1.1.1 and Java since 8u301 and 11.0.12 read as it is: PBES2 with AES-256 (RFC 8018 §6.2) and a MAC by
// HMAC-SHA-256. PBMAC1 (RFC 9579) would be better, and few can read it yet.

/**
 * Both bags and the MAC have the same, or who guesses at the password would do it where it is quickest. .NET refuses files with
 * more than 600,000 altogether (KB5025823), or 300,000 at one place.
 */
const ITERATIONS = 100_000
const SALT_BYTES = 16
const AES_256_KEY_BYTES = 32
const AES_BLOCK_BYTES = 16

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

/** CertificateCrypto.createPkcs12: a PFX in password mode for secrecy and for integrity (RFC 7292 §3.1). */
export async function createPkcs12({ name, key, chain, password }: Pkcs12Content, random: Random): Promise<Uint8Array> {
  const certificates = chain.map((pem) => Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64'))
  const [leaf] = certificates
  if (leaf === undefined) throw new Error('a PKCS#12 file needs a certificate')
  // By both a reader knows which of the certificates belongs to the key (RFC 7292 §4.2); others have neither.
  const attributes = [
    attribute(OID.friendlyName, derElement(TAGS.bmpString, Buffer.from(name, 'utf16le').swap16())),
    attribute(OID.localKeyId, octets(hash('sha256', leaf, 'buffer'))),
  ]
  const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
  const certBags = certificates.map((der, i) =>
    safeBag(OID.certBag, sequence(oid(OID.x509Certificate), explicit(octets(der))), i === 0 ? attributes : []),
  )
  const [keyBox, certBox] = await Promise.all([
    encrypted(pkcs8, password, random),
    encrypted(sequence(...certBags), password, random),
  ])
  const keyBag = safeBag(OID.shroudedKeyBag, sequence(keyBox.algorithm, octets(keyBox.sealed)), attributes)
  const authenticatedSafe = sequence(encryptedData(certBox), contentInfo(OID.data, octets(sequence(keyBag))))
  const salt = random.bytes(SALT_BYTES)
  const mac = createHmac('sha256', await macKey(password, salt, ITERATIONS))
    .update(authenticatedSafe)
    .digest()
  const macData = sequence(
    sequence(sequence(oid(OID.sha256), derElement(TAGS.null)), octets(mac)),
    octets(salt),
    integer(ITERATIONS),
  )
  return new Uint8Array(sequence(integer(3), contentInfo(OID.data, octets(authenticatedSafe)), macData))
}

/** [0] EXPLICIT of anything, and [0] IMPLICIT of the bytes that are encrypted. */
const EXPLICIT = 0xa0
const CONTENT = 0x80

interface Box {
  /** AlgorithmIdentifier. */
  algorithm: Buffer
  sealed: Buffer
}

/** By PBES2 (RFC 8018 §A.4), where the password is taken in UTF-8. */
async function encrypted(plain: Uint8Array, password: string, random: Random): Promise<Box> {
  const salt = random.bytes(SALT_BYTES)
  const iv = random.bytes(AES_BLOCK_BYTES)
  const key = await promisify(pbkdf2)(Buffer.from(password, 'utf8'), salt, ITERATIONS, AES_256_KEY_BYTES, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const derivation = sequence(
    octets(salt),
    integer(ITERATIONS),
    integer(AES_256_KEY_BYTES),
    sequence(oid(OID.hmacWithSha256), derElement(TAGS.null)),
  )
  const scheme = sequence(sequence(oid(OID.pbkdf2), derivation), sequence(oid(OID.aes256Cbc), octets(iv)))
  return { algorithm: sequence(oid(OID.pbes2), scheme), sealed: Buffer.concat([cipher.update(plain), cipher.final()]) }
}

/** EncryptedData (RFC 5652 §8) of SafeContents. */
function encryptedData({ algorithm, sealed }: Box): Buffer {
  const info = sequence(oid(OID.data), algorithm, derElement(CONTENT, sealed))
  return contentInfo(OID.encryptedData, sequence(integer(0), info))
}

function contentInfo(type: string, content: Buffer): Buffer {
  return sequence(oid(type), explicit(content))
}

function safeBag(type: string, value: Buffer, attributes: Buffer[]): Buffer {
  return sequence(oid(type), explicit(value), ...(attributes.length > 0 ? [derElement(TAGS.set, ...attributes)] : []))
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), derElement(TAGS.set, value))
}

function sequence(...value: Buffer[]): Buffer {
  return derElement(TAGS.sequence, ...value)
}

function explicit(value: Buffer): Buffer {
  return derElement(EXPLICIT, value)
}

function octets(value: Uint8Array): Buffer {
  return derElement(TAGS.octetString, value)
}

/** A positive number. */
function integer(value: number): Buffer {
  // One bit more, for the sign (X.690 §8.3).
  const bytes = Buffer.alloc(Math.ceil((value.toString(2).length + 1) / 8))
  bytes.writeIntBE(value, 0, bytes.length)
  return derElement(TAGS.integer, bytes)
}

/** The first two numbers in one; each in base 128, with a bit that says that there is more (X.690 §8.19). */
function oid(value: string): Buffer {
  const [first = 0, second = 0, ...rest] = value.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const digits = [number % 128]
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(128 + (left % 128))
    return digits
  })
  return derElement(TAGS.objectIdentifier, Buffer.from(bytes))
}
