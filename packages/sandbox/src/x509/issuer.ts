import { KeyObject, webcrypto } from 'node:crypto'
import type { Name } from '@peculiar/x509'
import type { SandboxRuntime } from '../runtime.ts'
import type { X509Library } from './library.ts'
import { caExtensions, keyIdentifier, serverExtensions } from './profile.ts'

/** The keys of the sandbox: small, quick, and known to every client. */
export const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** When a certificate begins and ends to be valid, both included (RFC 5280 §4.1.2.5). */
export interface Period {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A CA certificate and its key, ready to sign with. */
export interface Issuer {
  readonly pem: string
  readonly period: Period
  readonly subject: Name
  readonly keyId: string
  readonly keys: webcrypto.CryptoKeyPair
  readonly signingKey: KeyObject
  /** What every server certificate under it has in common, in DER: its name, and extensions by the type of key. */
  readonly common: { readonly name: Uint8Array; readonly rsa: Uint8Array; readonly other: Uint8Array }
}

/**
 * The years in which CA certificates are valid. Wide on both sides: programs that check the TLS of a sandbox go by the
 * machine's clock, which may be years away from the injected one, and certificates of ten years fit into it.
 */
export function caPeriod(now: Date): Period {
  const inYears = (years: number) => {
    const date = new Date(now)
    date.setUTCFullYear(date.getUTCFullYear() + years)
    return wholeSeconds(date)
  }
  return { notBefore: inYears(-20), notAfter: inYears(40) }
}

/** A root, or with `parent` an intermediate. The name has a part made by chance: sandboxes are told apart by it. */
export async function createIssuer(x509: X509Library, name: string, runtime: SandboxRuntime, parent?: Issuer): Promise<Issuer> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const spki = new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey))
  const keyId = keyIdentifier(spki)
  const mark = Buffer.from(runtime.random.bytes(4)).toString('hex')
  const subject = new x509.Name([{ O: ['domainctl sandbox'] }, { CN: [`${name} ${mark}`] }])
  const period = parent?.period ?? caPeriod(runtime.clock.now())
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(runtime),
      subject,
      issuer: parent?.subject ?? subject,
      publicKey: spki,
      signingKey: (parent?.keys ?? keys).privateKey,
      signingAlgorithm: P256,
      ...period,
      extensions: caExtensions(x509, parent === undefined ? { keyId } : { keyId, issuerKeyId: parent.keyId }),
    },
    webcrypto,
  )
  const pem = `${certificate.toString('pem')}\n`
  const { rsa, other } = serverExtensions(x509, keyId)
  const common = {
    name: new Uint8Array(subject.toArrayBuffer()),
    rsa: Buffer.concat(rsa.map(({ rawData }) => new Uint8Array(rawData))),
    other: Buffer.concat(other.map(({ rawData }) => new Uint8Array(rawData))),
  }
  return { pem, period, subject, keyId, keys, signingKey: KeyObject.from(keys.privateKey), common }
}

/** The certificate of an intermediate as another root signs it (RFC 5280 §3.2: a cross-certificate), PEM. */
export async function crossSigned(
  x509: X509Library,
  { subject, keyId, keys, period }: Issuer,
  root: Issuer,
  runtime: SandboxRuntime,
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(runtime),
      subject,
      issuer: root.subject,
      publicKey: new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey)),
      signingKey: root.keys.privateKey,
      signingAlgorithm: P256,
      ...period,
      extensions: caExtensions(x509, { keyId, issuerKeyId: root.keyId }),
    },
    webcrypto,
  )
  return `${certificate.toString('pem')}\n`
}

/** 128 bits, the first two of them set to 01: positive, and as long in every notation (RFC 5280 §4.1.2.2). */
export function serialNumber(runtime: SandboxRuntime): string {
  const bytes = Buffer.from(runtime.random.bytes(16))
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes.toString('hex').toUpperCase()
}

/** The fraction cut off: certificates know nothing smaller (RFC 5280 §4.1.2.5). */
export function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}
