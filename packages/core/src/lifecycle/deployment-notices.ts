import type { Changes } from '../contracts/store.ts'
import type { Deployment } from '../domain/deployment.ts'
import type { Certificate } from '../domain/model.ts'
import { unicodeOf } from '../domain/names.ts'
import type { DomainctlError } from '../errors.ts'
import type { Step } from './step.ts'
import { noticesOf } from './step-notices.ts'

type Told = Pick<Changes, 'notices'>

/** It is at the target for the first time, or again after it could not be put there; each later one is told as a renewal. */
export function deployedNotices(
  step: Step,
  { row, certificate, proven }: { row: Deployment; certificate: Certificate; proven: boolean },
): Told {
  if (row.live && !row.lastError) return {}
  const shown = unicodeOf(step.domain.name)
  const how = proven ? 'A handshake has shown that it serves there.' : 'No handshake has looked whether it serves there.'
  return noticesOf(step, {
    event: 'domain.deployed',
    severity: 'info',
    title: `The certificate of ${shown} is at ${row.target}`,
    text: `It is valid until ${certificate.notAfter.toISOString()}. ${how}`,
    details: { target: row.target, serial: certificate.serial, fingerprint: row.fingerprint, proven },
  })
}

/** It could not be put there, or is not served: told when it begins to fail in this way, and not at each attempt. */
export function undeployedNotices(
  step: Step,
  { before, after, error }: { before: Deployment; after: Deployment; error: DomainctlError },
): Told {
  if (before.lastError?.code === error.code) return {}
  const retryAt = after.nextAttemptAt?.toISOString()
  return noticesOf(step, {
    event: 'domain.failed',
    severity: 'warning',
    title: `The deployment of ${unicodeOf(step.domain.name)} to ${after.target} fails (${error.code})`,
    text: [error.message, error.hint, retryAt && `It is tried again at ${retryAt}.`].filter(Boolean).join(' '),
    actor: error.actor,
    details: { code: error.code, target: after.target, ...(retryAt !== undefined && { nextAttemptAt: retryAt }) },
  })
}
