import {
  type Account,
  type AuditEvent,
  type AuditFilter,
  type AuditPage,
  type Clock,
  type Domain,
  type DomainKey,
  type DomainView,
  type KeyLease,
  type Lease,
  type Order,
  type Store,
  systemClock,
} from '@domainctl/core'
import { addAccount, changeAccount, findAccount, isOpen, listAccounts } from './accounts.ts'
import { readAudit } from './audit.ts'
import { limitBudget, readBudgets, refundBudget, spendBudget } from './budgets.ts'
import { commit } from './commit.ts'
import { deploymentsOf, dueDeployments } from './deployments.ts'
import { addDomain, eraseDomain, listDomains, OLDEST_FIRST, viewOf } from './domains.ts'
import { claimChecks, dueChecks, forgetHealth, healthSpans, recordOf, saveCheck } from './health.ts'
import { type Claim, claimDomain, claimFirst, claimKey, prolong, prolongKey, release, releaseKey, rowOf } from './leases.ts'
import { Memory } from './memory.ts'
import { addNotices, claimDeliveries, routeNotices, settleDelivery } from './outbox.ts'
import { readOverview } from './overview.ts'
import { knownProofs, provenElsewhere } from './ownership.ts'
import { by, byLatest } from './tables.ts'

/** How a method of {@link Store} is declared here: the contract says what it takes and gives. */
type Method<K extends keyof Store> = Store[K]

/**
 * The state in the memory of this process, for a test or a trial: it is gone when the process ends. Every method does all that it
 * does in one go, without waiting for anything, so that each is a transaction of its own.
 * @param clock that leases go by
 */
export function createMemoryStore(clock: Clock = systemClock()): Store {
  return new MemoryStore(clock)
}

class MemoryStore implements Store {
  readonly #memory = new Memory()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  addDomain: Method<'addDomain'> = async (domain, events) => this.#write((memory) => addDomain(memory, domain, events))

  async getDomain(tenant: string, name: string): Promise<Domain | null> {
    return rowOf(this.#memory, { tenant, name })?.domain ?? null
  }

  async viewDomain(tenant: string, name: string): Promise<DomainView | null> {
    const row = rowOf(this.#memory, { tenant, name })
    return row ? viewOf(this.#memory, row.domain) : null
  }

  listDomains: Method<'listDomains'> = async (filter, page) => listDomains(this.#memory, filter, page)

  async dueDomains(now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]> {
    return this.#memory.domains
      .filter(({ domain: { nextActionAt } }) => nextActionAt !== undefined && nextActionAt <= now)
      .map(({ domain }) => domain)
      .sort(
        by(
          ({ nextActionAt }) => nextActionAt ?? now,
          ({ id }) => id,
        ),
      )
      .slice(0, limit)
      .map(({ id, tenant, name }) => ({ id, tenant, name }))
  }

  overview: Method<'overview'> = async (now, { soonest }) => readOverview(this.#memory, now, soonest)

  knownProofs: Method<'knownProofs'> = async (tenant, baseName) => knownProofs(this.#memory, tenant, baseName)

  provenElsewhere: Method<'provenElsewhere'> = async (tenant, baseNames, o) => provenElsewhere(this.#memory, tenant, baseNames, o)

  async primaryName(domainId: string): Promise<string | null> {
    const { domains } = this.#memory
    const row = domains.get(domainId) ?? domains.filter(({ formerIds }) => formerIds.includes(domainId))[0]
    return row?.domain.name ?? null
  }

  async claim(which: DomainKey, claim: Claim): Promise<({ lease: Lease } & DomainView) | null> {
    return this.#write((memory) => {
      const claimed = claimDomain(memory, this.#clock, which, claim)
      return claimed && { lease: claimed.lease, ...viewOf(memory, claimed.row.domain) }
    })
  }

  async claimDue(now: Date, limit: number, claim: Claim): Promise<({ lease: Lease } & DomainView)[]> {
    const due = await this.dueDomains(now, Number.MAX_SAFE_INTEGER)
    return this.#write((memory) => {
      const ids = due.map(({ id }) => id)
      const claimed = claimFirst(memory, this.#clock, ids, { ...claim, limit })
      return claimed.map(({ lease, row }) => ({ lease, ...viewOf(memory, row.domain) }))
    })
  }

  async heartbeat(lease: Lease, ttlMs: number): Promise<void> {
    lease.until = this.#write((memory) => prolong(memory, this.#clock, lease, ttlMs))
  }

  commit: Method<'commit'> = async (lease, changes, o) =>
    this.#write((memory) => {
      commit(memory, lease, changes)
      if (o?.release) release(memory, lease)
    })

  release: Method<'release'> = async (lease) => this.#write((memory) => release(memory, lease))

  eraseDomain: Method<'eraseDomain'> = async (lease, events) => this.#write((memory) => eraseDomain(memory, lease, events))

  claimKey: Method<'claimKey'> = async (key, claim) => this.#write((memory) => claimKey(memory, this.#clock, key, claim))

  async heartbeatKey(lease: KeyLease, ttlMs: number): Promise<void> {
    lease.until = this.#write((memory) => prolongKey(memory, this.#clock, lease, ttlMs))
  }

  releaseKey: Method<'releaseKey'> = async (lease) => this.#write((memory) => releaseKey(memory, lease))

  async openOrder(domainId: string): Promise<Order | null> {
    const open = this.#memory.orders.filter((order) => order.domainId === domainId && isOpen(order.state))
    return (
      open.sort(
        byLatest(
          ({ createdAt }) => createdAt,
          ({ id }) => id,
        ),
      )[0] ?? null
    )
  }

  async knownOrders(urls: string[]): Promise<string[]> {
    const known = new Set(this.#memory.orders.filter(({ url }) => url !== undefined).map(({ url }) => url))
    return urls.filter((url) => known.has(url))
  }

  recordsOf: Method<'recordsOf'> = async (domainId) =>
    this.#memory.records.filter((record) => record.domainId === domainId).sort(OLDEST_FIRST)

  recordsAt: Method<'recordsAt'> = async (name, type) =>
    this.#memory.records.filter((record) => record.name === name && record.type === type).sort(OLDEST_FIRST)

  httpChallengesWith: Method<'httpChallengesWith'> = async (token) =>
    this.#memory.challenges.filter((challenge) => challenge.token === token).sort(byLatest(({ createdAt }) => createdAt))

  httpChallengesOf: Method<'httpChallengesOf'> = async (domainId) =>
    this.#memory.challenges
      .filter((challenge) => challenge.domainId === domainId)
      .sort(
        by(
          ({ createdAt }) => createdAt,
          ({ token }) => token,
        ),
      )

  deploymentsOf: Method<'deploymentsOf'> = async (domainId) => deploymentsOf(this.#memory, domainId)

  dueDeployments: Method<'dueDeployments'> = async (now, limit) => dueDeployments(this.#memory, now, limit)

  getCertificate: Method<'getCertificate'> = async (id) => this.#memory.certificates.get(id) ?? null

  compromisedChains: Method<'compromisedChains'> = async () =>
    this.#memory.certificates.filter(({ revocationReason }) => revocationReason === 'keyCompromise').map(({ chain }) => chain)

  async plannedRenewals(from: Date, to: Date, slots: number): Promise<number[]> {
    const counts = Array.from({ length: slots }, () => 0)
    for (const { renewAt } of this.#memory.certificates.filter(({ renewAt }) => renewAt >= from && renewAt < to)) {
      const slot = Math.floor(((renewAt.getTime() - from.getTime()) * slots) / (to.getTime() - from.getTime()))
      counts[slot] = (counts[slot] ?? 0) + 1
    }
    return counts
  }

  getAccount: Method<'getAccount'> = async (tenant, ca, name) => findAccount(this.#memory, { tenant, ca, name })

  getAccountById: Method<'getAccountById'> = async (id) => this.#memory.accounts.get(id) ?? null

  listAccounts: Method<'listAccounts'> = async (tenant) => listAccounts(this.#memory, tenant)

  addAccount: Method<'addAccount'> = async (account, events) => this.#write((memory) => addAccount(memory, account, events))

  confirmAccount: Method<'confirmAccount'> = async (id, url, events) => {
    const confirm = (before: Account) => ({ account: { ...before, url }, events })
    this.#write((memory) => changeAccount(memory, id, confirm))
  }

  changeAccount: Method<'changeAccount'> = async (id, change) => this.#write((memory) => changeAccount(memory, id, change))

  caCircuits: Method<'caCircuits'> = async (cas) => this.#memory.circuits.filter(({ ca }) => cas.includes(ca))

  noteCircuit: Method<'noteCircuit'> = async (ca, change) =>
    this.#write(({ circuits }) => {
      const after = change(circuits.get(ca))
      if (after) circuits.set(ca, { ...after, ca })
      else circuits.delete(ca)
    })

  spendBudget: Method<'spendBudget'> = async (wants, now, o) =>
    this.#write((memory) => spendBudget(memory, wants, now, o?.force ?? false))

  refundBudget: Method<'refundBudget'> = async (units, now) => this.#write((memory) => refundBudget(memory, units, now))

  limitBudget: Method<'limitBudget'> = async (unit, until) => this.#write((memory) => limitBudget(memory, unit, until))

  budgets: Method<'budgets'> = async (filter) => readBudgets(this.#memory, filter)

  addNotices: Method<'addNotices'> = async (notices) => this.#write((memory) => addNotices(memory, notices))

  routeNotices: Method<'routeNotices'> = async (routing) => this.#write((memory) => routeNotices(memory, routing))

  claimDeliveries: Method<'claimDeliveries'> = async (o) => this.#write((memory) => claimDeliveries(memory, this.#clock.now(), o))

  settleDelivery: Method<'settleDelivery'> = async (delivery, outcome, events) =>
    this.#write((memory) => {
      const isOurs = settleDelivery(memory, delivery, outcome)
      if (isOurs) memory.append(events)
      return isOurs
    })

  dueChecks: Method<'dueChecks'> = async (now, limit) =>
    dueChecks(this.#memory, now)
      .slice(0, limit)
      .flatMap(({ domainId }) => this.#memory.domains.get(domainId)?.domain ?? [])
      .map(({ id, tenant, name }) => ({ id, tenant, name }))

  claimChecks: Method<'claimChecks'> = async (now, limit, o) => this.#write((memory) => claimChecks(memory, now, limit, o))

  saveCheck: Method<'saveCheck'> = async (checked, tell) => this.#write((memory) => saveCheck(memory, checked, tell))

  healthOf: Method<'healthOf'> = async (domainIds) =>
    this.#memory.health.filter(({ domainId }) => domainIds.includes(domainId)).map(recordOf)

  healthSpans: Method<'healthSpans'> = async (domainId, from) => healthSpans(this.#memory, domainId, from)

  forgetHealth: Method<'forgetHealth'> = async (before, limit) => this.#write((memory) => forgetHealth(memory, before, limit))

  async history(filter: AuditFilter & AuditPage): Promise<AuditEvent[]> {
    return readAudit(this.#memory, filter)
  }

  /** Nothing is open, and what is in memory stays: another `createDomainctl` may go on with it. */
  async close(): Promise<void> {}

  #write<T>(work: (memory: Memory) => T): T {
    return this.#memory.transactions.write(() => work(this.#memory))
  }
}
