import { webcrypto } from 'node:crypto'
import type { SandboxRuntime } from '../runtime.ts'
import { caPeriod, createIssuer, P256 } from './issuer.ts'
import { loadX509 } from './library.ts'
import { signServerCertificate } from './signing.ts'

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
  const { pem } = signServerCertificate(
    x509,
    root,
    {
      names: [
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ],
      spki: new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey)),
      rsa: false,
      ...caPeriod(runtime.clock.now()),
    },
    runtime,
  )
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`, certificate: pem, root: root.pem }
}
