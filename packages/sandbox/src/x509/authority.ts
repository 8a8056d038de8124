import type { Authority } from '../acme/authority.ts'
import { AcmeProblem } from '../acme/problem.ts'
import type { SandboxRuntime } from '../runtime.ts'
import { createIssuer, crossSigned, type Period } from './issuer.ts'
import { loadX509 } from './library.ts'
import { dnsName, signServerCertificate } from './signing.ts'

/** A root and an intermediate with keys of their own, valid for decades around the time of the injected clock. */
export async function createAuthority(runtime: SandboxRuntime): Promise<Authority> {
  const x509 = await loadX509()
  const root = await createIssuer(x509, 'Sandbox Root', runtime)
  const intermediate = await createIssuer(x509, 'Sandbox Intermediate', runtime, root)
  const alternates = new Map<number, Promise<{ intermediate: string; root: string }>>()
  async function makeAlternate(n: number): Promise<{ intermediate: string; root: string }> {
    const other = await createIssuer(x509, `Sandbox Root ${n + 1}`, runtime)
    return { intermediate: await crossSigned(x509, intermediate, other, runtime), root: other.pem }
  }
  return {
    root: root.pem,
    async issue({ names, key, spki }, period) {
      checkPeriod(period, intermediate.period)
      const subject = { names: names.map(dnsName), spki, rsa: key.asymmetricKeyType === 'rsa', ...period }
      const { pem, ...certificate } = signServerCertificate(intermediate, subject, runtime)
      return { ...certificate, names: [...names], issuerKeyId: intermediate.keyId, chain: pem + intermediate.pem, leaf: pem }
    },
    alternate(n) {
      const made = alternates.get(n) ?? makeAlternate(n)
      alternates.set(n, made)
      return made
    },
  }
}

/** A certificate that outlived its issuer would be refused by every client from that day on. */
function checkPeriod({ notBefore, notAfter }: Period, issuer: Period): void {
  // Written so that an invalid date is refused as well.
  if (!(notBefore <= notAfter)) throw new AcmeProblem('malformed', 400, 'A certificate cannot end before it begins.')
  if (!(notBefore >= issuer.notBefore && notAfter <= issuer.notAfter)) {
    const [from, until] = [issuer.notBefore, issuer.notAfter].map((date) => date.toISOString().slice(0, 10))
    throw new AcmeProblem('malformed', 400, `This CA issues certificates for times between ${from} and ${until}.`)
  }
}
