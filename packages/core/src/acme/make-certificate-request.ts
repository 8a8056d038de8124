import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** Tags of X.690 §8, in the short form that is all that a request needs. */
const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, null: 0x05, oid: 0x06, utf8: 0x0c, sequence: 0x30, set: 0x31 } as const
/** [0], of the attributes (RFC 2986 §4.1); and of a GeneralName that is a dNSName (RFC 5280 §4.2.1.6). */
const ATTRIBUTES = 0xa0
const DNS_NAME = 0x82

/** DER of the object identifiers without their tags. */
const OID = {
  commonName: '550403',
  subjectAltName: '551d11',
  extensionRequest: '2a864886f70d01090e',
  ecdsaWithSha256: '2a8648ce3d040302',
  ecdsaWithSha384: '2a8648ce3d040303',
  sha256WithRsa: '2a864886f70d01010b',
} as const

/** An RSA signature takes milliseconds, which pass on another thread. */
const signElsewhere = promisify(sign)

/**
 * A certificate request (PKCS#10, RFC 2986) in DER: the public half of this key, the names as SAN, signed by the key.
 * @param key PKCS#8 PEM: P-256, P-384 or RSA
 * @param names ASCII
 */
export async function makeCertificateRequest(key: string, commonName: string | undefined, names: readonly string[]) {
  const privateKey = createPrivateKey(key)
  const { digest, algorithm } = signatureBy(privateKey)
  const info = element(
    TAG.sequence,
    element(TAG.integer, Buffer.of(0)),
    subject(commonName),
    createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    element(ATTRIBUTES, extensionRequest(names)),
  )
  const signature = await signElsewhere(digest, info, privateKey)
  return element(TAG.sequence, info, algorithm, element(TAG.bits, Buffer.of(0), signature))
}

function signatureBy(key: KeyObject): { digest: string; algorithm: Buffer } {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  if (asymmetricKeyType === 'rsa') {
    return { digest: 'sha256', algorithm: element(TAG.sequence, oid('sha256WithRsa'), element(TAG.null)) }
  }
  // As strong a digest as the curve (RFC 5480 §4).
  const isP384 = asymmetricKeyDetails?.namedCurve === 'secp384r1'
  const algorithm = element(TAG.sequence, oid(isP384 ? 'ecdsaWithSha384' : 'ecdsaWithSha256'))
  return { digest: isP384 ? 'sha384' : 'sha256', algorithm }
}

function subject(commonName: string | undefined): Buffer {
  if (commonName === undefined) return element(TAG.sequence)
  const attribute = element(TAG.sequence, oid('commonName'), element(TAG.utf8, Buffer.from(commonName)))
  return element(TAG.sequence, element(TAG.set, attribute))
}

/** The attribute with the one extension (RFC 2985 §5.4.2). */
function extensionRequest(names: readonly string[]): Buffer {
  const san = element(TAG.sequence, ...names.map((name) => element(DNS_NAME, Buffer.from(name, 'latin1'))))
  const extension = element(TAG.sequence, oid('subjectAltName'), element(TAG.octets, san))
  return element(TAG.sequence, oid('extensionRequest'), element(TAG.set, element(TAG.sequence, extension)))
}

function oid(name: keyof typeof OID): Buffer {
  return element(TAG.oid, Buffer.from(OID[name], 'hex'))
}

function element(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xffff ? 6 : body.length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, body])
}
