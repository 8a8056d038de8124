import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { derElement as element, TAGS } from './der.ts'
import { ATTRIBUTES, DNS_NAME, OIDS } from './request-syntax.ts'

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
    TAGS.sequence,
    element(TAGS.integer, Buffer.of(0)),
    subject(commonName),
    createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    element(ATTRIBUTES, extensionRequest(names)),
  )
  const signature = await signElsewhere(digest, info, privateKey)
  return element(TAGS.sequence, info, algorithm, element(TAGS.bitString, Buffer.of(0), signature))
}

function signatureBy(key: KeyObject): { digest: string; algorithm: Buffer } {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  if (asymmetricKeyType === 'rsa') {
    return { digest: 'sha256', algorithm: element(TAGS.sequence, oid('sha256WithRsa'), element(TAGS.null)) }
  }
  // As strong a digest as the curve (RFC 5480 §4).
  const isP384 = asymmetricKeyDetails?.namedCurve === 'secp384r1'
  const algorithm = element(TAGS.sequence, oid(isP384 ? 'ecdsaWithSha384' : 'ecdsaWithSha256'))
  return { digest: isP384 ? 'sha384' : 'sha256', algorithm }
}

function subject(commonName: string | undefined): Buffer {
  if (commonName === undefined) return element(TAGS.sequence)
  const attribute = element(TAGS.sequence, oid('commonName'), element(TAGS.utf8String, Buffer.from(commonName)))
  return element(TAGS.sequence, element(TAGS.set, attribute))
}

/** The attribute with the one extension (RFC 2985 §5.4.2). */
function extensionRequest(names: readonly string[]): Buffer {
  const san = element(TAGS.sequence, ...names.map((name) => element(DNS_NAME, Buffer.from(name, 'latin1'))))
  const extension = element(TAGS.sequence, oid('subjectAltName'), element(TAGS.octetString, san))
  return element(TAGS.sequence, oid('extensionRequest'), element(TAGS.set, element(TAGS.sequence, extension)))
}

function oid(name: keyof typeof OIDS): Buffer {
  return element(TAGS.objectIdentifier, Buffer.from(OIDS[name], 'hex'))
}
