import type { Account, Authorization, Certificate, Order } from './resources.ts'

/** How much the CA keeps. */
export interface LedgerLimits {
  /** So many orders that are done; of more the oldest are forgotten. */
  readonly finished: number
  /** So many orders may wait for their proofs or their finalization at once. */
  readonly unfinished: number
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
  /** Orders that are neither valid nor invalid. */
  readonly unfinished: number
  /** 1 the first. */
  nextOrderNumber(): number
  addAccount(account: Account): void
  /** With its authorizations, new ones and such as it shares with other orders. */
  addOrder(order: Order): void
  addCertificate(certificate: Certificate): void
  /** Says that an order is valid or invalid; may forget the one that has been so for the longest. */
  finish(order: Order): void
}

/** Enough for every client to fetch what it has just been issued, even when all of them come at once. */
const LIMITS: LedgerLimits = { finished: 1000, unfinished: 20_000 }

/** An empty one. */
export function createLedger(limits: LedgerLimits = LIMITS): Ledger {
  const accounts = new Map<string, Account>()
  const accountsByKey = new Map<string, Account>()
  const orders = new Map<string, Order>()
  const authorizations = new Map<string, Authorization>()
  const challenges = new Map<string, Authorization>()
  const certificates = new Map<string, Certificate>()
  const certificatesByFingerprint = new Map<string, Certificate>()
  const finished = new Set<Order>()
  let ordersSoFar = 0

  function forget(order: Order): void {
    finished.delete(order)
    orders.delete(order.id)
    order.account.orders.delete(order)
    for (const authorization of order.authorizations) {
      authorization.orders.delete(order)
      if (authorization.orders.size === 0) forgetAuthorization(authorization)
    }
    if (!order.certificate) return
    certificates.delete(order.certificate.id)
    certificatesByFingerprint.delete(order.certificate.fingerprint)
  }

  function forgetAuthorization(authorization: Authorization): void {
    const { account, orderedName, challenge, id } = authorization
    authorizations.delete(id)
    challenges.delete(challenge.id)
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
    get unfinished() {
      return orders.size - finished.size
    },
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
      order.account.orders.add(order)
      for (const authorization of order.authorizations) {
        authorization.orders.add(order)
        authorizations.set(authorization.id, authorization)
        challenges.set(authorization.challenge.id, authorization)
      }
    },
    addCertificate(certificate) {
      certificates.set(certificate.id, certificate)
      certificatesByFingerprint.set(certificate.fingerprint, certificate)
    },
    finish(order) {
      if (!orders.has(order.id)) return
      finished.add(order)
      const [oldest] = finished
      if (finished.size > limits.finished && oldest) forget(oldest)
    },
  }
}
