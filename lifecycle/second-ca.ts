import { systemClock, systemRandom } from '@domainctl/core'
import type { CertificateAuthority } from '@domainctl/sandbox'
import { startCertificateAuthority } from '../packages/sandbox/src/acme/start-certificate-authority.ts'
import { createDnsValidation } from '../packages/sandbox/src/validation/dns-validation.ts'
import { createAuthority } from '../packages/sandbox/src/x509/authority.ts'
import { readCertificateRequest } from '../packages/sandbox/src/x509/request.ts'
import { createServerCertificate } from '../packages/sandbox/src/x509/server-certificate.ts'
import type { SandboxWorld } from './sandbox-world.ts'

/** How CAA names the second CA. */
export const SECOND_CA = 'second-ca.sandbox.test'

/** One more CA that looks at the name servers of a sandbox, with keys of its own. */
export async function startSecondCa({ sandbox, clock }: SandboxWorld): Promise<CertificateAuthority & AsyncDisposable> {
  const runtime = { clock: { now: clock.now, sleep: systemClock().sleep }, random: systemRandom() }
  const [authority, tls] = await Promise.all([createAuthority(runtime), createServerCertificate(runtime)])
  const { servers } = sandbox.dns
  const ca = await startCertificateAuthority({
    authority,
    readRequest: readCertificateRequest,
    tls,
    validation: createDnsValidation({ servers, caaIdentity: SECOND_CA, runtime }),
    settings: {},
    caaIdentity: SECOND_CA,
    runtime,
  })
  return Object.assign(ca, { [Symbol.asyncDispose]: () => ca.stop() })
}
