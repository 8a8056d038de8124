import type { Listening } from '../contracts/http-answers.ts'
import type { Issuer, IssuerAccount, IssuerOrder, Problem } from '../contracts/issuer.ts'
import type { Changes } from '../contracts/store.ts'
import type { HttpChallenge } from '../domain/http-challenge.ts'
import type { Order, WrittenRecord } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { isChainAtFault } from './chain-at-fault.ts'
import { type ChallengePlace, removeRecords } from './challenge-records.ts'
import { budgetAtEnd, split } from './counted-order.ts'
import { removeAnswers } from './http-answers.ts'
import { pollOrder } from './polling.ts'
import type { Step } from './step.ts'

/** Requests that one order has under way at a time. */
export const WIDTH = 8

/** An order on its way to a certificate. */
export interface Fulfilment {
  readonly step: Step
  readonly issuer: Issuer
  readonly account: IssuerAccount
  /** As it is in the state. */
  order: Order
  /** As the CA last showed it; absent before newOrder was answered. */
  atCa: IssuerOrder | undefined
  /** By challenge name: where its record goes, as far as that was found before the order was opened. */
  readonly places: ReadonlyMap<string, ChallengePlace>
  /** The challenge records of this order in the journal. */
  records: WrittenRecord[]
  /** The HTTP-01 answers of this order in the journal. */
  answers: HttpChallenge[]
  /** While this process answers by itself. */
  listening?: Listening
  /** The CA has just confirmed the account, since it did not seem to know it. */
  readonly accountRenewed: boolean
  /** Continues what another run began: what was asked of the CA then may have reached it. */
  readonly resumed: boolean
  /** How long to wait for records that people make, in ms. */
  readonly waitMs: number
  readonly warnings: string[]
  /** The certificate request, when it was made ahead of its time. */
  csr?: Promise<Uint8Array>
  /** newOrder was sent in this run, so that a refusal may be that of the order. */
  isPlaced?: boolean
  /** The CA was told to look, or may have been: the records must stay until it has. */
  told: boolean
  /** A person insists: what is over a limit of the CA is ordered all the same. */
  readonly force: boolean
  /** Identifiers whose validation has failed, until the order ends and they are counted. */
  invalid?: string[]
}

/** Writes the order's next state, with whatever belongs to the same moment. */
export async function saveOrder(f: Fulfilment, patch: Partial<Order>, changes: Omit<Changes, 'order'> = {}): Promise<void> {
  const order = { ...f.order, ...patch, updatedAt: f.step.services.runtime.clock.now() }
  await f.step.commit({ ...changes, order })
  f.order = order
}

/** Takes challenge records of the order away; what cannot be removed now is a warning and stays in the journal. */
export async function cleanUp(f: Fulfilment, records = f.records): Promise<void> {
  if (f.answers.length > 0) {
    f.warnings.push(...(await removeAnswers(f.step, f.answers)))
    f.answers = []
  }
  if (records.length === 0) return
  const { removed, warnings } = await removeRecords(f.step, records)
  const gone = new Set(removed.map(({ id }) => id))
  f.records = f.records.filter(({ id }) => !gone.has(id))
  f.warnings.push(...warnings)
}

/** The order has ended without a certificate. */
export async function endOrder(f: Fulfilment, why: string): Promise<void> {
  const { order, changes } = split(budgetAtEnd(f))
  const event = f.step.event('order.ended', why, { url: f.order.url })
  await saveOrder(f, { state: 'invalid', ...order }, { events: [event], ...changes })
  await cleanUp(f)
}

const ENDED = new Set(['CA_VALIDATION_FAILED', 'CA_ORDER_INVALID', 'CA_BAD_CERTIFICATE'])
const WAITING_FOR_DNS = new Set(['DNS_RECORDS_WANTED', 'DNS_NOT_PROPAGATED'])
/** Refusals of newOrder after which there is no order at the CA. */
const NOT_ORDERED = new Set(['CA_REFUSED', 'CA_RATE_LIMITED', 'CA_ACCOUNT_INVALID'])

/** Whether newOrder was refused in so many words. An answer that cannot be read may have been that of an order that was made. */
function isRefused(error: unknown, code: string): boolean {
  return NOT_ORDERED.has(code) && problemOf(error) !== undefined
}

/** How long an interrupted run stays for the CA to make up its mind, in ms. */
const LAST_WAIT = 10_000

/**
 * Leaves nothing behind after a failure or an abort, and the order in a state from which the next run continues.
 * Records stay only where taking them away would do harm: the CA may be looking at them, they are still on their way to
 * the servers, or a person made them.
 */
export async function settle(f: Fulfilment, error: unknown): Promise<void> {
  const code = error instanceof DomainctlError ? error.code : 'INTERNAL'
  if (code === 'LEASE_LOST' || code.startsWith('STATE_')) return
  const why = error instanceof Error ? error.message : code
  // What was issued is downloaded again by the next run, which costs nothing; ordering anew would count (requirements C4).
  if (isChainAtFault(error)) return cleanUp(f)
  // One whose first sending may have reached the CA is looked for once there is room.
  const isWithoutRoom = code === 'CA_BUDGET_SPENT' && !f.resumed
  if (ENDED.has(code) || (f.order.state === 'new' && (isWithoutRoom || (f.isPlaced && isRefused(error, code)))))
    return endOrder(f, why)
  if (WAITING_FOR_DNS.has(code)) return
  const { state } = f.order
  if (state !== 'finalizing' && f.told && !(await hasSettled(f))) return
  // Saved before anything is removed: a process that is killed in between must not think that its records are there.
  const unseen = state === 'published' || (state === 'challenged' && !f.told)
  if (unseen) await saveOrder(f, { state: 'ordered' })
  await cleanUp(
    f,
    f.records.filter(({ state }) => state !== 'asked'),
  )
}

/** Whether the CA is done with looking: taking the records away earlier would make it fail. */
async function hasSettled(f: Fulfilment): Promise<boolean> {
  if (!f.order.url) return true
  try {
    const order = await pollOrder(f.step, f.issuer, f.account, f.order.url, {
      while: ['pending'],
      signal: AbortSignal.timeout(LAST_WAIT),
    })
    f.atCa = order
    return true
  } catch (error) {
    f.step.services.runtime.logger.log('warn', 'records left for the CA to see', { order: f.order.url, error: String(error) })
    f.warnings.push('The CA had not looked yet: the challenge records stay until the next run.')
    return false
  }
}

/** The problem document that an error of the CA carries. */
export function problemOf(error: unknown): Problem | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'problem' in cause ? (cause.problem as Problem) : undefined
}

/** Whether the CA failed at what every order begins with. */
export function concernsAll({ cause }: DomainctlError): boolean {
  return cause instanceof Error && 'concernsAll' in cause && cause.concernsAll === true
}

/** The CA's policy forbids these names: no repetition changes that (RFC 8555 §6.7). */
const PERMANENT = new Set(['rejectedIdentifier', 'unsupportedIdentifier'].map((kind) => `urn:ietf:params:acme:error:${kind}`))

/** Whether the CA will never issue for these names. */
export function isPermanent(error: unknown): boolean {
  return PERMANENT.has(problemOf(error)?.type ?? '')
}

/** A problem that a resource of the CA shows, as the cause of an error; {@link problemOf} reads it again. */
export function causeOf(problem: Problem): Error {
  return Object.assign(new Error(problem.detail), { problem })
}
