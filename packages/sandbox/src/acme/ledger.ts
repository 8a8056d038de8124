import { type CompromisedKeys, createCompromisedKeys } from './compromised-keys.ts'
import type { Account, Authorization, Certificate, Order } from './resources.ts'
import { createUnfinishedOrders, type Load, type UnfinishedOrders } from './unfinished-orders.ts'

/** How much the CA keeps. */
export interface LedgerLimits {
  readonly accounts: number
  /** Of orders that are done; of more the oldest are forgotten. */
  readonly finished: Load
  /** Of orders that wait for their proofs or their finalization at once. */
  readonly unfinished: Load
  /** As `unfinished`, of one account, so that nobody takes the room of all. */
  readonly unfinishedOfAccount: Load
  readonly compromisedKeys: number
}

/** What the CA knows, in memory. Accounts stay for as long as it runs; of orders that are done only the latest are kept. */
export interface Ledger {
  readonly limits: LedgerLimits
  readonly accounts: ReadonlyMap<string, Account>
  readonly accountsByKey: Map<string, Account>
  readonly orders: ReadonlyMap<string, Order>
  readonly authorizations: ReadonlyMap<string, Authorization>
  /** By the id of the challenge. */
  readonly challenges: ReadonlyMap<string, Authorization>
  readonly certificates: ReadonlyMap<string, Certificate>
  readonly certificatesByFingerprint: ReadonlyMap<string, Certificate>
  readonly certificatesByRenewalId: ReadonlyMap<string, Certificate>
  readonly unfinished: Pick<UnfinishedOrders, 'load' | 'loadOf' | 'takeExpired'>
  readonly compromisedKeys: CompromisedKeys
  /** 1 the first. */
  nextOrderNumber(): number
  addAccount(account: Account): void
  /** With its authorizations, new ones and such as it shares with other orders. */
  addOrder(order: Order): void
  addCertificate(certificate: Certificate): void
  /** Says that an order is valid or invalid; may forget those that have been so for the longest. */
  finish(order: Order): void
}

/**
 * Enough for every client to fetch what it has just been issued, even when all of them come at once; and in all no more than
 * a heap of 512 MB has room for, however long the names are.
 */
const LIMITS: LedgerLimits = {
  accounts: 20_000,
  finished: { orders: 1000, names: 50_000 },
  unfinished: { orders: 20_000, names: 100_000 },
  unfinishedOfAccount: { orders: 300, names: 3000 },
  compromisedKeys: 10_000,
}

/** An empty one. */
export function createLedger(some: Partial<LedgerLimits> = {}): Ledger {
  const limits = { ...LIMITS, ...some }
  const accounts = new Map<string, Account>()
  const accountsByKey = new Map<string, Account>()
  const orders = new Map<string, Order>()
  const authorizations = new Map<string, Authorization>()
  const challenges = new Map<string, Authorization>()
  const certificates = new Map<string, Certificate>()
  const certificatesByFingerprint = new Map<string, Certificate>()
  const certificatesByRenewalId = new Map<string, Certificate>()
  const unfinished = createUnfinishedOrders()
  const finished = new Set<Order>()
  let finishedNames = 0
  let ordersSoFar = 0

  function forget(order: Order): void {
    finished.delete(order)
    finishedNames -= order.names.length
    orders.delete(order.id)
    order.account.orders.delete(order)
    for (const authorization of order.authorizations) {
      authorization.orders.delete(order)
      if (authorization.orders.size === 0) forgetAuthorization(authorization)
    }
    if (!order.certificate) return
    certificates.delete(order.certificate.id)
    certificatesByFingerprint.delete(order.certificate.fingerprint)
    certificatesByRenewalId.delete(order.certificate.renewalId)
  }

  function forgetAuthorization(authorization: Authorization): void {
    const { account, orderedName, id } = authorization
    authorizations.delete(id)
    for (const challenge of authorization.challenges) challenges.delete(challenge.id)
    if (account.proofs.get(orderedName) === authorization) account.proofs.delete(orderedName)
  }

  return {
    limits,
    accounts,
    accountsByKey,
    orders,
    authorizations,
    challenges,
    certificates,
    certificatesByFingerprint,
    certificatesByRenewalId,
    unfinished,
    compromisedKeys: createCompromisedKeys(limits.compromisedKeys),
    nextOrderNumber() {
      ordersSoFar += 1
      return ordersSoFar
    },
    addAccount(account) {
      accounts.set(account.id, account)
      accountsByKey.set(account.key.thumbprint, account)
    },
    addOrder(order) {
      orders.set(order.id, order)
      unfinished.add(order)
      order.account.orders.add(order)
      for (const authorization of order.authorizations) {
        authorization.orders.add(order)
        authorizations.set(authorization.id, authorization)
        for (const challenge of authorization.challenges) challenges.set(challenge.id, authorization)
      }
    },
    addCertificate(certificate) {
      certificates.set(certificate.id, certificate)
      certificatesByFingerprint.set(certificate.fingerprint, certificate)
      certificatesByRenewalId.set(certificate.renewalId, certificate)
    },
    finish(order) {
      unfinished.remove(order)
      finished.add(order)
      finishedNames += order.names.length
      for (const oldest of finished) {
        if (finished.size <= limits.finished.orders && finishedNames <= limits.finished.names) break
        forget(oldest)
      }
    },
  }
}
