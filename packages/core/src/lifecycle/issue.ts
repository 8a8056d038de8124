import type { AddOptions, VerbOptions } from '../contracts/domainctl.ts'
import type { Issuer } from '../contracts/issuer.ts'
import { transition } from '../domain/machine.ts'
import type { Certificate, Domain, Order } from '../domain/model.ts'
import { MOST_CA_FAILURES, mustWaitForCa, retryAt } from '../domain/policies.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { accountAt } from './account.ts'
import { addUnlessThere } from './add.ts'
import { removeLeftovers } from './challenge-records.ts'
import type { Fulfilment } from './fulfilment.ts'
import { fulfil } from './order.ts'
import { resumeOrder } from './resume-order.ts'
import { makeId, type Services } from './services.ts'
import { type Step, step, toFailure } from './step.ts'
import { checkProofs, refuseStatus } from './verify.ts'

export interface IssueOptions extends VerbOptions {
  /** Also when there is a good certificate, or the CA asked to wait. */
  force?: boolean
  /** Without the routing checks. Ownership and delegation are always looked at. */
  preflight?: boolean
  /** How long to wait for records that people make, in ms. */
  waitMs?: number
}

/** What became of it; `issued` false: there was nothing to do. */
export interface Issued {
  certificate: Certificate
  issued: boolean
  reason: string
  warnings: string[]
}

/** Has a certificate for this name when it returns; adds the name when it is not there. */
export async function issue(services: Services, name: string, o: AddOptions & IssueOptions): Promise<Issued> {
  const target = await addUnlessThere(services, name, o)
  return step(services, target, o, async (current) => {
    refuseStatus(current.domain)
    const warnings = await removeLeftovers(current)
    const good = o.force ? null : await goodCertificate(current)
    if (good)
      return {
        certificate: good,
        issued: false,
        reason: `its certificate is good until ${good.renewAt.toISOString()}`,
        warnings: [],
      }
    await requireProofs(current, o)
    const ordered = await order(current, o)
    return {
      certificate: ordered.certificate,
      issued: true,
      reason: o.force ? 'it was asked for' : 'it had no good certificate',
      warnings: [...warnings, ...ordered.warnings],
    }
  })
}

/** Orders a certificate, or continues the order that is open, and keeps count of failures. */
export async function order(current: Step, o: IssueOptions): Promise<Pick<Issued, 'certificate' | 'warnings'>> {
  const { domain, services } = current
  const wait = o.force ? null : mustWaitForCa(domain, services.runtime.clock.now())
  if (wait) {
    throw new DomainctlError(
      'CA_RATE_LIMITED',
      `The CA asked to come back at ${wait.toISOString()} (${domain.lastError?.message ?? ''}).`,
      {
        hint: 'Nothing was asked of it now. Repeat after that time; --force asks it all the same.',
        retryAt: wait,
      },
    )
  }
  try {
    return await orderOnce(current, o, false)
  } catch (error) {
    // The CA has lost the account (a test CA that was restarted): the same key makes it again, once (certmagic does so, too).
    const again = error instanceof DomainctlError && error.code === 'CA_ACCOUNT_INVALID'
    try {
      if (again) return await orderOnce(current, o, true)
      throw error
    } catch (error) {
      await keepFailure(current, error)
      throw error
    }
  }
}

async function orderOnce(
  current: Step,
  o: IssueOptions,
  renewedAccount: boolean,
): Promise<Pick<Issued, 'certificate' | 'warnings'>> {
  const { domain, services, signal } = current
  const issuer = await services.issuer(domain.ca ?? services.settings.ca)
  const account = await accountAt(services, issuer, {
    ...(domain.contact !== undefined && { contact: domain.contact }),
    renewed: renewedAccount,
    signal,
  })
  const open = await services.store.openOrder(domain.id)
  const records = open ? (await services.store.recordsOf(domain.id)).filter(({ orderId }) => orderId === open.id) : []
  const shared = { step: current, issuer, account, waitMs: o.waitMs ?? 0, warnings: [] as string[], atCa: undefined }
  if (open) {
    const resumed: Fulfilment = { ...shared, order: open, records, resumed: true, told: open.state === 'challenged' }
    if (await resumeOrder(resumed)) return { certificate: await fulfil(resumed), warnings: shared.warnings }
  }
  const fresh: Fulfilment = {
    ...shared,
    order: await planOrder(current, issuer, account.id),
    records: [],
    resumed: false,
    told: false,
  }
  return { certificate: await fulfil(fresh), warnings: shared.warnings }
}

/** The order with its key is in the state before the CA hears of it. */
async function planOrder(current: Step, issuer: Issuer, accountId: string): Promise<Order> {
  const { services, domain } = current
  const { profiles } = await issuer.describe(current)
  const profile = domain.profile ?? defaultProfile(Object.keys(profiles))
  if (profile !== undefined && !(profile in profiles)) {
    throw new DomainctlError('CONFIG_INVALID', `${issuer.ca} offers no profile ${profile}.`, {
      hint: `It offers: ${Object.keys(profiles).join(', ') || 'none'}.`,
    })
  }
  const crypto = await services.crypto()
  const now = services.runtime.clock.now()
  const order: Order = {
    id: makeId(services),
    tenant: domain.tenant,
    domainId: domain.id,
    ca: issuer.ca,
    accountId,
    names: domain.names.map(({ name }) => name),
    ...(profile !== undefined && { profile }),
    state: 'new',
    authorizations: [],
    certificateKey: await crypto.createKey(domain.keyType),
    keyType: domain.keyType,
    createdAt: now,
    updatedAt: now,
  }
  await current.commit({ order, events: [current.event('order.planned', order.names.join(', '), { ca: issuer.ca, profile })] })
  return order
}

/** A CA that offers profiles may pick one as it likes when none is asked for. */
function defaultProfile(offered: readonly string[]): string | undefined {
  return ['default', 'classic'].find((name) => offered.includes(name)) ?? offered[0]
}

async function goodCertificate({ domain, services }: Step): Promise<Certificate | null> {
  const certificate = domain.certificateId === undefined ? null : await services.store.getCertificate(domain.certificateId)
  return certificate && certificate.renewAt > services.runtime.clock.now() ? certificate : null
}

/** L3: nothing is written or issued for a name whose ownership (and delegation) is not seen. */
async function requireProofs(current: Step, o: IssueOptions): Promise<void> {
  const { checks, error } = await checkProofs(current)
  if (!error) return
  const barred = checks.some(({ ok, purpose }) => !ok && purpose !== 'routing')
  if (o.preflight === false && !barred) return
  throw error
}

/** Counts the failure and plans the next attempt (C5); waiting for a person or an interruption is no failure. */
async function keepFailure(current: Step, thrown: unknown): Promise<void> {
  const error = toDomainctlError(thrown)
  if (error.code === 'LEASE_LOST' || error.code.startsWith('STATE_')) return
  const now = current.services.runtime.clock.now()
  const failed = failedDomain(current.domain, error, now)
  await current.commit({ domain: failed, events: [current.event('order.failed', `${error.code}: ${error.message}`)] })
}

function failedDomain(domain: Domain, error: DomainctlError, now: Date): Domain {
  if (error.kind === 'interrupted') return domain
  const lastError = toFailure(error, now)
  if (error.code === 'DNS_RECORDS_WANTED') return { ...domain, lastError }
  const attempts = domain.attempts + 1
  const failed: Domain = { ...domain, attempts, lastError, nextActionAt: retryAt(now, attempts, error.retryAt) }
  const atCa = error.kind === 'ca-refused' || error.kind === 'ca-unavailable'
  return atCa && attempts >= MOST_CA_FAILURES ? { ...transition(failed, 'gave_up', now), reason: error.code } : failed
}
