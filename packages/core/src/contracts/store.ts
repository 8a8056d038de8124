import type { BudgetCount, BudgetRefusal, BudgetUnit, BudgetWant } from '../domain/ca-budget.ts'
import type { LimitKind } from '../domain/ca-limits.ts'
import type { Deployment } from '../domain/deployment.ts'
import type { CaCircuit } from '../domain/failover.ts'
import type { Incident } from '../domain/health/incidents.ts'
import type { HttpChallenge } from '../domain/http-challenge.ts'
import type {
  Account,
  AuditEvent,
  Certificate,
  Domain,
  DomainStatus,
  NewAuditEvent,
  Order,
  WrittenRecord,
} from '../domain/model.ts'
import type { Notice } from '../domain/notice.ts'
import type { DomainView } from './domain-view.ts'
import type { HealthStore } from './health-store.ts'
import type { Outbox } from './outbox.ts'

export type { DomainView } from './domain-view.ts'

/** The right to change one domain until `until`. Given and taken by `lifecycle/step.ts` alone. */
export interface Lease {
  readonly domainId: string
  readonly owner: string
  /** Raised by every claim: a write with an older fence is refused, however late it comes. */
  readonly fence: number
  until: Date
}

/**
 * The right to change one thing that is no domain, such as an RRset at a provider that writes whole sets (requirements D3).
 * It excludes every other claim, also one of the same process.
 */
export interface KeyLease {
  /** Such as `rrset:<zone id>:<name>:<type>`. */
  readonly key: string
  /** Tells this claim from all others. */
  readonly id: string
  until: Date
}

/** All that one moment of a step changes; committed whole or not at all. */
export interface Changes {
  domain?: Domain
  order?: Order
  certificate?: Certificate
  /** Inserted or replaced by id. */
  recordsWritten?: WrittenRecord[]
  /** Ids of records that are gone. */
  recordsRemoved?: string[]
  /** Inserted, or replaced by token. */
  challengesWritten?: HttpChallenge[]
  /** Tokens of those that are not answered any more. */
  challengesRemoved?: string[]
  /** Inserted, or replaced by target. */
  deployments?: Deployment[]
  /** Targets that the domain is forgotten at. */
  deploymentsRemoved?: string[]
  events?: NewAuditEvent[]
  budget?: BudgetChange
  /** What people are told of it, later. */
  notices?: Notice[]
  /**
   * What people are told, later, of an incident that is over with it: `domain` was the last that was part of it, and is not watched
   * any more. May be called again when the transaction is.
   */
  tellOver?(incident: Incident): Notice
}

/** What a moment changes of the counts that CAs keep; nothing of it is refused. */
export interface BudgetChange {
  now: Date
  /** Counted by the CA without having been reserved: a failed validation, say. */
  spent?: BudgetUnit[]
  /** Reserved by `spendBudget`, and counted by the CA just now: it begins to come back now, and not when it was reserved. */
  taken?: BudgetUnit[]
  /** Reserved, and not used. */
  returned?: BudgetUnit[]
}

/** Which counts; of those that are full nothing is told. */
export interface BudgetFilter {
  /** Directory URLs. */
  cas: string[]
  kind?: LimitKind
  subjects?: string[]
  now: Date
  limit: number
}

/** Which domains: those that fit all of it. */
export interface DomainFilter {
  tenant?: string
  status?: DomainStatus
  /** Certificate's notAfter is before this time. */
  expiringBefore?: Date
  /** The primary name begins so; served by the order of the names, at the cost of the page. */
  nameStartsWith?: string
  /** All of these labels. */
  labels?: Record<string, string>
}

/** Which lines of the audit: those that fit all of it. */
export interface AuditFilter {
  tenant?: string
  /** The domain of this id, with those that it has taken the place of. */
  domainId?: string
  /** Domains that have this name, or had it when they were removed. */
  domainName?: string
  /** Events such as `record.written`, one of them; `*` stands for any characters. */
  events?: readonly string[]
  who?: string
  /** At or after this time. Times are those of the machine that wrote the line. */
  since?: Date
  /** Before this time. */
  until?: Date
}

/** Where a page of the audit lies, by the numbers of its lines. */
export interface AuditPage {
  limit: number
  /** Lines after the one with this `seq`, the oldest first. */
  after?: number
  /** Lines before the one with this `seq`. */
  before?: number
}

/** Which domain: by its id, or by its tenant and primary name as people say it. */
export type DomainKey = string | { tenant: string; name: string }

/** The state in numbers. */
export interface StateOverview {
  /** How many domains have each status; statuses without any are left out. */
  statuses: { status: DomainStatus; count: number }[]
  /** How many have `nextActionAt` at or before now, and the earliest of these times. */
  due: number
  dueSince?: Date
  /** Live certificates of active domains that end first, one that ended more than 30 days ago left out. */
  expiring: { tenant: string; name: string; notAfter: Date }[]
}

/** An account with what hangs on it. */
export interface AccountView {
  account: Omit<Account, 'key' | 'nextKey'>
  /** Its key is being changed, or was when a process died. */
  keyChanging: boolean
  /** Domains whose live certificate it has got, of all tenants. */
  domains: number
  /** Its orders that have not ended. */
  openOrders: number
}

/** What becomes of an account; its id, tenant and CA stay. */
export interface AccountChange {
  account: Account
  events: NewAuditEvent[]
}

/**
 * The state: what domainctl knows of domains, orders, certificates and accounts, and the journal of what it has made elsewhere.
 * `createDomainctl({ state })` takes one, and closes it; docs/guide/store.md is about writing one, and `describeStore` of
 * `@domainctl/core/testing` tells whether it does what is said here.
 *
 * **Concurrency.** All methods may be called at the same time, by any number of processes. Each call is one transaction: what it
 * writes is written whole or not at all, what it reads is one moment, and of writes that concern the same rows one comes after the
 * other (serializable, or locks where a method says that it reads and then writes). A write is on disk, and seen by whatever is
 * called after it from anywhere, when its promise resolves: no delay, no replica that lags.
 *
 * **Values.** What comes out equals what went in: every field, whatever a later version adds to it; dates to the millisecond; any
 * Unicode, U+0000 too where it stands in labels or details; lists in their order; what was absent is absent, neither null nor
 * undefined. Nothing is shared with the caller: changing an object after the call changes nothing here. Text is compared byte for
 * byte, case and all, and sorted by the bytes of its UTF-8. Where no order is said, there is none. `limit` is at least 1.
 *
 * **Secrets** (`Order.certificateKey`, `Certificate.privateKey`, `Account.key` and `nextKey`) go in and come out in the clear and
 * are sealed wherever they are kept, under a key that is kept elsewhere, each bound to its row. What reads no secret works
 * without that key.
 *
 * **Time.** Leases go by one clock that all processes share, such as the database's: machines may differ by minutes (requirements
 * E2). Everything else goes by the times that are given, which may lie in the past or the future; no method asks for the time.
 *
 * **Callbacks** (`isGone`, `change`) are synchronous, use no store and have no effects, so that they may be called again when a
 * transaction is. What they throw comes out of the call, which then has written nothing.
 *
 * **Cancellation.** There is none: a call ends by itself within a minute, with `STATE_BUSY` where others are in the way.
 *
 * **Errors** are `DomainctlError`s, the cause kept: `STATE_FULL`, `STATE_READ_ONLY`, `STATE_UNREADABLE`, `STATE_CORRUPT`,
 * `STATE_BUSY` from any method; `STATE_KEY_WRONG`, `STATE_KEY_INVALID` from those that write anything or read a secret; `LEASE_LOST`
 * from those that take a lease; `OWNERSHIP_TAKEN` from those that write a domain, when a name gains `provenAt` while another tenant
 * has proven it or the wildcard directly above it and has not removed it (L9): two names are one here when they have the same base,
 * the name without `*.`, and a `deleted` domain
 * gains none. After any of them nothing of that call was written, and it may be repeated; where a connection breaks
 * while a commit is answered, the store finds out what became of it before it says anything.
 */
export interface Store extends HealthStore, Outbox {
  /**
   * Inserts a domain, which nobody holds. `DOMAIN_EXISTS` when the tenant has that primary name already, also from another call at
   * the same time. A `deleted` one is replaced: whoever holds it loses it, its orders, certificates, records and challenges belong to
   * the new id from then on (what is in the DNS stays in the journal), and `history` finds its lines under the new id, over any
   * number of lives. The id is new, or that of the one which it replaces.
   */
  addDomain(domain: Domain, events: NewAuditEvent[]): Promise<void>
  /** The domain of this tenant and primary name, `deleted` ones too, or null. Reads no secret. */
  getDomain(tenant: string, name: string): Promise<Domain | null>
  /** The same, with what is printed of it: its certificate (that of `certificateId`, if there is one) and its records. */
  viewDomain(tenant: string, name: string): Promise<DomainView | null>
  /**
   * Domains that match all of the filter, in the order of tenant and name, each as {@link Store.viewDomain} has it; `deleted` ones
   * only where the filter asks for that status. At most `limit`, or fewer: there are more as long as `next` is not null, and none of
   * them costs more than the first page. `cursor` is the `next` of any earlier page of this filter, and goes on after the last domain
   * of that page, whatever was added or removed since; of anything else the store says `USAGE`. Reads no secret.
   */
  listDomains(
    filter: DomainFilter,
    page: { limit: number; cursor?: string },
  ): Promise<{ domains: DomainView[]; next: string | null }>
  /**
   * Ids and names of what has `nextActionAt` at or before `now`, of all tenants, oldest first; of those at one time in the order of
   * ids. By an index: what is not due costs nothing.
   */
  dueDomains(now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]>
  /** Counts of all tenants, for metrics; cheap enough for once a minute. */
  overview(now: Date, o: { soonest: number }): Promise<StateOverview>
  /**
   * What this tenant has for a base name (a name without `*.`) already, from any of its domains, `deleted` ones too: the ownership
   * token of the oldest domain that has one, and all delegation targets, each once, oldest first (by `createdAt` of the domain, then
   * its id, then the place of the name in it).
   */
  knownProofs(tenant: string, baseName: string): Promise<{ token?: string; delegationTargets: string[] }>
  /**
   * What another tenant has proven of these base names (`provenAt`), and has not removed: the name of one of them as it stands there,
   * or of the wildcard directly above one (requirements L9); null when there is nothing. A name `deleted` counts for nothing. With
   * `removedSince` the other way round: only names `deleted` at or after this time (`statusSince`) that have a `nextActionAt`, which is
   * the end of their quarantine (L8), count.
   */
  provenElsewhere(tenant: string, baseNames: string[], o?: { removedSince?: Date }): Promise<string | null>
  /** The primary name of the domain that has this id, or had it before it was removed and added again; else null. */
  primaryName(domainId: string): Promise<string | null>

  /**
   * Claims the domain for `ttlMs`: succeeds when nobody holds it, the holder's time is over (its last millisecond still counts),
   * or `isGone(holder)`, which is asked only then. Otherwise throws `LEASE_HELD` with `retryAt`, the end of the holder's time, also
   * when the holder has the same `owner`. Of any number of claims at once one succeeds. `fence` is greater than that of every earlier
   * claim of this domain. Returns the domain as it is under the lease, with what is printed of it, so that a step needs to read
   * nothing before or after; null when it is not there. Reads no secret.
   */
  claim(
    which: DomainKey,
    claim: { owner: string; ttlMs: number; isGone(owner: string): boolean },
  ): Promise<({ lease: Lease } & DomainView) | null>
  /**
   * Claims up to `limit` domains (at most 1000) whose `nextActionAt` is at or before `now`, each for `ttlMs` and as
   * {@link Store.claim} does one; those that somebody holds, or is just claiming, are left out. Of any number of callers at once
   * each domain is had by one. Oldest first: what is free or whose lease has run out before what is taken from a holder that
   * `isGone`, which is only looked for where the others are fewer than `limit`, and never asked of `owner` itself.
   * `now` is the caller's clock and says only what
   * is due; the leases go by that of the state. Costs as much as what is due and held, however many domains there are.
   */
  claimDue(
    now: Date,
    limit: number,
    claim: { owner: string; ttlMs: number; isGone(owner: string): boolean },
  ): Promise<({ lease: Lease } & DomainView)[]>
  /**
   * Prolongs the lease: it ends `ttlMs` from now, and its `until` says so. One whose time is over is still its holder's until
   * somebody else claims it. Throws `LEASE_LOST` when that has happened, or it was given back; `until` stays then.
   */
  heartbeat(lease: Lease, ttlMs: number): Promise<void>
  /**
   * Writes all of `changes` in one transaction, if the lease is still this holder's (as {@link Store.heartbeat} has it; otherwise
   * `LEASE_LOST`); `release` gives the lease back in the same one. Nobody can claim the domain between the check and the commit. What
   * belongs to another domain or tenant than the lease, and a domain whose tenant, primary name or id was changed, is refused with
   * `INTERNAL`; `createdAt` of the domain stays. What is written under an id (or a token) that is there takes its place with all of
   * its fields; removals come after, and of what is not this domain's they remove nothing.
   */
  commit(lease: Lease, changes: Changes, o?: { release?: boolean }): Promise<void>
  /** Gives the lease back: whoever claims the domain next has it at once. Throws `LEASE_LOST`, also when it was given back already. */
  release(lease: Lease): Promise<void>
  /**
   * Erases the domain with all that belongs to it but its audit, which stays; the lease ends with it. False, and nothing is erased,
   * where a key of it was said to be in wrong hands ({@link Store.compromisedChains}), or records of it are in the journal.
   */
  eraseDomain(lease: Lease, events: NewAuditEvent[]): Promise<boolean>

  /**
   * Claims what `key` names for `ttlMs`, as {@link Store.claim} does a domain; `id` has to be new. Throws `LEASE_HELD` with
   * `retryAt` while somebody else holds it, also this process by another claim. Keys are texts of their own: one that equals the id
   * of a domain has nothing to do with it. A claim that nobody gave back may be forgotten an hour after its end, and not before.
   */
  claimKey(key: string, claim: { id: string; owner: string; ttlMs: number; isGone(owner: string): boolean }): Promise<KeyLease>
  /** Prolongs it as {@link Store.heartbeat} does. Throws `LEASE_LOST`. */
  heartbeatKey(lease: KeyLease, ttlMs: number): Promise<void>
  /** Gives it back; one that was lost is none of ours any more, and that is fine. */
  releaseKey(lease: KeyLease): Promise<void>

  /** The order of this domain that has not ended (neither `stored` nor `invalid`), of several the newest (`createdAt`, then id), or null. */
  openOrder(domainId: string): Promise<Order | null>
  /** Those of the URLs that an order in this state has, of any domain and tenant, ended or not; as they come, tens of thousands at once. */
  knownOrders(urls: string[]): Promise<string[]>
  /** Records that domainctl has written or may have written for this domain, oldest first (`createdAt`, then id). */
  recordsOf(domainId: string): Promise<WrittenRecord[]>
  /** Records at this name of any domain and tenant, oldest first, so that a value that two orders share is removed by the last. */
  recordsAt(name: string, type: string): Promise<WrittenRecord[]>
  /**
   * HTTP-01 challenges with this token, of any domain and tenant, newest first: more than one where they share it, and older
   * ones may be made from a key that the account has no more. Reads no secret.
   */
  httpChallengesWith(token: string): Promise<HttpChallenge[]>
  /** HTTP-01 challenges of this domain that are answered, or were when a run ended, oldest first. */
  httpChallengesOf(domainId: string): Promise<HttpChallenge[]>
  /** Where this domain's certificates are to serve, in the order of targets. */
  deploymentsOf(domainId: string): Promise<Deployment[]>
  /** Domains, but for suspended ones, with a deployment whose `nextAttemptAt` is at or before `now`, each once, the longest overdue first. */
  dueDeployments(now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]>
  /** The certificate of this id with its key, also one that was superseded or whose domain is `deleted`; or null. */
  getCertificate(id: string): Promise<Certificate | null>
  /** The chains of all certificates, of all tenants, whose key was said to be in wrong hands (`keyCompromise`). Reads no secret. */
  compromisedChains(): Promise<string[]>
  /**
   * How many renewals are planned (`renewAt` of certificates, of all tenants) in each of `slots` equal parts of the time from
   * `from`, which belongs to it, to `to`, which does not. One that was superseded before its time counts until then.
   */
  plannedRenewals(from: Date, to: Date, slots: number): Promise<number[]>

  /** The account of this name at this CA that has not ended, or null. */
  getAccount(tenant: string, ca: string, name: string): Promise<Account | null>
  /** The account of this id, ended or not, or null. */
  getAccountById(id: string): Promise<Account | null>
  /** All accounts of the tenant with what hangs on each, ended or not, in the order of CA, name and time; without any key. */
  listAccounts(tenant: string): Promise<AccountView[]>
  /**
   * Keeps `account`, with the events, unless there is one for its tenant, CA and name already that has not ended; returns the one
   * that is kept. Of any number of calls at once all have the same answer.
   */
  addAccount(account: Account, events: NewAuditEvent[]): Promise<Account>
  /** Sets the URL that the CA gave, with the events; the rest of the account stays. `INTERNAL` when it is not there. */
  confirmAccount(id: string, url: string, events: NewAuditEvent[]): Promise<void>
  /**
   * Puts what `change` makes of an account in its place, with the events, in one transaction; null leaves it as it is. Of calls at once
   * none is lost: each gets what the one before has made. Returns the account as it is then. `INTERNAL` when it is not there.
   */
  changeAccount(id: string, change: (before: Account) => AccountChange | null): Promise<Account>

  /** What is remembered of these CAs' failures (requirements C2); those that are well are not among them. */
  caCircuits(cas: readonly string[]): Promise<CaCircuit[]>
  /**
   * Puts what `change` makes of it in place of what is remembered of a CA, in one transaction: of calls at once none is lost.
   * Undefined: nothing is remembered any more.
   */
  noteCircuit(ca: string, change: (before: CaCircuit | undefined) => CaCircuit | undefined): Promise<void>

  /**
   * Reserves what is wanted under the limits of CAs (requirements C4): all of it, or nothing when one of the counts has no room,
   * unless `force`. Answers those that have none, in their order, and when they will; empty: it is reserved. Of any number of callers
   * at once each unit is had by one. Each count is wanted once at most. What becomes of a count is `unitReserved` and the functions
   * beside it; one that has been full for an hour may be forgotten.
   */
  spendBudget(wants: BudgetWant[], now: Date, o?: { force?: boolean }): Promise<BudgetRefusal[]>
  /** Gives back what was reserved and is not needed; never more than the CA has counted (`unitReturned`). */
  refundBudget(units: BudgetUnit[], now: Date): Promise<void>
  /** The CA has said that this count has room for one at `until` and not before; what is known to last longer stays (`unitLimited`). */
  limitBudget(unit: BudgetUnit, until: Date): Promise<void>
  /** Counts that are not full at `now`, those first that will be last, at most `limit`; with no `cas` or no `subjects` none. */
  budgets(filter: BudgetFilter): Promise<BudgetCount[]>

  /**
   * Lines of the audit, oldest first: the last `limit` that fit, those before `before`; or with `after` the first `limit` that fit
   * of those whose `seq` is greater. Fewer than `limit`: there are no more. `seq` is a whole number that grows, with gaps; those of
   * one call stand together in their order. Whoever follows by `after`, from 0 or from a line that a call with `after` has told,
   * misses none: while a line with a lower `seq` may still be committed, such a call tells none with a higher one. No line is ever
   * changed or removed.
   */
  history(filter: AuditFilter & AuditPage): Promise<AuditEvent[]>
  /** Waits for what is under way, and frees everything. May be called again. */
  close(): Promise<void>
}
