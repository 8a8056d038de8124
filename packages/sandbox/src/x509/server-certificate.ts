import { KeyObject, webcrypto } from 'node:crypto'
import type { SandboxRuntime } from '../runtime.ts'
import { caPeriod, createIssuer, P256 } from './issuer.ts'
import { loadX509 } from './library.ts'
import { dnsName, ipAddress, signServerCertificate } from './signing.ts'

/** ::1. */
const IPV6_LOOPBACK = Buffer.concat([Buffer.alloc(15), Uint8Array.of(1)])

/**
 * The TLS certificate of the CA's own API, under a root made for nothing else: a client that trusts the CA's API must not
 * trust what the CA issues by that, nor the other way round. All PEM; the key as PKCS #8.
 */
export async function createServerCertificate(
  runtime: SandboxRuntime,
): Promise<{ key: string; certificate: string; root: string }> {
  const x509 = await loadX509()
  const root = await createIssuer(x509, 'Sandbox API Root', runtime)
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const names = [dnsName('localhost'), ipAddress(Uint8Array.of(127, 0, 0, 1)), ipAddress(IPV6_LOOPBACK)]
  const spki = new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey))
  const subject = { names, spki, rsa: false, ...caPeriod(runtime.clock.now()) }
  const { pem } = signServerCertificate(root, subject, runtime)
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key, certificate: pem, root: root.pem }
}
