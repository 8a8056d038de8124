import type { Certificate, Failure } from './model.ts'

/**
 * Where a deployment stands (requirements V1): `pending` wanted, nothing was done yet · `deploying` journaled before the target is
 * called, so that one may have been killed at it · `deployed` the target has it, and where it is proven, serves it · `failed` it
 * could not be put there or was not served; what was there before serves, as far as `lastError` does not say otherwise.
 */
export type DeploymentStatus = 'pending' | 'deploying' | 'deployed' | 'failed'

/** A generation of a certificate, by what tells it from the others. */
export interface DeployedGeneration {
  certificateId: string
  /** SHA-256 of the leaf, hex, lower case. */
  fingerprint: string
}

/** That a domain's certificate is to serve at a target: a row for each pair of both, with a life of its own. */
export interface Deployment extends DeployedGeneration {
  tenant: string
  domainId: string
  /** The name that the configuration gives it. */
  target: string
  status: DeploymentStatus
  /** What was put there last and stayed, and whether a handshake has shown it. */
  live?: DeployedGeneration & { at: Date; proven: boolean }
  /** What was there before that: to where `deploy --rollback` leads. */
  previous?: DeployedGeneration
  /** Failures in a row. */
  attempts: number
  lastError?: Failure
  /** When it is tried by itself; absent: there is nothing to do. */
  nextAttemptAt?: Date
  createdAt: Date
  updatedAt: Date
}

const MINUTE = 60_000
/** A server that is being restarted is back soon; what a person has to mend is tried again each hour, and costs nobody anything. */
const PAUSES: readonly number[] = [MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE]
const THEN = 60 * MINUTE

/** What a target refuses for good may be mended there all the same. */
const REFUSED = 24 * 60 * MINUTE

/** The pause after the `attempts`-th failure in a row, in ms. */
export function deployPause(attempts: number): number {
  return PAUSES[attempts - 1] ?? THEN
}

/**
 * That this certificate is wanted at the target from now on; `before` itself when it was wanted already. One that was live before is
 * put there again: a later one may have been begun since by somebody who was killed or interrupted at it.
 */
export function wanted(
  before: Deployment | undefined,
  certificate: Pick<Certificate, 'id' | 'fingerprint'>,
  place: Pick<Deployment, 'tenant' | 'domainId' | 'target'>,
  now: Date,
): Deployment {
  const { id: certificateId, fingerprint } = certificate
  if (before?.fingerprint === fingerprint) return before
  const { tenant, domainId, target } = place
  return {
    tenant,
    domainId,
    target,
    certificateId,
    fingerprint,
    status: 'pending',
    ...(before?.live && { live: before.live }),
    ...(before?.previous && { previous: before.previous }),
    attempts: 0,
    // What people were told of goes on until something has been put there.
    ...(before?.lastError && { lastError: before.lastError }),
    nextAttemptAt: now,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  }
}

/** About to be put there: it stays due, so that another process goes on when this one dies. */
export function begun(row: Deployment, now: Date): Deployment {
  return { ...row, status: 'deploying', nextAttemptAt: now, updatedAt: now }
}

/** Not done, and nobody's fault: as soon as somebody has time. */
export function putOff(row: Deployment, now: Date): Deployment {
  return { ...row, status: 'pending', nextAttemptAt: now, updatedAt: now }
}

/** It is there; what was there before can be gone back to. */
export function settled(row: Deployment, { now, proven }: { now: Date; proven: boolean }): Deployment {
  const { lastError: _, nextAttemptAt: __, live, previous, certificateId, fingerprint, ...rest } = row
  const before = live && live.fingerprint !== fingerprint ? generationOf(live) : previous
  return {
    ...rest,
    certificateId,
    fingerprint,
    status: 'deployed',
    live: { certificateId, fingerprint, at: now, proven },
    ...(before && before.fingerprint !== fingerprint && { previous: before }),
    attempts: 0,
    updatedAt: now,
  }
}

/** It could not be done; it is tried again by itself, whatever the reason, and never forgotten (V1). */
export function failed(row: Deployment, lastError: Failure, now: Date): Deployment {
  const attempts = row.attempts + 1
  const pause = lastError.code === 'DEPLOY_REFUSED' ? REFUSED : deployPause(attempts)
  // A target may ask for a longer pause, but not for one without an end.
  const asked = Math.min(lastError.retryAt?.getTime() ?? 0, now.getTime() + THEN)
  const nextAttemptAt = new Date(Math.max(now.getTime() + pause, asked))
  return {
    ...row,
    status: 'failed',
    attempts,
    lastError: { ...lastError, retryAt: nextAttemptAt },
    nextAttemptAt,
    updatedAt: now,
  }
}

function generationOf({ certificateId, fingerprint }: DeployedGeneration): DeployedGeneration {
  return { certificateId, fingerprint }
}
