import type { HealthCheckOptions } from '../domain/health/health-check.ts'
import type { AuditEvent, DomainStatus } from '../domain/model.ts'
import type { DomainReport } from '../domain/report.ts'
import type { AccountVerbs } from './accounts.ts'
import type { Application, NeededRecordSeen, Removal, Unapplication } from './applied-records.ts'
import type { AuditLine, AuditPaging, AuditQuery } from './audit.ts'
import type { EventVerbs } from './events.ts'
import type { ExportedCertificate, Pkcs12Options } from './exported-certificate.ts'
import type { HealthVerbs } from './health.ts'
import type { HealthCheck } from './health-check.ts'
import type { ImportVerbs } from './imported-certificate.ts'
import type { DeployResult, DueRenewal, Issuance } from './issuance.ts'
import type { CertificateRequest, RevocationReason } from './issuer.ts'
import type { NoticeVerbs } from './notices.ts'
import type { RunOptions } from './run.ts'
import type { AuthorityStatus, CaBudget, ProviderStatus, ProviderTest } from './standing.ts'
import type { AddOptions, VerbOptions } from './verb-options.ts'
import type { Examination, Verification } from './verification.ts'

/** Which domains `list` has: those that fit all that is given. */
export interface ListFilter {
  /** Default: the tenant of the options; null: all. */
  tenant?: string | null
  status?: DomainStatus
  expiringBefore?: Date
  /** The primary name, as it is stored (A-labels, RFC 5890 §2.3.2.1), begins so. */
  nameStartsWith?: string
  labels?: Record<string, string>
}

/**
 * The engine. Every verb is safe to repeat and to run in any number of processes: one of them works on a domain, the
 * others get `LEASE_HELD`. All throw `DomainctlError`. An aborted signal stops a verb after it has saved what was done
 * and has taken away the challenge records that it wrote; the error is `INTERRUPTED`, and the same verb continues.
 */
export interface Domainctl extends AccountVerbs, EventVerbs, HealthVerbs, ImportVerbs, NoticeVerbs {
  /**
   * Adds a domain (repeating it with the same settings changes nothing). Makes no DNS or CA call.
   * @throws `NAME_INVALID`, `NAMES_TOO_MANY`, `DOMAIN_EXISTS`, `OWNERSHIP_TAKEN` (in quarantine, with `ownership: none`),
   * `PROVIDER_UNKNOWN`, `CONFIG_INVALID`, `CSR_INVALID`, `USAGE`
   */
  add(name: string, o?: AddOptions): Promise<DomainReport>
  /**
   * Looks at every record that the domain needs and moves its status. Records that are not right are no exception: see
   * `ok` and `error`. With `waitMs` it looks again until all is right or the time is over.
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS`, `OWNERSHIP_TAKEN`, `LEASE_HELD`
   */
  verify(name: string, o?: VerbOptions & { waitMs?: number }): Promise<Verification>
  /**
   * Everything that `verify` looks at and more, without changing anything: also for a name that is not in the state, then
   * as `add` with these options would make it. What is not right is no exception.
   * @throws `NAME_INVALID`, `DNS_UNREACHABLE` when no resolver answers at all
   */
  doctor(name: string, o?: AddOptions): Promise<Examination>
  /**
   * Has a certificate when it returns: keeps a good one, continues an open order, else orders a new one. Adds the name
   * when it is not there.
   * @throws `DNS_NOT_READY`, `DNS_CAA_FORBIDS`, `DNS_RECORDS_WANTED`, `DNS_NOT_PROPAGATED`, `HTTP_CHALLENGE_UNSERVED`,
   * `HTTP_CHALLENGE_CANNOT_SERVE`, `PROVIDER_…`, `CA_…`, `LEASE_HELD`
   */
  issue(name: string, o?: AddOptions & { force?: boolean; preflight?: boolean; waitMs?: number }): Promise<Issuance>
  /** Like `issue` for a domain that has a certificate; only when it is due, unless `force`. */
  renew(name: string, o?: VerbOptions & { force?: boolean; waitMs?: number }): Promise<Issuance>
  /**
   * Puts the live certificate to the targets of a domain (`deploy` of {@link AddOptions}), and proves by TLS handshakes that it is
   * served there; else what was there before is put back. Orders nothing. `issue` and `renew` do it by themselves, and `run` tries
   * again what has failed, after 1, 2, 5, 15, 30 minutes and then each hour. Repeating it where the certificate is served changes
   * nothing, but for `force`; one that is not proven is put there again. `rollback` leads to the certificate that was there before,
   * until the next one is issued or this is called without it. A target that fails is no exception: see `ok` and `error`. An
   * aborted signal leaves the deployment open.
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS`, `CERTIFICATE_NONE`, `TARGET_UNKNOWN`, `LEASE_HELD`
   */
  deploy(
    name: string,
    o?: VerbOptions & { targets?: readonly string[]; rollback?: boolean; force?: boolean },
  ): Promise<DeployResult>
  /**
   * Asks the CAs when they want the tenant's certificates renewed (ARI, RFC 9773), as often as they wish that: what `renewals`
   * and `renew` go by. A CA that cannot be asked changes nothing.
   */
  askRenewalAdvice(o?: VerbOptions): Promise<{ asked: number; moved: number }>
  /**
   * What is left of the limits of the CAs (requirements C4): of accounts and orders always, of the rest what is not full, at most
   * `limit` (100) of each kind and CA, those first that will be full last. With a name all counts that its next order touches.
   * Asks nobody but the state.
   * @throws `NAME_INVALID`
   */
  budgets(o?: { name?: string; limit?: number }): Promise<CaBudget[]>
  /**
   * Every CA of the configuration, asked for its directory; makes no account and changes nothing. One that fails is no exception:
   * see its `error`.
   */
  authorities(o?: VerbOptions): Promise<AuthorityStatus[]>
  /** Which certificates are due and why; `all` lists those that are not, too. */
  renewals(o?: { all?: boolean }): Promise<DueRenewal[]>
  /**
   * Makes the routing and delegation records of a domain at the providers that hold their zones, once every ownership record
   * that it needs was seen (requirements L3); with `waitMs` it waits for those. Each record is journaled first, and repeating
   * it makes what is missing. What domainctl did not make is left alone, and then nothing is written at all; with `force` it
   * is replaced, and kept so that it can be put back. What it made for another domain is not replaced by force either, and
   * nothing is written for a name that another tenant has proven (L9).
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS`, `DNS_NOT_READY`, `OWNERSHIP_TAKEN`, `RECORD_FOREIGN`, `RECORD_TAKEN`,
   * `PROVIDER_…`, `LEASE_HELD`
   */
  apply(name: string, o?: VerbOptions & { force?: boolean; waitMs?: number }): Promise<Application>
  /**
   * Takes away what `apply` made and puts back what it replaced. A record that was changed since then by others is left
   * alone, and so is one that another domain needs as well, with a warning. The domain stays. When a name fails the others are
   * done all the same, and the error says what became of them.
   * @throws `DOMAIN_NOT_FOUND`, `PROVIDER_…`, `LEASE_HELD`
   */
  unapply(name: string, o?: VerbOptions): Promise<Unapplication>
  /**
   * Every configured provider, asked what its credential may do; the answers come in the order of the configuration. One
   * that fails is no exception: see its `error`.
   */
  providers(o?: VerbOptions): Promise<ProviderStatus[]>
  /**
   * Tries a provider for good: its credential, that it has the zone, that a TXT record which it writes is seen at every
   * server that the zone above delegates to, and that it is gone after it was removed. The record stands at
   * `_domainctl-test.<zone>`, beside whatever is there; what an earlier test that was killed left there goes too. A step
   * that fails is no exception.
   * @param o `zone`: which one; absent: the only one that it has
   * @throws `PROVIDER_UNKNOWN`, `USAGE` when there are several zones and none is named
   */
  testProvider(name: string, o?: VerbOptions & { zone?: string }): Promise<ProviderTest>
  /**
   * Measures, now, how a name meets its visitors: DNS, TCP, TLS, HTTP and, where one is named, the endpoint of its application, at
   * each address (requirements H1). Of a name in the state or any other; changes nothing. What is broken is no exception: see
   * `error`. Takes some 30 s at most; any number at once.
   * @param o what is measured; what is left out is as the domain of this name has it (`healthCheck`), else as usual
   * @throws `NAME_INVALID`, `USAGE` for what cannot be measured, such as a wildcard, which has no server of its own
   */
  measureHealth(name: string, o?: VerbOptions & Omit<HealthCheckOptions, 'names'>): Promise<HealthCheck>
  /**
   * Tells the CA that the live certificate is not to be trusted any more; `was` says whether it knew. It is due for renewal then,
   * with a new key; where it serves, it goes on serving until it is replaced.
   * @throws `DOMAIN_NOT_FOUND`, `CERTIFICATE_NONE`, `CA_…`, `LEASE_HELD`
   */
  revoke(
    name: string,
    o?: VerbOptions & { reason?: RevocationReason },
  ): Promise<{ domain: DomainReport; serial: string; was: 'revoked' | 'revoked already' }>
  /**
   * Puts a domain aside: nothing of it is looked at, ordered, renewed, deployed or measured until {@link Domainctl.resume}. Its
   * certificate and what serves it stay, and so do its records but those of an open order, which is given up. Repeating it may give
   * another `reason` (at most 200 characters). `warnings`: records that could not be taken away now; repeating it tries again.
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS` (removed), `LEASE_HELD`, `USAGE`
   */
  suspend(name: string, o?: VerbOptions & { reason?: string }): Promise<{ domain: DomainReport; warnings: string[] }>
  /**
   * Takes a suspended domain up again: with a certificate it is `active`, else `pending_dns`, and due at once. Changes nothing of
   * one that is not suspended.
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS` (removed), `LEASE_HELD`
   */
  resume(name: string, o?: VerbOptions): Promise<DomainReport>
  /**
   * Takes our records away, puts back what `apply` replaced, and puts the domain into quarantine for 7 days. While a record
   * cannot be taken away the domain stays, and the error says what became of the others. With `abandon` a record whose
   * provider is not configured any more, or refuses for good (a credential that has ended, a zone that is gone), is forgotten
   * in place of that: `warnings` has each of them, for a person to take away.
   * @throws `DOMAIN_NOT_FOUND`, `PROVIDER_…`, `LEASE_HELD`
   */
  remove(name: string, o?: VerbOptions & { abandon?: boolean }): Promise<Removal>
  /**
   * Ends the quarantine of a removed domain now: what it left in the DNS is taken away, then all that the state has of it is erased,
   * keys of certificates included; the audit stays, with `reason` (at most 200 characters). Whoever adds the name next has it without
   * a fresh ownership record, where none is needed otherwise. `erased` is false for a domain whose key was said to be in wrong hands:
   * it is kept without a quarantine, because that key is refused for ever; repeating it changes nothing. Repeating the other throws
   * `DOMAIN_NOT_FOUND`. An aborted signal leaves the domain removed, and the same call goes on.
   * @throws `DOMAIN_NOT_FOUND`, `DOMAIN_STATUS` (not removed, or a record may still come), `PROVIDER_…`, `LEASE_HELD`, `USAGE`
   */
  release(name: string, o?: VerbOptions & { reason?: string }): Promise<{ name: string; erased: boolean }>
  /**
   * What a web server has to answer to `GET /.well-known/acme-challenge/TOKEN` (RFC 8555 §8.3): the key authorization, sent as it
   * is with status 200; null (answer 404) for a token that no order of this state waits for, in any tenant and process, and for
   * what is no token. One read of the state: cheap enough for every request. It is there from before the CA is told until it has
   * looked. Is no secret: whoever knows the token may have it.
   * @throws `STATE_…`
   */
  challengeResponse(token: string): Promise<string | null>
  /** @throws `DOMAIN_NOT_FOUND` */
  get(name: string): Promise<DomainReport>
  /** In the order of names; `limit` is 100 by default. */
  list(filter?: ListFilter, page?: { limit?: number; cursor?: string }): Promise<{ domains: DomainReport[]; next: string | null }>
  /** The records that a domain needs, with what is there now; `state` is what that means, and is not kept. */
  records(name: string, o?: VerbOptions): Promise<NeededRecordSeen[]>
  /**
   * What happened to a domain, oldest first: the last `limit` events that fit (100 by default), those before the event `before`
   * (its `seq`), or the first ones after the event `after`.
   * @throws `DOMAIN_NOT_FOUND`, `USAGE`
   */
  history(name: string, o?: Omit<AuditQuery, 'tenant' | 'domain'> & AuditPaging): Promise<AuditEvent[]>
  /**
   * The audit (requirements E4): every change, call of a provider and call of a CA, with who did it and why. A page of the lines that
   * fit, oldest first: the last ones, or those before or after a line. `next` is the `before` (or with `after` the `after`) of the
   * page that follows; null: there is none. After `after` no line is ever missed: one is told only when none with a lower `seq` can
   * come any more. Changes nothing.
   * @throws `USAGE`, `NAME_INVALID`
   */
  audit(query?: AuditQuery, page?: AuditPaging): Promise<{ events: AuditLine[]; next: number | null }>
  /**
   * Reads a certificate request in PEM, as `add` and `issue` take it; nothing is kept.
   * @throws `CSR_INVALID`
   */
  readRequest(csr: string): Promise<CertificateRequest>
  /**
   * The live certificate, chain and key. Changes nothing. With `pkcs12` also as one PKCS#12 file: AES-256 and HMAC-SHA-256 with
   * 100,000 iterations each, made anew (with other bytes) each time; the friendly name, Java's alias, is the primary name.
   * @throws `DOMAIN_NOT_FOUND`, `CERTIFICATE_NONE`, `USAGE` for a password that cannot be used, or a key that is not in the state
   */
  export(name: string, o?: { pkcs12?: Pkcs12Options }): Promise<ExportedCertificate>
  /**
   * Does what is due, of all tenants, until the signal aborts: looks at awaited records (L4), orders, renews, and tries again what
   * has failed. Any number of processes on one state share the work. What fails is told to `onOutcome` and stops nothing. A state
   * that is away is waited for. Ends when what was under way has ended, 30 s after `drainMs` at the latest; the next process goes on
   * with what has not ended by then, once its lease has run out.
   * @throws `STATE_…` with `once` alone
   */
  run(o: RunOptions): Promise<void>
  /**
   * The same engine for another tenant: it sees and changes the domains of that one alone. State, connections, accounts and limits of
   * CAs are shared, so that it costs nothing to make one for each request. Asks nothing; a tenant is there once it has a domain.
   * What a customer may choose is the caller's to say: with `ownership: 'none'` of `add` nobody has to show whose a name is.
   * @throws `CONFIG_INVALID` for what cannot be the id of a tenant: up to 63 letters, digits, dots, dashes and underscores
   */
  forTenant(tenant: string): TenantDomainctl
  /** Frees the state and all connections, those of all tenants; loops over `events` end. */
  close(): Promise<void>
}

/** What {@link Domainctl.forTenant} answers: what is about domains. To ask it for those of another tenant is `USAGE`. */
export type TenantDomainctl = Pick<
  Domainctl,
  | 'add'
  | 'verify'
  | 'doctor'
  | 'issue'
  | 'renew'
  | 'deploy'
  | 'askRenewalAdvice'
  | 'renewals'
  | 'apply'
  | 'unapply'
  | 'measureHealth'
  | 'revoke'
  | 'suspend'
  | 'resume'
  | 'remove'
  | 'get'
  | 'list'
  | 'records'
  | 'history'
  | 'audit'
  | 'events'
  | 'health'
  | 'readRequest'
  | 'export'
>
