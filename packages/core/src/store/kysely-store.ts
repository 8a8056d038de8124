import type { CheckedHealth, ClaimedCheck, HealthRecord } from '../contracts/health-store.ts'
import type { ClaimedDelivery, DeliveryOutcome, NoticeRouting, Outbox } from '../contracts/outbox.ts'
import type {
  AccountChange,
  AccountView,
  AuditFilter,
  AuditPage,
  BudgetFilter,
  Changes,
  DomainFilter,
  DomainKey,
  DomainView,
  KeyLease,
  Lease,
  StateOverview,
  Store,
} from '../contracts/store.ts'
import type { BudgetCount, BudgetRefusal, BudgetUnit, BudgetWant } from '../domain/ca-budget.ts'
import type { Deployment } from '../domain/deployment.ts'
import type { CaCircuit } from '../domain/failover.ts'
import type { IncidentStep } from '../domain/health/incidents.ts'
import type { HealthSpan } from '../domain/health/uptime.ts'
import type { HttpChallenge } from '../domain/http-challenge.ts'
import type { Account, AuditEvent, Certificate, Domain, NewAuditEvent, Order, WrittenRecord } from '../domain/model.ts'
import type { Notice } from '../domain/notice.ts'
import { DomainctlError } from '../errors.ts'
import { accountViews, getAccount, getAccountById, insertAccount, setAccountUrl, updateAccount } from './accounts.ts'
import { appendEvents, readEvents } from './audit.ts'
import { changeBudget, limitBudget, readBudgets, refundBudget, spendBudget } from './budgets.ts'
import { compromisedChains, getCertificate, saveCertificate } from './certificates.ts'
import { changeCircuit, readCircuits } from './circuits.ts'
import type { Database, Db } from './database.ts'
import { deploymentsOf, dueDeployments, removeDeployments, saveDeployment } from './deployments.ts'
import { addDomain, findDomain, LONGEST_PAGE, pageOfDomains, primaryName, updateDomain, viewOf, viewsOfRows } from './domains.ts'
import { claimDueDomains } from './due-claims.ts'
import type { Engine } from './engine.ts'
import { eraseDomain } from './erase-domain.ts'
import { claimChecks, dueChecks, followStatus, healthOf, viewsWithHealth } from './health.ts'
import { forgetHealth, healthSpans } from './health-history.ts'
import { httpChallengesOf, httpChallengesWith, removeHttpChallenges, saveHttpChallenge } from './http-challenges.ts'
import { claimKeyLease, prolongKeyLease, releaseKeyLease } from './key-leases.ts'
import type { Keyring } from './keyring.ts'
import { assertLease, type Claim, claimLease, prolongLease, releaseLease } from './leases.ts'
import { claimDeliveries, isAnyDue, settleDelivery } from './notice-deliveries.ts'
import { isAnyUnrouted, routeNotices, saveNotices } from './notices.ts'
import { knownOrders, openOrder, saveOrder } from './orders.ts'
import { readOverview } from './overview.ts'
import { knownProofs, provenOwner } from './ownership.ts'
import { plannedRenewals } from './planned-renewals.ts'
import { recordsAt, recordsOf, removeRecords, saveRecord } from './records.ts'
import { saveCheck } from './save-check.ts'
import type { Seal } from './seal.ts'

/** The state in a database that Kysely speaks to. Every method is one transaction; the tables have a file each. */
export class KyselyStore implements Store {
  readonly #database: Database
  readonly #keyring: Keyring

  constructor(database: Database, keyring: Keyring) {
    this.#database = database
    this.#keyring = keyring
  }

  addDomain(domain: Domain, events: NewAuditEvent[]): Promise<void> {
    return this.#write(async (db) => {
      await addDomain(db, domain, this.#database.engine)
      await appendEvents(db, events)
    })
  }

  getDomain(tenant: string, name: string): Promise<Domain | null> {
    return this.#database.read((db) => findDomain(db, { tenant, name }))
  }

  viewDomain(tenant: string, name: string): Promise<DomainView | null> {
    return this.#database.read(async (db) => {
      const domain = await findDomain(db, { tenant, name })
      const [view] = domain ? await viewsWithHealth(db, [domain]) : []
      return view ?? null
    })
  }

  listDomains(
    filter: DomainFilter,
    page: { limit: number; cursor?: string },
  ): Promise<{ domains: DomainView[]; next: string | null }> {
    return this.#database.read(async (db) => {
      const { domains, next } = await pageOfDomains(db, filter, page, this.#database.engine)
      return { domains: await viewsWithHealth(db, domains), next }
    })
  }

  dueDomains(now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]> {
    return this.#database.read((db) =>
      db
        .selectFrom('domains')
        .select(['id', 'tenant', 'name'])
        .where('next_action_at', '<=', now.getTime())
        .orderBy('next_action_at')
        .orderBy('id')
        .limit(limit)
        .execute(),
    )
  }

  overview(now: Date, { soonest }: { soonest: number }): Promise<StateOverview> {
    return this.#database.read((db) => readOverview(db, now, soonest))
  }

  knownProofs(tenant: string, baseName: string): Promise<{ token?: string; delegationTargets: string[] }> {
    return this.#database.read((db) => knownProofs(db, tenant, baseName))
  }

  provenElsewhere(tenant: string, baseNames: string[], o?: { removedSince?: Date }): Promise<string | null> {
    return this.#database.read((db) => provenOwner(db, baseNames, tenant, o))
  }

  primaryName(domainId: string): Promise<string | null> {
    return this.#database.read((db) => primaryName(db, domainId))
  }

  claim(which: DomainKey, claim: Claim): Promise<({ lease: Lease } & DomainView) | null> {
    return this.#write(async (db) => {
      const claimed = await claimLease(db, which, claim, this.#database.engine)
      const view = claimed && (await viewOf(db, claimed.row))
      return claimed && view && { lease: claimed.lease, ...view }
    })
  }

  claimDue(now: Date, limit: number, claim: Claim): Promise<({ lease: Lease } & DomainView)[]> {
    return this.#write(async (db) => {
      const claimed = await claimDueDomains(db, { now, limit: Math.min(limit, LONGEST_PAGE) }, claim, this.#database.engine)
      const views = new Map(
        (
          await viewsOfRows(
            db,
            claimed.map(({ row }) => row),
          )
        ).map((view) => [view.domain.id, view]),
      )
      return claimed.flatMap(({ lease }) => {
        const view = views.get(lease.domainId)
        return view ? [{ lease, ...view }] : []
      })
    })
  }

  async heartbeat(lease: Lease, ttlMs: number): Promise<void> {
    lease.until = await this.#write((db) => prolongLease(db, lease, ttlMs, this.#database.engine))
  }

  commit(lease: Lease, changes: Changes, o?: { release?: boolean }): Promise<void> {
    return this.#write(async (db, seal) => {
      // Given back first, it is still ours until the transaction ends, or again when that comes to nothing.
      const tenant = await (o?.release ? releaseLease(db, lease) : assertLease(db, lease))
      assertWithin(lease.domainId, tenant, changes)
      await save(db, lease.domainId, changes, { seal, engine: this.#database.engine })
    })
  }

  async release(lease: Lease): Promise<void> {
    await this.#write((db) => releaseLease(db, lease))
  }

  claimKey(key: string, claim: Claim & { id: string }): Promise<KeyLease> {
    return this.#write((db) => claimKeyLease(db, key, claim, this.#database.engine))
  }

  async heartbeatKey(lease: KeyLease, ttlMs: number): Promise<void> {
    lease.until = await this.#write((db) => prolongKeyLease(db, lease, ttlMs, this.#database.engine))
  }

  releaseKey(lease: KeyLease): Promise<void> {
    return this.#write((db) => releaseKeyLease(db, lease))
  }

  openOrder(domainId: string): Promise<Order | null> {
    return this.#readSecret((db, seal) => openOrder(db, domainId, seal))
  }

  knownOrders(urls: string[]): Promise<string[]> {
    return this.#database.read((db) => knownOrders(db, urls))
  }

  recordsOf(domainId: string): Promise<WrittenRecord[]> {
    return this.#database.read((db) => recordsOf(db, [domainId]))
  }

  recordsAt(name: string, type: string): Promise<WrittenRecord[]> {
    return this.#database.read((db) => recordsAt(db, name, type))
  }

  httpChallengesWith(token: string): Promise<HttpChallenge[]> {
    return this.#database.read((db) => httpChallengesWith(db, token))
  }

  httpChallengesOf(domainId: string): Promise<HttpChallenge[]> {
    return this.#database.read((db) => httpChallengesOf(db, domainId))
  }

  deploymentsOf(domainId: string): Promise<Deployment[]> {
    return this.#database.read((db) => deploymentsOf(db, [domainId]))
  }

  dueDeployments(now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]> {
    return this.#database.read((db) => dueDeployments(db, now, limit))
  }

  getCertificate(id: string): Promise<Certificate | null> {
    return this.#readSecret((db, seal) => getCertificate(db, id, seal))
  }

  compromisedChains(): Promise<string[]> {
    return this.#database.read(compromisedChains)
  }

  plannedRenewals(from: Date, to: Date, slots: number): Promise<number[]> {
    return this.#database.read((db) => plannedRenewals(db, from, to, slots))
  }

  getAccount(tenant: string, ca: string, name: string): Promise<Account | null> {
    return this.#readSecret((db, seal) => getAccount(db, { tenant, ca, name }, seal))
  }

  getAccountById(id: string): Promise<Account | null> {
    return this.#readSecret((db, seal) => getAccountById(db, id, seal))
  }

  listAccounts(tenant: string): Promise<AccountView[]> {
    return this.#database.read((db) => accountViews(db, tenant))
  }

  changeAccount(id: string, change: (before: Account) => AccountChange | null): Promise<Account> {
    return this.#write(async (db, seal) => {
      await this.#database.engine.lock(db, `account ${id}`)
      const { account, events } = await updateAccount(db, id, change, seal)
      await appendEvents(db, events)
      return account
    })
  }

  addAccount(account: Account, events: NewAuditEvent[]): Promise<Account> {
    return this.#write(async (db, seal) => {
      if (await insertAccount(db, account, seal)) await appendEvents(db, events)
      return (await getAccount(db, account, seal)) ?? account
    })
  }

  confirmAccount(id: string, url: string, events: NewAuditEvent[]): Promise<void> {
    return this.#write(async (db) => {
      await setAccountUrl(db, id, url)
      await appendEvents(db, events)
    })
  }

  caCircuits(cas: readonly string[]): Promise<CaCircuit[]> {
    return this.#database.read((db) => readCircuits(db, cas))
  }

  noteCircuit(ca: string, change: (before: CaCircuit | undefined) => CaCircuit | undefined): Promise<void> {
    return this.#write(async (db) => {
      await this.#database.engine.lock(db, `circuit ${ca}`)
      await changeCircuit(db, ca, change)
    })
  }

  spendBudget(wants: BudgetWant[], now: Date, { force = false } = {}): Promise<BudgetRefusal[]> {
    return this.#writeBudget(wants, (db) => spendBudget(db, wants, now, force))
  }

  refundBudget(units: BudgetUnit[], now: Date): Promise<void> {
    return this.#writeBudget(units, (db) => refundBudget(db, units, now))
  }

  limitBudget(unit: BudgetUnit, until: Date): Promise<void> {
    return this.#writeBudget([unit], (db) => limitBudget(db, unit, until))
  }

  budgets(filter: BudgetFilter): Promise<BudgetCount[]> {
    return this.#database.read((db) => readBudgets(db, filter))
  }

  history(filter: AuditFilter & AuditPage): Promise<AuditEvent[]> {
    return readEvents(this.#database, filter)
  }

  addNotices(notices: Notice[]): Promise<void> {
    return this.#write((db) => saveNotices(db, notices))
  }

  async routeNotices(routing: NoticeRouting): Promise<number> {
    if (!(await this.#database.read(isAnyUnrouted))) return 0
    return this.#write((db) => routeNotices(db, routing, this.#database.engine))
  }

  async claimDeliveries(o: Parameters<Outbox['claimDeliveries']>[0]): Promise<ClaimedDelivery[]> {
    if (!(await this.#database.read((db) => isAnyDue(db, o)))) return []
    return this.#write((db) => claimDeliveries(db, o, this.#database.engine))
  }

  settleDelivery(
    delivery: Pick<ClaimedDelivery, 'id' | 'claim'>,
    outcome: DeliveryOutcome,
    events: NewAuditEvent[],
  ): Promise<boolean> {
    return this.#write(async (db) => {
      const isOurs = await settleDelivery(db, delivery, outcome)
      if (isOurs) await appendEvents(db, events)
      return isOurs
    })
  }

  dueChecks(now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]> {
    return this.#database.read((db) => dueChecks(db, now, limit))
  }

  claimChecks(
    now: Date,
    limit: number,
    o: { claim: string; forMs: number; domainIds?: readonly string[]; onlyDue?: boolean },
  ): Promise<ClaimedCheck[]> {
    return this.#write((db) => claimChecks(db, now, limit, o, this.#database.engine))
  }

  saveCheck(checked: CheckedHealth, tell: (step: IncidentStep) => Notice[]): Promise<Notice[] | null> {
    return this.#write((db) => saveCheck(db, checked, tell, this.#database.engine))
  }

  healthOf(domainIds: readonly string[]): Promise<HealthRecord[]> {
    return this.#database.read((db) => healthOf(db, domainIds))
  }

  healthSpans(domainId: string, from: Date): Promise<HealthSpan[]> {
    return this.#database.read((db) => healthSpans(db, domainId, from))
  }

  forgetHealth(before: Date, limit: number): Promise<number> {
    return this.#write((db) => forgetHealth(db, before, limit))
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  #writeBudget<T>(units: readonly BudgetUnit[], work: (db: Db) => Promise<T>): Promise<T> {
    return this.#write(async (db) => {
      await lockBudgets(db, units, this.#database.engine)
      return work(db)
    })
  }

  eraseDomain(lease: Lease, events: NewAuditEvent[]): Promise<boolean> {
    return this.#write(async (db) => {
      await assertLease(db, lease)
      const isErased = await eraseDomain(db, lease.domainId)
      if (isErased) await appendEvents(db, events)
      return isErased
    })
  }

  /** Writes all or nothing; nothing when the key is wrong. */
  #write<T>(work: (db: Db, seal: Seal) => Promise<T>): Promise<T> {
    return this.#database.write(async (db) => work(db, await this.#keyring.unlock(db)))
  }

  #readSecret<T>(work: (db: Db, seal: Seal) => Promise<T>): Promise<T> {
    return this.#database.read(async (db) => work(db, await this.#keyring.unlock(db)))
  }
}

async function save(db: Db, domainId: string, changes: Changes, { seal, engine }: { seal: Seal; engine: Engine }): Promise<void> {
  const { domain, order, certificate, recordsWritten = [], recordsRemoved = [], events = [], budget } = changes
  if (order) await saveOrder(db, order, seal)
  if (certificate) await saveCertificate(db, certificate, seal)
  if (domain) await updateDomain(db, domain, engine)
  const over = domain && (await followStatus(db, domain, engine))
  for (const record of recordsWritten) await saveRecord(db, record)
  await removeRecords(db, domainId, recordsRemoved)
  for (const challenge of changes.challengesWritten ?? []) await saveHttpChallenge(db, challenge)
  await removeHttpChallenges(db, domainId, changes.challengesRemoved ?? [])
  for (const deployment of changes.deployments ?? []) await saveDeployment(db, deployment)
  await removeDeployments(db, domainId, changes.deploymentsRemoved ?? [])
  if (budget) {
    await lockBudgets(db, [...(budget.spent ?? []), ...(budget.taken ?? []), ...(budget.returned ?? [])], engine)
    await changeBudget(db, budget)
  }
  const ofEnd = over && changes.tellOver ? [changes.tellOver(over)] : []
  await saveNotices(db, [...(changes.notices ?? []), ...ofEnd])
  await appendEvents(db, events)
}

/** What is left at a CA is read and then written; in one order, so that no two wait for each other. */
async function lockBudgets(db: Db, units: readonly { key: { ca: string } }[], engine: Engine): Promise<void> {
  for (const ca of [...new Set(units.map(({ key }) => key.ca))].sort()) await engine.lock(db, `budget ${ca}`)
}

/** A lease is the right to change one domain: what belongs to another one is refused. */
function assertWithin(domainId: string, tenant: string, changes: Changes): void {
  const { domain, order, certificate, recordsWritten = [], challengesWritten = [], deployments = [] } = changes
  const own = domain && { ...domain, domainId: domain.id }
  const parts = [own, order, certificate, ...recordsWritten, ...challengesWritten, ...deployments]
  const strange = parts.find((part) => part && (part.domainId !== domainId || part.tenant !== tenant))
  if (!strange) return
  throw new DomainctlError(
    'INTERNAL',
    `A change under the lease of the domain ${domainId} belongs to the domain ${strange.domainId}.`,
    {
      hint: 'This is a fault of domainctl: please report it with the output of --verbose.',
    },
  )
}
