import type { DeployCall, DeployedCertificate } from '@domainctl/core'

/** What a receiver gets, as guide.md describes it. */
export function applyBody(id: string, certificate: DeployedCertificate, reason: DeployCall['reason']): string {
  const { name, names, fingerprint, serial, notAfter, fullchain, privateKey, upstream } = certificate
  return JSON.stringify({
    id,
    reason,
    domain: name,
    names,
    fingerprint,
    serial,
    notAfter: notAfter.toISOString(),
    certificateChain: fullchain,
    privateKey,
    upstream,
  })
}
