import type { IssuerOrder } from '../contracts/issuer.ts'
import { cleared } from '../domain/failures.ts'
import { transition } from '../domain/machine.ts'
import type { Certificate } from '../domain/model.ts'
import { planByLifetime } from '../domain/renewal-spread.ts'
import { DomainctlError } from '../errors.ts'
import { downloadChain } from './chain-choice.ts'
import { budgetOfCertificate, split } from './counted-order.ts'
import { causeOf, type Fulfilment, problemOf, saveOrder } from './fulfilment.ts'
import { requestFor } from './order-key.ts'
import { deploymentsOf } from './planned-deployments.ts'
import { pollOrder } from './polling.ts'
import { amongOthers, shareOf } from './renewal-spread.ts'
import { makeId } from './services.ts'
import { issuedNotices } from './step-notices.ts'

/** How often finalize is repeated for a CA that says `orderNotReady` of an order that is ready (RFC 8555 §7.4). */
const FINALIZE_TRIES = 3

/** What the CA gave for an order. */
export interface Obtained {
  /** PEM, leaf first. */
  chain: string
  certificateUrl: string
}

/** From a ready order to its certificate: finalize, wait, download. */
export async function obtainCertificate(f: Fulfilment): Promise<Obtained> {
  const { step, issuer, account } = f
  step.report('waiting for the certificate')
  const url = f.order.url ?? ''
  let order = f.atCa ?? (await issuer.getOrder(account, url, step))
  // Valid authorizations may be known before the order shows it (RFC 8555 §7.1.6).
  if (order.status === 'pending') order = await pollOrder(step, issuer, account, url, { while: ['pending'] })
  if (order.status === 'ready') order = await finalize(f)
  if (order.status === 'processing') {
    const { retryAfterMs } = order
    order = await pollOrder(step, issuer, account, url, {
      while: ['processing'],
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  }
  if (order.status !== 'valid' || order.certificateUrl === undefined) {
    throw new DomainctlError(
      'CA_ORDER_INVALID',
      `The order is ${order.status} at ${issuer.ca} after finalizing (${order.error?.detail ?? 'no reason was given'}).`,
      {
        hint: 'Run the same command again for a new order.',
        ...(order.error && { cause: causeOf(order.error) }),
      },
    )
  }
  const chain = await downloadChain(f, order.certificateUrl)
  return { chain, certificateUrl: order.certificateUrl }
}

async function finalize(f: Fulfilment): Promise<IssuerOrder> {
  const { step, issuer, account, order } = f
  const { url, finalizeUrl } = order
  if (url === undefined || finalizeUrl === undefined) throw new Error('an order was ready before it had its URLs')
  const csr = await (f.csr ?? requestFor(step, order))
  for (let tries = 1; ; tries++) {
    try {
      const taken = await issuer.finalize(account, { url, finalizeUrl }, csr, step)
      step.note(step.event('order.finalized', `${issuer.ca} took the certificate request`, { url, ca: issuer.ca }))
      return taken
    } catch (error) {
      // A CA of several machines may show an order as ready at one of them before all know.
      if (tries >= FINALIZE_TRIES || !problemOf(error)?.type.endsWith(':orderNotReady')) throw error
      const now = await pollOrder(step, issuer, account, url, { while: ['pending'] })
      if (now.status !== 'ready') return now
    }
  }
}

/** Checks what the CA gave and keeps it, in one commit with the end of the order and the new status of the domain. */
export async function storeCertificate(f: Fulfilment, { chain, certificateUrl }: Obtained): Promise<Certificate> {
  const { step, order, issuer } = f
  const { runtime } = step.services
  const crypto = await step.services.crypto()
  const now = runtime.clock.now()
  const facts = crypto.readCertificate(chain, {
    key: order.csr ?? order.certificateKey ?? '',
    names: order.names,
    now,
    ...(issuer.roots !== undefined && { roots: issuer.roots }),
  })
  // A certificate that is there is kept, whatever the CA says or does not say of its advice now.
  const { renewalInfo } = await issuer.describe(step).catch(() => ({ renewalInfo: false }))
  const plan = planByLifetime(facts, shareOf(step.services))
  const certificate: Certificate = {
    ...facts,
    id: makeId(step.services),
    tenant: order.tenant,
    domainId: order.domainId,
    orderId: order.id,
    ca: issuer.ca,
    accountId: order.accountId,
    chain,
    ...(order.certificateKey !== undefined && { privateKey: order.certificateKey }),
    keyType: order.keyType,
    // Where the CA advises, its advice makes another plan soon.
    ...(renewalInfo ? plan : await amongOthers(step.services, facts, plan)),
    createdAt: now,
  }
  const domain = {
    ...transition(cleared(step.domain), 'issued', now),
    certificateId: certificate.id,
    // A CA that gives advice is asked for it soon (RFC 9773 §4.3).
    nextActionAt: renewalInfo ? now : certificate.renewAt,
  }
  const { serial, fingerprint, names } = certificate
  const notAfter = certificate.notAfter.toISOString()
  const event = step.event('certificate.stored', `serial ${serial}, valid until ${notAfter}`, {
    serial,
    fingerprint,
    ca: issuer.ca,
    names,
    notAfter,
  })
  const counted = split(budgetOfCertificate(f))
  const places = await deploymentsOf(step.services, domain, certificate)
  await saveOrder(
    f,
    { state: 'stored', certificateUrl, ...counted.order },
    { certificate, domain, events: [event], ...issuedNotices(step, certificate), ...counted.changes, ...places },
  )
  return certificate
}
