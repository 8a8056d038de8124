import type { RevocationReason } from '../contracts/issuer.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import type { Certificate } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { signedByAccount } from './account-signature.ts'
import { problemOf } from './fulfilment.ts'
import { noCertificate } from './renew.ts'
import type { Services } from './services.ts'
import { type Step, step } from './step.ts'

/** What the CA made of it. */
export interface Revoked {
  serial: string
  was: 'revoked' | 'revoked already'
}

/**
 * Has the live certificate revoked by its CA: as the account that got it or, where the state has that no more, by the
 * certificate's own key (RFC 8555 §7.6). It is due for renewal from then on. Repeating it is safe.
 */
export async function revoke(services: Services, name: string, o: VerbOptions & { reason?: RevocationReason }): Promise<Revoked> {
  return step(services, name, o, async (current) => {
    const { certificateId } = current.domain
    const certificate = certificateId === undefined ? null : await services.store.getCertificate(certificateId)
    if (!certificate) throw noCertificate(name)
    const { serial } = certificate
    const why = o.reason === undefined ? '' : ` (${o.reason})`
    // Noted before the CA is asked: who cannot reach it must not renew with a key that is in wrong hands.
    const noted = { ...certificate, ...reasonOf(certificate, o.reason) }
    const planned = current.event('revocation.planned', `serial ${serial}${why}`, { serial, ca: certificate.ca })
    await current.commit({ certificate: noted, events: [planned] })
    current.report('revoking')
    const was = await askForRevocation(current, certificate, o.reason)
    const now = services.runtime.clock.now()
    await current.commit({
      certificate: { ...noted, revokedAt: certificate.revokedAt ?? now },
      ...(current.domain.status === 'active' && { domain: { ...current.domain, nextActionAt: now } }),
      events: [current.event('certificate.revoked', `serial ${serial}, ${was}${why}`, { serial, ca: certificate.ca })],
    })
    return { serial, was }
  })
}

/** A key that was said to be in wrong hands once stays so. */
function reasonOf(before: Certificate, reason: RevocationReason | undefined): Pick<Certificate, 'revocationReason'> {
  return reason === undefined || before.revocationReason === 'keyCompromise' ? {} : { revocationReason: reason }
}

async function askForRevocation(
  { services, signal }: Step,
  { ca, accountId, chain, privateKey }: Certificate,
  reason: RevocationReason | undefined,
): Promise<Revoked['was']> {
  const issuer = await services.issuer(ca)
  // The one that got it, whichever is in use now.
  const account = accountId === undefined ? null : await services.store.getAccountById(accountId)
  const url = account?.endedAt ? undefined : account?.url
  const o = { signal, ...(reason !== undefined && { reason }) }
  const byKey = async () => {
    if (privateKey === undefined) throw keyElsewhere(ca)
    await issuer.revoke({ certificateKey: privateKey }, chain, o)
  }
  try {
    if (!account || url === undefined) await byKey()
    else
      await signedByAccount(services, issuer, { id: account.id, url, key: account.key })
        .revoke({ account: { url, key: account.key } }, chain, o)
        .catch((error) => (isAboutAccount(error) ? byKey() : Promise.reject(error)))
    return 'revoked'
  } catch (error) {
    if (error instanceof DomainctlError && problemOf(error)?.type.endsWith(':alreadyRevoked')) return 'revoked already'
    throw error
  }
}

function keyElsewhere(ca: string): DomainctlError {
  return new DomainctlError('ACCOUNT_NOT_FOUND', `The state does not have the account that got the certificate from ${ca}.`, {
    hint: 'The key is with whoever made the certificate request: they can revoke it with any ACME client (RFC 8555 §7.6).',
  })
}

/** The account has ended since, or the CA has forgotten it. */
function isAboutAccount(error: unknown): boolean {
  return error instanceof DomainctlError && error.code === 'CA_ACCOUNT_INVALID'
}
