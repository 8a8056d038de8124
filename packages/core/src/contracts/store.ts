import type { BudgetCount, BudgetRefusal, BudgetUnit, BudgetWant } from '../domain/ca-budget.ts'
import type { LimitKind } from '../domain/ca-limits.ts'
import type { CaCircuit } from '../domain/failover.ts'
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
  events?: NewAuditEvent[]
  budget?: BudgetChange
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

export interface DomainFilter {
  tenant?: string
  status?: DomainStatus
  /** Certificate's notAfter is before this time. */
  expiringBefore?: Date
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

export interface AuditPage {
  limit: number
  /** Lines after the one with this `seq`, the oldest first. */
  after?: number
  /** Lines before the one with this `seq`. */
  before?: number
}

/** Which domain: by its id, or by its tenant and primary name as people say it. */
export type DomainKey = string | { tenant: string; name: string }

/** A domain with what `list` and `show` print of it. */
export interface DomainView {
  domain: Domain
  certificate?: Omit<Certificate, 'privateKey' | 'chain'>
  records: WrittenRecord[]
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
 * The state. All methods may be called concurrently by any number of processes. Secrets (certificate and account keys)
 * go in and come out in the clear and are sealed at rest.
 *
 * **Errors**: `STATE_FULL`, `STATE_READ_ONLY`, `STATE_UNREADABLE`, `STATE_CORRUPT` from any method; `STATE_KEY_WRONG`,
 * `STATE_KEY_INVALID` from those that write anything or read a secret; `LEASE_LOST` from those that take a lease;
 * `OWNERSHIP_TAKEN` from those that write a domain, when a name gains `provenAt` while another tenant has proven it or the
 * wildcard directly above it and has not removed it (L9). After any of them nothing of that call was written.
 */
export interface Store {
  /**
   * Inserts a domain. `DOMAIN_EXISTS` when the tenant has that primary name already (a `deleted` one is replaced, its
   * history stays).
   */
  addDomain(domain: Domain, events: NewAuditEvent[]): Promise<void>
  getDomain(tenant: string, name: string): Promise<Domain | null>
  viewDomain(tenant: string, name: string): Promise<DomainView | null>
  /** Pages in the order of `tenant, name`; `cursor` is opaque. */
  listDomains(
    filter: DomainFilter,
    page: { limit: number; cursor?: string },
  ): Promise<{ domains: DomainView[]; next: string | null }>
  /** Ids and names of what has `nextActionAt` at or before `now`, oldest first. */
  dueDomains(now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]>
  /** The ownership token and delegation target that this tenant has for a base name already, from any of its domains. */
  knownProofs(tenant: string, baseName: string): Promise<{ token?: string; delegationTargets: string[] }>
  /**
   * What another tenant has proven of these base names, and has not removed: one of them, or the wildcard directly above one
   * (requirements L9); null when there is nothing.
   */
  provenElsewhere(tenant: string, baseNames: string[]): Promise<string | null>
  /** The primary name of the domain that has this id, or had it before it was removed and added again; else null. */
  primaryName(domainId: string): Promise<string | null>

  /**
   * Claims the domain for `ttlMs`: succeeds when nobody holds it, the holder's time is over, or `isGone(holder)`.
   * Otherwise throws `LEASE_HELD` with `retryAt`. Returns the domain as it is under the lease, with what is printed of it, so
   * that a step needs to read nothing before or after; null when it is not there.
   */
  claim(
    which: DomainKey,
    claim: { owner: string; ttlMs: number; isGone(owner: string): boolean },
  ): Promise<({ lease: Lease } & DomainView) | null>
  /** Prolongs the lease (and sets its `until`). */
  heartbeat(lease: Lease, ttlMs: number): Promise<void>
  /** Writes all of `changes` in one transaction; `release` gives the lease back in the same one. */
  commit(lease: Lease, changes: Changes, o?: { release?: boolean }): Promise<void>
  release(lease: Lease): Promise<void>

  /**
   * Claims what `key` names for `ttlMs`, as {@link Store.claim} does a domain; `id` has to be new. Throws `LEASE_HELD` with
   * `retryAt` while somebody else holds it, also this process by another claim.
   */
  claimKey(key: string, claim: { id: string; owner: string; ttlMs: number; isGone(owner: string): boolean }): Promise<KeyLease>
  /** Prolongs it (and sets its `until`). Throws `LEASE_LOST`. */
  heartbeatKey(lease: KeyLease, ttlMs: number): Promise<void>
  /** Gives it back; one that was lost is none of ours any more, and that is fine. */
  releaseKey(lease: KeyLease): Promise<void>

  /** The order of this domain that has not ended (neither `stored` nor `invalid`), newest first, or null. */
  openOrder(domainId: string): Promise<Order | null>
  /** Those of the URLs that an order in this state has, of any domain and tenant, ended or not. */
  knownOrders(urls: string[]): Promise<string[]>
  /** Records that domainctl has written or may have written for this domain. */
  recordsOf(domainId: string): Promise<WrittenRecord[]>
  /** Records at this name of any domain, so that a value that two orders share is removed by the last. */
  recordsAt(name: string, type: string): Promise<WrittenRecord[]>
  /**
   * HTTP-01 challenges with this token, of any domain and tenant, newest first: more than one where they share it, and older
   * ones may be made from a key that the account has no more. Reads no secret.
   */
  httpChallengesWith(token: string): Promise<HttpChallenge[]>
  /** HTTP-01 challenges of this domain that are answered, or were when a run ended, oldest first. */
  httpChallengesOf(domainId: string): Promise<HttpChallenge[]>
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
  /** Keeps `account` unless there is one for its tenant, CA and name already; returns the one that is kept. */
  addAccount(account: Account, events: NewAuditEvent[]): Promise<Account>
  /** Sets the URL that the CA gave. */
  confirmAccount(id: string, url: string, events: NewAuditEvent[]): Promise<void>
  /**
   * Puts what `change` makes of an account in its place, with the events, in one transaction; null leaves it as it is. `change` may
   * be called again when the transaction is. Returns the account as it is then.
   */
  changeAccount(id: string, change: (before: Account) => AccountChange | null): Promise<Account>

  /** What is remembered of these CAs' failures (requirements C2); those that are well are not among them. */
  caCircuits(cas: readonly string[]): Promise<CaCircuit[]>
  /**
   * Puts what `change` makes of it in place of what is remembered of a CA, in one transaction: of calls at once none is lost.
   * `change` may be called again when the transaction is.
   */
  noteCircuit(ca: string, change: (before: CaCircuit | undefined) => CaCircuit | undefined): Promise<void>

  /**
   * Reserves what is wanted under the limits of CAs (requirements C4): all of it, or nothing when one of the counts has no room,
   * unless `force`. Answers those that have none, and when they will; empty: it is reserved. Of any number of callers at once each
   * unit is had by one.
   */
  spendBudget(wants: BudgetWant[], now: Date, o?: { force?: boolean }): Promise<BudgetRefusal[]>
  /** Gives back what was reserved and is not needed. */
  refundBudget(units: BudgetUnit[], now: Date): Promise<void>
  /** The CA has said that this count has room for one at `until` and not before; what is known to last longer stays. */
  limitBudget(unit: BudgetUnit, until: Date): Promise<void>
  /** Counts that are not full, those first that will be last. */
  budgets(filter: BudgetFilter): Promise<BudgetCount[]>

  /**
   * Lines of the audit, oldest first: the last `limit` that fit, those before `before`; or with `after` the first `limit` that fit
   * of those whose `seq` is greater, and then only such as no line with a lower `seq` can come before any more: who goes on from the
   * last one misses none. Fewer than `limit`: there are no more.
   */
  history(filter: AuditFilter & AuditPage): Promise<AuditEvent[]>
  close(): Promise<void>
}
