import type { CertificateReport, DomainReport } from '../domain/report.ts'
import type { DomainctlError } from '../errors.ts'

/** What `issue` and `renew` have come to. */
export interface Issuance {
  domain: DomainReport
  certificate: CertificateReport
  /** False: there was nothing to do, `reason` says why. */
  issued: boolean
  reason: string
  /** Things to know that did not stop the work. */
  warnings: string[]
  /** What became of the deployments that were open, where the domain has any. */
  deployments?: DeploymentOutcome[]
  /** `DEPLOY_FAILED`, `DEPLOY_UNPROVEN`: the certificate is there and does not serve everywhere; that is tried again by itself. */
  deployError?: DomainctlError
}

/** What was done at one target. */
export interface DeploymentOutcome {
  target: string
  /** `unchanged`: it was there already · `failed`: see `error`; it is tried again by itself. */
  done: 'deployed' | 'unchanged' | 'rolled back' | 'failed'
  /** Handshakes have shown that it is served. */
  proven: boolean
  /** Things to know that did not stop the work. */
  warnings: string[]
  error?: DomainctlError
}

/** What `deploy` has done. */
export interface DeployResult {
  domain: DomainReport
  /** No target has failed. */
  ok: boolean
  deployments: DeploymentOutcome[]
  /** Of the first target that failed, with what the others say. */
  error?: DomainctlError
}

/** When a certificate is to be renewed, and why then. */
export interface DueRenewal {
  name: string
  tenant: string
  due: boolean
  reason: string
  /** When it will be, if not due. */
  at?: Date
  /** When its CA was asked last when it wants it renewed, and when it is asked again; absent: it never said. */
  advice?: { askedAt: Date; nextCheckAt: Date }
}
