import { createHash, generateKeyPairSync } from 'node:crypto'
import type { DeployedCertificate } from '@domainctl/core'

/** A certificate for targets that do not look into it; its key is a real one. */
export async function certificateFor(name: string, generation: number): Promise<DeployedCertificate> {
  const pem = (content: string) =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(content).toString('base64')}\n-----END CERTIFICATE-----\n`
  const [certificate, chain] = [pem(`${generation} of ${name}`), pem('intermediate')]
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    name,
    names: [name],
    certificate,
    chain,
    fullchain: certificate + chain,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    serial: `0${generation}`,
    fingerprint: fingerprintOf(certificate),
    notAfter: new Date(Date.UTC(2030, 0, generation)),
  }
}

/** What the fixture takes for the fingerprint of a certificate. */
export function fingerprintOf(pem: string): string {
  return createHash('sha256').update(pem).digest('hex')
}
