import { createDecipheriv, createPrivateKey, pbkdf2Sync, X509Certificate } from 'node:crypto'
import * as asn1 from 'asn1js'

/** What a program finds in a PKCS#12 file, read by its structure (RFC 7292 §4); the MAC is left to OpenSSL. */
export interface ReadPkcs12 {
  /** PKCS#8 PEM. */
  key: string
  keyAttributes: Record<string, string>
  /** In the order of the file. */
  certificates: { certificate: X509Certificate; attributes: Record<string, string> }[]
  /** Of PBKDF2 and of the MAC. */
  iterations: number[]
  /** All salts and initialization vectors, in hex. */
  random: string[]
}

const CERT_BAG = '1.2.840.113549.1.12.10.1.3'
const FRIENDLY_NAME = '1.2.840.113549.1.9.20'

export function readPkcs12(file: Uint8Array, password: string): ReadPkcs12 {
  const [, authSafe, macData] = parts(parse(file))
  const [, macSalt, macIterations] = parts(macData)
  const found: ReadPkcs12 = {
    key: '',
    keyAttributes: {},
    certificates: [],
    iterations: [Number(integer(macIterations))],
    random: [bytes(macSalt).toString('hex')],
  }

  const open = (algorithm: asn1.AsnType | undefined, sealed: Buffer): Buffer => {
    const [derivation, cipher] = parts(parts(algorithm)[1])
    const [salt, iterations] = parts(parts(derivation)[1])
    const iv = bytes(parts(cipher)[1])
    found.iterations.push(Number(integer(iterations)))
    found.random.push(bytes(salt).toString('hex'), iv.toString('hex'))
    const key = pbkdf2Sync(Buffer.from(password), bytes(salt), Number(integer(iterations)), 32, 'sha256')
    const decipher = createDecipheriv('aes-256-cbc', key, iv)
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  }

  for (const info of parts(parse(bytes(content(authSafe))))) {
    const inner = content(info)
    const encrypted = inner instanceof asn1.Sequence ? parts(parts(inner)[1]) : null
    const bags = encrypted ? open(encrypted[1], bytes(encrypted[2])) : bytes(inner)
    for (const bag of parts(parse(bags))) {
      const [type, , attributes] = parts(bag)
      const value = parts(content(bag))
      if (oid(type) === CERT_BAG) {
        const certificate = new X509Certificate(bytes(content(content(bag))))
        found.certificates.push({ certificate, attributes: readAttributes(attributes) })
      } else {
        const key = createPrivateKey({ key: open(value[0], bytes(value[1])), format: 'der', type: 'pkcs8' })
        found.key = key.export({ type: 'pkcs8', format: 'pem' }).toString()
        found.keyAttributes = readAttributes(attributes)
      }
    }
  }
  return found
}

function readAttributes(set: asn1.AsnType | undefined): Record<string, string> {
  const named = (set === undefined ? [] : parts(set)).map((attribute) => {
    const [type, values] = parts(attribute)
    const [value] = parts(values)
    const text = value instanceof asn1.BmpString ? value.getValue() : bytes(value).toString('hex')
    return [oid(type) === FRIENDLY_NAME ? 'friendlyName' : oid(type), text]
  })
  return Object.fromEntries(named)
}

function parse(der: Uint8Array): asn1.AsnType {
  const { offset, result } = asn1.fromBER(new Uint8Array(der))
  if (offset !== der.length) throw new Error(`${der.length - offset} bytes are left over: ${result.error}`)
  return result
}

function parts(block: asn1.AsnType | undefined): asn1.AsnType[] {
  if (block instanceof asn1.Constructed) return block.valueBlock.value as asn1.AsnType[]
  throw new Error('expected a constructed element')
}

/** What stands in the [0] that is the second part. */
function content(block: asn1.AsnType | undefined): asn1.AsnType {
  const [inner] = parts(parts(block)[1])
  if (!inner) throw new Error('expected an element in [0]')
  return inner
}

function oid(block: asn1.AsnType | undefined): string {
  if (block instanceof asn1.ObjectIdentifier) return block.getValue()
  throw new Error('expected an object identifier')
}

function integer(block: asn1.AsnType | undefined): bigint {
  if (block instanceof asn1.Integer) return block.toBigInt()
  throw new Error('expected an integer')
}

function bytes(block: asn1.AsnType | undefined): Buffer {
  if (block instanceof asn1.OctetString) return Buffer.from(block.getValue())
  if (block instanceof asn1.Primitive) return Buffer.from(block.valueBlock.valueHexView)
  throw new Error('expected octets')
}
