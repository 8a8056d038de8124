import { createHash } from 'node:crypto'
import type { Answer } from './answer.ts'
import type { CertificateRequest } from './authority.ts'
import { decodeBase64url } from './base64url.ts'
import { type CaContext, newId } from './ca-context.ts'
import { checkCaaAgain } from './caa-recheck.ts'
import type { SigningKey } from './jwk.ts'
import { countCertificate } from './order-limits.ts'
import { orderAnswer, ownOrder } from './orders.ts'
import { malformed } from './payload.ts'
import { wholeSeconds } from './period.ts'
import { AcmeProblem, asProblem } from './problem.ts'
import { profileNamed } from './profiles.ts'
import { moveOrder } from './progress.ts'
import { renewalIdOf } from './renewal-info.ts'
import type { Certificate, Order } from './resources.ts'
import { type AccountRequest, readPayload } from './signed-request.ts'

/**
 * RFC 8555 §7.4: issues the certificate of an order whose names are all proven. A request that is refused for what it says
 * leaves the order ready; CAA that forbids ends it.
 */
export async function finalize(context: CaContext, request: AccountRequest): Promise<Answer> {
  const order = ownOrder(context, request)
  requireReady(order)
  const der = decodeBase64url(readPayload(request).csr)
  if (!der?.length) throw malformed('The csr has to be DER in base64url without padding.')
  const csr = await context.readRequest(der)
  checkNames(order, csr)
  checkKey(context, order.account.key, csr)
  const lifetimeSeconds = lifetimeOf(context, order)
  // Time has passed, and another request may have come first.
  requireReady(ownOrder(context, request))
  moveOrder(context.ledger, order, 'finalized')
  await checkCaaAgain(context, order)
  await issue(context, order, csr, lifetimeSeconds)
  return orderAnswer(context, order)
}

async function issue(context: CaContext, order: Order, csr: CertificateRequest, lifetimeSeconds: number): Promise<void> {
  const { authority, ledger, runtime, settings } = context
  const notBefore = order.notBefore ?? wholeSeconds(runtime.clock.now().getTime())
  const notAfter = order.notAfter ?? new Date(notBefore.getTime() + lifetimeSeconds * 1000)
  try {
    const issued = await authority.issue(csr, { notBefore, notAfter })
    const certificate: Certificate = {
      id: newId(runtime.random),
      issued,
      account: order.account,
      fingerprint: createHash('sha256').update(issued.der).digest('base64url'),
      revoked: false,
      renewalId: renewalIdOf(issued),
    }
    order.certificate = certificate
    ledger.addCertificate(certificate)
    countCertificate(context, order, runtime.clock.now())
  } catch (thrown) {
    moveOrder(ledger, order, 'failed', asProblem(thrown, 'The certificate could not be signed.').document)
    return
  }
  if (settings.processingLooks <= 0) moveOrder(ledger, order, 'issued')
}

/** @throws AcmeProblem `invalidProfile` */
function lifetimeOf({ settings }: CaContext, { profile }: Order): number {
  const { lifetimeSeconds } = settings
  return profile === undefined ? lifetimeSeconds : (profileNamed(settings.profiles, profile).lifetimeSeconds ?? lifetimeSeconds)
}

function requireReady({ status }: Order): void {
  if (status !== 'ready')
    throw new AcmeProblem('orderNotReady', 403, `The order is ${status}; it can be finalized when it is ready.`)
}

/** The very names of the order, no more and no fewer. */
function checkNames(order: Order, csr: CertificateRequest): void {
  const ordered = new Set(order.names)
  const other = csr.names.find((name) => !ordered.has(name))
  if (other !== undefined) throw badCsr(`The certificate request names ${other}, which is not in the order.`)
  const asked = new Set(csr.names)
  const missing = order.names.find((name) => !asked.has(name))
  if (missing !== undefined) throw badCsr(`The certificate request does not name ${missing}, which is in the order.`)
}

/** RFC 8555 §11.1: whoever has the key of a server must not have the account with it. */
function checkKey({ ledger }: CaContext, { key }: SigningKey, csr: CertificateRequest): void {
  if (csr.key.equals(key)) throw badCsr('The key of the certificate request is the key of the account.')
  // CA/Browser Forum Baseline Requirements §6.1.1.3.
  if (ledger.compromisedKeys.has(csr.key)) throw badCsr('The key of the certificate request is known to be compromised.')
}

function badCsr(detail: string): AcmeProblem {
  return new AcmeProblem('badCSR', 400, detail)
}
