import type { Certificate, Domain, Order } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { type Fulfilment, saveOrder } from './fulfilment.ts'
import type { Services } from './services.ts'
import type { Step } from './step.ts'

/** What a certificate is ordered for: a private key of ours, or the request that somebody has made with a key of theirs. */
export type OrderKey = Pick<Order, 'certificateKey' | 'csr' | 'keyType'>

/**
 * The key for a new order: that of the domain's own request; that of the live certificate, where it is to be kept and nothing
 * speaks against it; else a new one.
 * @throws `CSR_INVALID` when the key of the domain's request was said to be in wrong hands
 */
export async function keyFor(step: Step): Promise<OrderKey> {
  const { domain, services } = step
  const { csr, keyType } = domain
  if (csr) {
    await refuseCompromised(step)
    return { csr: csr.pem, keyType: csr.keyType }
  }
  const live = await liveCertificate(step)
  const crypto = await services.crypto()
  const kept = domain.reuseKey && live && mayKeepKey(live) && live.keyType === keyType ? live.privateKey : undefined
  return { certificateKey: kept ?? (await crypto.createKey(keyType)), keyType }
}

/** Whether the certificate is for the key of the domain's own request or, where it has none, for one that is kept here. */
export async function isForKeyOf(
  services: Pick<Services, 'crypto'>,
  { csr }: Domain,
  certificate: Certificate,
): Promise<boolean> {
  if (!csr) return certificate.privateKey !== undefined
  return (await services.crypto()).publicKey(certificate.chain) === csr.publicKey
}

/** The request for the certificate of an order, DER. */
export async function requestFor({ services }: Step, { certificateKey, csr, names }: Order): Promise<Uint8Array> {
  const crypto = await services.crypto()
  if (csr !== undefined) return crypto.requestDer(csr)
  if (certificateKey === undefined) throw new Error('an order has neither a key nor a request')
  return crypto.createCsr(certificateKey, names)
}

/**
 * Whether an open order may go on with the key that it has: `other`: it needs another one, which the CA has not heard of before
 * it is asked for the certificate; `ended`: the same, and the CA may have made the certificate already, which would be for a key
 * that nobody wants any more.
 * @throws `CSR_INVALID` as {@link keyFor} does
 */
export async function standingOfKey({ step, order }: Fulfilment): Promise<'good' | 'other' | 'ended'> {
  const { csr, keyType, reuseKey = false } = step.domain
  const wasAsked = order.state === 'finalizing'
  if (csr?.pem !== order.csr) return wasAsked ? 'ended' : 'other'
  const live = await liveCertificate(step)
  await refuseCompromised(step)
  if (csr !== undefined || live?.privateKey === undefined || live.privateKey !== order.certificateKey)
    return csr === undefined && order.keyType !== keyType && !wasAsked ? 'other' : 'good'
  // It was to be the key of the live certificate.
  if (!mayKeepKey(live)) return wasAsked ? 'ended' : 'other'
  return (!reuseKey || order.keyType !== keyType) && !wasAsked ? 'other' : 'good'
}

/** Gives the order another key. */
export async function changeKey(f: Fulfilment): Promise<void> {
  const { certificateKey: _, csr: __, ...rest } = f.order
  f.order = { ...rest, ...(await keyFor(f.step)) }
  await saveOrder(f, {})
}

async function liveCertificate({ domain, services }: Step): Promise<Certificate | null> {
  return domain.certificateId === undefined ? null : await services.store.getCertificate(domain.certificateId)
}

/** Whatever it was revoked for: nobody knows whether that was all. */
function mayKeepKey(live: Certificate): boolean {
  return !live.revokedAt && !isCompromised(live)
}

/** Whichever certificate it was: that of an earlier time, or of another domain with the same key. */
async function refuseCompromised({ domain, services }: Step): Promise<void> {
  if (!domain.csr) return
  const { publicKey } = domain.csr
  const crypto = await services.crypto()
  const chains = await services.store.compromisedChains()
  if (chains.some((chain) => crypto.publicKey(chain) === publicKey)) throw compromised(domain.name)
}

/** Also where its CA could not be told yet. */
function isCompromised({ revocationReason }: Certificate): boolean {
  return revocationReason === 'keyCompromise'
}

function compromised(name: string): DomainctlError {
  return new DomainctlError(
    'CSR_INVALID',
    `The certificate request of ${name} has the key of a certificate that was revoked because the key is in wrong hands.`,
    { hint: `Make a new key and a new request, then: domainctl issue ${name} --csr FILE (or --no-csr for a key made here).` },
  )
}
