import { ERRORS, type ErrorCode } from '../errors.ts'
import type { Deployment, DeploymentStatus } from './deployment.ts'
import { type DomainHealth, reportHealth } from './health/known-health.ts'
import type { HealthCheckSettings } from './health/target.ts'
import type { Certificate, CertificateKeyType, Domain, Failure, WrittenRecord } from './model.ts'
import { unicodeOf } from './names.ts'
import { waitForRecords } from './policies.ts'
import { type NeededRecord, neededRecords } from './records.ts'
import { pauseText, RETRY_SCHEDULE, type RetryClass, retryClassOf } from './retry-schedule.ts'

/** A certificate without its secrets and its PEM. */
export interface CertificateReport {
  serial: string
  issuer: string
  ca: string
  keyType: string
  names: string[]
  notBefore: string
  notAfter: string
  /** SHA-256 of the leaf, hex. */
  fingerprint: string
  renewAt: string
  renewReason: string
  /** It was revoked by us. */
  revokedAt?: string
}

/** A domain as programs see it: `Domain` of cli.md. Times are ISO 8601 UTC. */
export interface DomainReport {
  id: string
  tenant: string
  name: string
  unicodeName: string
  names: string[]
  status: Domain['status']
  reason?: string
  provider: string
  challenge: string
  /** Of its next certificate. */
  keyType: CertificateKeyType
  /** It has a certificate request of its own: the type of its key, and the SHA-256 of its public key (SPKI) in hex. */
  csr?: { keyType: CertificateKeyType; publicKey: string }
  /** Renewals keep the key. */
  reuseKey?: true
  /** Common name of the root whose chain is taken. */
  preferredChain?: string
  delegation?: string
  /** What was chosen for this domain alone; absent: the configuration's. */
  cas?: string[]
  profile?: string
  contact?: string
  /** What each name has to answer over HTTP before a certificate is ordered, where that was asked for. */
  probe?: { path: string; token?: string }
  records: NeededRecord[]
  certificate?: CertificateReport
  renewal?: { attempts: number; nextAttemptAt?: string; lastError?: FailureReport }
  /** Where its certificate is to serve; empty: nowhere, it is only kept. */
  deployments: DeploymentReport[]
  /** What its health checks measure, where that was chosen; false: nothing. */
  healthCheck?: HealthCheckSettings | false
  /** Of `list` and `show`; absent: it is not measured, or not yet. */
  health?: DomainHealth
  /** Where its traffic goes, for the targets that route it. */
  upstream?: string
  /** What went wrong last, until something goes well. */
  lastError?: FailureReport
  attempts: number
  nextActionAt?: string
  /** After a failure, as long as nothing has gone well since: of which class it was, when it is tried again, and why then. */
  retry?: RetryReport
  /** While its records are awaited: where that stands (requirements L4). */
  wait?: { phase: 'fast' | 'slow'; nextDiagnosisAt: string; givesUpAt: string }
  labels: Record<string, string>
  createdAt: string
  updatedAt: string
}

/** Whether a domain's certificate serves at a target. */
export interface DeploymentReport {
  target: string
  status: DeploymentStatus
  /** Of the certificate that is to serve there: SHA-256 of the leaf, hex. */
  fingerprint: string
  /** When that was last changed. */
  at: string
  /** What is there, since when, and whether a handshake has shown that it is served; absent: nothing that stayed. */
  live?: { fingerprint: string; at: string; proven: boolean }
  /** Failures in a row. */
  attempts: number
  /** When it is tried again by itself. */
  nextAttemptAt?: string
  error?: FailureReport
}

/** When it is tried again after a failure, and why then. */
export interface RetryReport {
  /** A row of docs/guide/retries.md. */
  class: RetryClass
  /** Failures in a row that were counted. */
  attempts: number
  /** Absent: not by itself. */
  nextAttemptAt?: string
  why: string
}

/** What went wrong last, as programs see it; times are ISO 8601 UTC. */
export interface FailureReport extends Omit<Failure, 'at' | 'retryAt'> {
  at: string
  retryAt?: string
}

/** What is kept of a certificate apart from its PEM and key. */
export type CertificateSummary = Omit<Certificate, 'privateKey' | 'chain'>

/** The public shape of a domain, from what the state holds. */
export function reportDomain(
  domain: Domain,
  certificate: CertificateSummary | undefined,
  written: readonly WrittenRecord[],
  now: Date,
  deployments: readonly Deployment[] = [],
  known?: Parameters<typeof reportHealth>[1],
): DomainReport {
  const health = reportHealth(domain, known)
  const { nextActionAt, lastError, reason, delegateZone, cas, profile, contact } = domain
  const renewing = certificate !== undefined && (domain.attempts > 0 || lastError !== undefined)
  return {
    id: domain.id,
    tenant: domain.tenant,
    name: domain.name,
    unicodeName: unicodeOf(domain.name),
    names: domain.names.map(({ name }) => name),
    status: domain.status,
    ...(reason !== undefined && { reason }),
    provider: domain.provider,
    challenge: domain.challenge,
    keyType: domain.csr?.keyType ?? domain.keyType,
    ...(domain.csr && { csr: { keyType: domain.csr.keyType, publicKey: domain.csr.publicKey } }),
    ...(domain.reuseKey && { reuseKey: true }),
    ...(domain.preferredChain !== undefined && { preferredChain: domain.preferredChain }),
    ...(delegateZone !== undefined && { delegation: delegateZone }),
    ...(cas !== undefined && { cas }),
    ...(profile !== undefined && { profile }),
    ...(contact !== undefined && { contact }),
    ...(domain.probe && { probe: domain.probe }),
    records: [...neededRecords(domain), ...challengeRecords(written)],
    ...(certificate && { certificate: reportCertificate(certificate) }),
    ...(renewing && {
      renewal: {
        attempts: domain.attempts,
        ...(nextActionAt && { nextAttemptAt: nextActionAt.toISOString() }),
        ...(lastError && { lastError: reportFailure(lastError) }),
      },
    }),
    deployments: deployments.map(reportDeployment),
    ...(domain.healthCheck !== undefined && { healthCheck: domain.healthCheck }),
    ...(health && { health }),
    ...(domain.upstream !== undefined && { upstream: domain.upstream }),
    ...(lastError && { lastError: reportFailure(lastError) }),
    attempts: domain.attempts,
    ...(nextActionAt && { nextActionAt: nextActionAt.toISOString() }),
    ...retryOf(domain),
    ...waitOf(domain, now),
    labels: domain.labels,
    createdAt: domain.createdAt.toISOString(),
    updatedAt: domain.updatedAt.toISOString(),
  }
}

export function reportDeployment(deployment: Deployment): DeploymentReport {
  const { target, status, fingerprint, updatedAt, live, attempts, nextAttemptAt, lastError } = deployment
  return {
    target,
    status,
    fingerprint,
    at: updatedAt.toISOString(),
    ...(live && { live: { fingerprint: live.fingerprint, at: live.at.toISOString(), proven: live.proven } }),
    attempts,
    ...(nextAttemptAt && { nextAttemptAt: nextAttemptAt.toISOString() }),
    ...(lastError && { error: reportFailure(lastError) }),
  }
}

/** While records are awaited another schedule says when they are looked at: see `wait`. */
function retryOf({ status, attempts, lastError, nextActionAt }: Domain): Pick<DomainReport, 'retry'> {
  if (!lastError || status === 'pending_dns' || status === 'pending_probe' || !isErrorCode(lastError.code)) return {}
  const name = retryClassOf(lastError.code)
  const row = RETRY_SCHEDULE[name]
  const isPlanned = nextActionAt !== undefined && row.after !== 'person'
  const why = `${row.why} (${pauseText(row)})`
  return { retry: { class: name, attempts, ...(isPlanned && { nextAttemptAt: nextActionAt.toISOString() }), why } }
}

/** A state that a newer version wrote may know more of them. */
function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}

function waitOf({ status, statusSince }: Domain, now: Date): Pick<DomainReport, 'wait'> {
  const wait = status === 'pending_dns' || status === 'pending_probe' ? waitForRecords(statusSince, now) : null
  if (!wait) return {}
  const { phase, nextDiagnosisAt, givesUpAt } = wait
  return { wait: { phase, nextDiagnosisAt: nextDiagnosisAt.toISOString(), givesUpAt: givesUpAt.toISOString() } }
}

/** Challenge records that are wanted or present now. */
function challengeRecords(written: readonly WrittenRecord[]): NeededRecord[] {
  return written
    .filter(({ purpose }) => purpose === 'challenge')
    .map(({ name, value, ttl, state }) => ({
      purpose: 'challenge',
      type: 'TXT',
      name,
      value,
      ttl,
      state: state === 'present' ? 'ok' : state === 'asked' ? 'missing' : 'unknown',
    }))
}

export function reportCertificate(certificate: CertificateSummary): CertificateReport {
  const { serial, issuer, ca, keyType, names, notBefore, notAfter, fingerprint, renewAt, renewReason, revokedAt } = certificate
  return {
    serial,
    issuer,
    ca,
    keyType,
    names,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    fingerprint,
    // What was planned counts no more for one that was revoked.
    renewAt: (revokedAt ?? renewAt).toISOString(),
    renewReason: revokedAt ? 'it was revoked' : renewReason,
    ...(revokedAt && { revokedAt: revokedAt.toISOString() }),
  }
}

function reportFailure(failure: Failure): FailureReport {
  return {
    ...failure,
    at: failure.at.toISOString(),
    ...(failure.retryAt && { retryAt: failure.retryAt.toISOString() }),
  } as FailureReport
}
