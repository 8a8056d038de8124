import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import type { AddOptions, VerbOptions } from '../contracts/verb-options.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Certificate, NewAuditEvent, Order } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { goodUntil } from '../domain/policies.ts'
import { challengeName, mayIssue } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import { accountAt, accountInState, accountOf } from './account.ts'
import { AccountKeyChanged, signedByAccount } from './account-signature.ts'
import { addUnlessThere, withChoices } from './add.ts'
import { giveBack, isCounted, reserve } from './budget.ts'
import { atFirstCaThatCan } from './ca-choice.ts'
import { type ChallengePlace, locateChallenge, removeLeftovers } from './challenge-records.ts'
import { examineProofs } from './examine.ts'
import { keepFailure } from './failed-order.ts'
import { endOrder, problemOf, WIDTH } from './fulfilment.ts'
import { LOOK_AGAIN } from './look-again.ts'
import { fulfil } from './order.ts'
import { isForKeyOf, keyFor } from './order-key.ts'
import { givenRequest } from './own-request.ts'
import { deploymentsOfChanged } from './planned-deployments.ts'
import { preflight } from './preflight.ts'
import { replacedBy } from './replaced.ts'
import { makeId, type Services } from './services.ts'
import { type Step, step } from './step.ts'
import { checkProofs, refuseStatus } from './verify.ts'

export interface IssueOptions extends VerbOptions {
  /** Also when there is a good certificate, or the CA asked to wait. */
  force?: boolean
  /** Without the routing checks. Ownership, delegation and CAA are always looked at. */
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
  return step(services, target.name, o, async (current) => {
    refuseStatus(current.domain)
    const request = await givenRequest(services, name, o, current.domain)
    const chosen = withChoices(services, current.domain, o, request)
    if (chosen !== current.domain)
      await current.commit({
        domain: chosen,
        events: [current.event('domain.changed', 'other settings were asked for')],
        ...(await deploymentsOfChanged(services, { before: current.domain, domain: chosen }, current.claimed.certificate)),
      })
    const warnings = await removeLeftovers(current)
    const good = await goodCertificate(current)
    const open = await services.store.openOrder(current.domain.id)
    // An order that an earlier run began is ended, whatever there is: its records may still be there.
    if (good && !open && !o.force) {
      const reason = `its certificate is good until ${good.until.toISOString()}`
      return { certificate: good.certificate, issued: false, reason, warnings }
    }
    await requireProofs(current, o)
    const ordered = await order(current, o)
    const reason = open ? 'an order was open' : good ? 'it was asked for' : 'it had no good certificate'
    return { certificate: ordered.certificate, issued: true, reason, warnings: [...warnings, ...ordered.warnings] }
  })
}

/** Orders a certificate, or continues the order that is open, and keeps count of failures. */
export async function order(current: Step, o: IssueOptions): Promise<Ordered> {
  try {
    return await atFirstCaThatCan(current, o, (ca, looked) => orderOrRenewAccount(current, ca, o, looked))
  } catch (thrown) {
    throw await keepFailure(current, thrown)
  }
}

type Ordered = Pick<Issued, 'certificate' | 'warnings'>
type Looked = NewAuditEvent[] | undefined

/** So often an order is taken up again with another key of its account: nobody changes it as fast as that. */
const MOST_KEY_CHANGES = 3

async function orderOrRenewAccount(current: Step, ca: string, o: IssueOptions, looked: Looked, keyChanges = 0): Promise<Ordered> {
  try {
    return await orderOnce(current, ca, { ...o, looked, renewed: false })
  } catch (error) {
    // Another process has changed the key of the account: the order goes on with records that are made from the new one.
    if (error instanceof AccountKeyChanged && keyChanges < MOST_KEY_CHANGES)
      return orderOrRenewAccount(current, ca, o, undefined, keyChanges + 1)
    // The CA has lost the account (a test CA that was restarted): the same key makes it again, once, as certmagic does.
    if (!problemOf(error)?.type.endsWith(':accountDoesNotExist')) throw error
    return orderOnce(current, ca, { ...o, looked: undefined, renewed: true })
  }
}

async function orderOnce(
  current: Step,
  ca: string,
  o: Pick<IssueOptions, 'waitMs' | 'force'> & { looked: Looked; renewed: boolean },
): Promise<Ordered> {
  const { domain, services, signal } = current
  const directory = await services.issuer(ca)
  const { force = false } = o
  const warnings: string[] = []
  const open = await services.store.openOrder(domain.id)
  const own =
    open?.ca === directory.ca ? await accountOf(services, directory, open.accountId, { renewed: o.renewed, force, signal }) : null
  const account = own ?? (await accountAt(services, directory, { renewed: o.renewed, force, signal }))
  const issuer = signedByAccount(services, directory, account)
  const shared = {
    step: current,
    issuer,
    account,
    accountRenewed: o.renewed,
    waitMs: o.waitMs ?? 0,
    force,
    warnings,
    atCa: undefined,
    answers: [],
  }
  // Whoever began it has ended since, and nobody else may go on with it.
  const isOrphaned = own === null && open?.ca === directory.ca
  if (open) {
    const records = (await services.store.recordsOf(domain.id)).filter(({ orderId }) => orderId === open.id)
    const f = {
      ...shared,
      order: open,
      records,
      answers: (await services.store.httpChallengesOf(domain.id)).filter(({ orderId }) => orderId === open.id),
      places: new Map(),
      resumed: true,
      told: open.state === 'challenged',
    }
    if (isOrphaned) await endOrder(f, 'its account has ended')
    const certificate = isOrphaned ? null : await withOneKey(account, () => fulfil(f))
    if (certificate) return { certificate, warnings }
  }
  // A new order is begun by the account of today.
  if (own && (await accountInState(services, directory.ca))?.id !== own.id) {
    return orderOnce(current, ca, { ...o, looked: undefined, renewed: false })
  }
  // Waits that do not need each other. Where the records cannot be written at all, that is what is told.
  const checking = o.looked ? Promise.resolve(o.looked) : preflight(current, issuer, account.url)
  checking.catch(() => undefined)
  const [places] = await Promise.all([locateAll(current), issuer.describe(current)])
  const fresh = await planOrder(current, issuer, { accountId: account.id, force }, await checking)
  const f = { ...shared, order: fresh, records: [], places, resumed: false, told: false }
  const certificate = await withOneKey(account, () => fulfil(f))
  if (!certificate) throw new Error('a new order was taken for an old one')
  return { certificate, warnings }
}

/**
 * A CA compares the proof with the key that the account has when it looks (RFC 8555 §8.1): one that fails after the key was changed
 * says nothing of the DNS.
 */
async function withOneKey<T>(account: IssuerAccount, work: () => Promise<T>): Promise<T> {
  const { key } = account
  try {
    return await work()
  } catch (error) {
    const isAboutProof = error instanceof DomainctlError && ['CA_VALIDATION_FAILED', 'CA_ORDER_INVALID'].includes(error.code)
    throw isAboutProof && account.key !== key ? new AccountKeyChanged(error) : error
  }
}

/** Whatever stands in the way of the records shows here, before the CA is asked for anything. */
async function locateAll(current: Step): Promise<Map<string, ChallengePlace>> {
  if (current.domain.challenge === 'http-01') return locateAnswers(current)
  const names = [...new Set(current.domain.names.map(({ name }) => challengeName(baseOf(name))))]
  return new Map(await inParallel(names, WIDTH, async (name) => [name, await locateChallenge(current, name)] as const))
}

/** No record is written; whether files can be shows here. */
async function locateAnswers({ services }: Step): Promise<Map<string, ChallengePlace>> {
  await (await services.httpAnswers()).plan('token')
  return new Map()
}

/** The order with its key is in the state before the CA hears of it. */
async function planOrder(
  current: Step,
  issuer: Issuer,
  { accountId, force }: { accountId: string; force: boolean },
  checked: NewAuditEvent[],
): Promise<Order> {
  const { services, domain } = current
  const { profiles } = await issuer.describe(current)
  const profile = domain.profile ?? defaultProfile(Object.keys(profiles))
  if (profile !== undefined && !(profile in profiles)) {
    throw new DomainctlError('CONFIG_INVALID', `${issuer.ca} offers no profile ${profile}.`, {
      hint: `It offers: ${Object.keys(profiles).join(', ') || 'none'}.`,
    })
  }
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
    ...(await keyFor(current)),
    createdAt: now,
    updatedAt: now,
  }
  const planned = current.event('order.planned', order.names.join(', '), { names: order.names, ca: issuer.ca, profile })
  const { ca, names } = order
  const replaced = isCounted(services, ca) ? await replacedBy(current, issuer, accountId) : null
  const reserved = replaced?.isExempt ? undefined : await reserve(current, { ca, accountId, names, force })
  const counted = reserved ? { ...order, reserved } : order
  try {
    await current.commit({ order: counted, events: [...checked, planned] })
  } catch (error) {
    if (reserved) await giveBack(services, reserved)
    throw error
  }
  return counted
}

/** A CA that offers profiles may pick one as it likes when none is asked for. */
function defaultProfile(offered: readonly string[]): string | undefined {
  return ['default', 'classic'].find((name) => offered.includes(name)) ?? offered[0]
}

async function goodCertificate({ domain, services }: Step): Promise<{ certificate: Certificate; until: Date } | null> {
  const certificate = domain.certificateId === undefined ? null : await services.store.getCertificate(domain.certificateId)
  if (!certificate || !(await isForKeyOf(services, domain, certificate))) return null
  const until = goodUntil(certificate, services.runtime.clock.now())
  return until && { certificate, until }
}

/**
 * L3: nothing is written or issued for a name whose ownership (and delegation) is not seen. Waits for the records when
 * `waitMs` says so; without `preflight`, routing may be wrong.
 */
export async function requireProofs(current: Step, o: IssueOptions): Promise<void> {
  const { clock } = current.services.runtime
  const until = clock.now().getTime() + (o.waitMs ?? 0)
  for (;;) {
    const { error } = await checkProofs(current, examineProofs)
    if (!error || (o.preflight === false && mayIssue(current.domain))) return
    const left = until - clock.now().getTime()
    if (left <= 0) throw error
    current.report(`waiting for DNS: ${error.message}`)
    await clock.sleep(Math.min(LOOK_AGAIN, left), current.signal)
  }
}
