import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import type { Answer } from './answer.ts'
import { decodeBase64url } from './base64url.ts'
import type { CaContext } from './ca-context.ts'
import { malformed } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import { settleAuthorization } from './progress.ts'
import type { Account, Certificate } from './resources.ts'
import { type AccountRequest, readPayload, requireRead, type SignedRequest, type Signer } from './signed-request.ts'

/** Of RFC 5280 §5.3.1 those that subscribers may give, as public CAs have it. */
const REASONS: readonly unknown[] = [0, 1, 3, 4, 5]
const KEY_COMPROMISE = 1

/** Gives the chain of a certificate, and says where its others are (RFC 8555 §7.4.2). */
export function certificate(context: CaContext, request: AccountRequest): Answer {
  const asked = ownCertificate(context, request)
  const { settings, urls } = context
  const links = Array.from({ length: settings.alternateChains }, (_, i) => `<${urls.alternate(asked.id, i + 1)}>;rel="alternate"`)
  return { ...chainAnswer(sentChain(context, asked)), links }
}

/** Gives the chain of a certificate that ends below another root. */
export async function alternateChain(context: CaContext, request: AccountRequest): Promise<Answer> {
  const [id = '', number = ''] = request.id.split('/')
  const asked = ownCertificate(context, { ...request, id })
  const n = Number(number)
  if (!(n >= 1 && n <= context.settings.alternateChains)) throw malformed('There is no such chain.', 404)
  const { intermediate } = await context.authority.alternate(n)
  return chainAnswer(asked.issued.leaf + intermediate)
}

function sentChain({ ledger, settings }: CaContext, { issued }: Certificate): string {
  if (settings.sentChain === 'leaf') return issued.leaf
  const [oldest] = settings.sentChain === 'another' ? ledger.certificates.values() : []
  return (oldest?.issued ?? issued).chain
}

function chainAnswer(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body }
}

function ownCertificate({ ledger }: CaContext, request: AccountRequest): Certificate {
  requireRead(request)
  const asked = ledger.certificates.get(request.id)
  if (!asked) throw malformed('There is no such certificate, or it has been forgotten.', 404)
  if (asked.account !== request.account) throw new AcmeProblem('unauthorized', 403, 'The certificate belongs to another account.')
  return asked
}

/**
 * Revokes a certificate (RFC 8555 §7.6). Its key is not certified again when it is said to be in wrong hands, or signs the
 * revocation itself: whoever does that need not be the owner.
 */
export function revokeCert(context: CaContext, request: SignedRequest): Answer {
  const payload = readPayload(request)
  const der = decodeBase64url(payload.certificate)
  if (!der?.length) throw malformed('The certificate has to be DER in base64url without padding.')
  const certificate = context.ledger.certificatesByFingerprint.get(createHash('sha256').update(der).digest('base64url'))
  if (!certificate) throw malformed('This CA has not issued this certificate, or has forgotten it.', 404)
  if (!mayRevoke(context, certificate, request.signer))
    throw new AcmeProblem('unauthorized', 403, 'Neither the account nor the key may revoke this certificate.')
  if (payload.reason !== undefined && !REASONS.includes(payload.reason))
    throw new AcmeProblem('badRevocationReason', 400, `The reason has to be one of ${REASONS.join(', ')}.`)
  // As Boulder has it: nobody looks at the revocation of what has expired.
  if (certificate.issued.notAfter < context.runtime.clock.now())
    throw new AcmeProblem('unauthorized', 403, 'The certificate has expired.')
  if (certificate.revoked) throw new AcmeProblem('alreadyRevoked', 400, 'The certificate has been revoked before.')
  certificate.revoked = true
  if (payload.reason === KEY_COMPROMISE || 'key' in request.signer) context.ledger.compromisedKeys.add(keyOf(certificate))
  return { status: 200, headers: {} }
}

/** The account that it was issued to, one that has proven all of its names, or its own key. */
function mayRevoke(context: CaContext, certificate: Certificate, signer: Signer): boolean {
  if ('key' in signer) return keyOf(certificate).equals(signer.key.key)
  const { account, issued } = certificate
  return signer.account === account || issued.names.every((name) => hasProven(context, signer.account, name))
}

function keyOf({ issued }: Certificate): KeyObject {
  return new X509Certificate(issued.der).publicKey
}

function hasProven({ ledger, runtime }: CaContext, { proofs }: Account, name: string): boolean {
  const proof = proofs.get(name)
  if (proof) settleAuthorization(ledger, proof, runtime.clock.now())
  return proof?.status === 'valid'
}
