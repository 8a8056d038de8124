import type { DeploymentOutcome, DomainctlError, DomainReport, Issuance } from '@domainctl/core'
import type { Io } from '../io.ts'
import { when } from '../time.ts'
import type { Outcome } from '../verb.ts'
import { deploymentLines, shownOutcome } from './deployments.ts'
import { shownName } from './domain.ts'
import { mark } from './marks.ts'
import { columnsOf } from './output.ts'
import type { Paint } from './paint.ts'
import { recordsToCreate } from './records.ts'
import { printable } from './text.ts'

/** What `issue` and `renew` add to an outcome. */
export interface IssuanceOutcome extends Outcome {
  /** Why there was something to do, or nothing. */
  reason: string
  warnings: string[]
  /** What became of its deployments, where it has any. */
  deployments?: Pick<DeploymentOutcome, 'target' | 'done' | 'proven' | 'warnings'>[]
}

/** A certificate that is there now, or the records that a person has to make before there can be one. */
export function describeIssuance(
  result: Outcome | IssuanceOutcome,
  io: Pick<Io, 'now' | 'stdout' | 'env'>,
  paint: Paint,
): string[] {
  const { domain, error } = result
  if (!domain) return []
  // A certificate that is there and does not serve is told as one that is there; the error says the rest.
  const isDeployed = 'deployments' in result && result.deployments !== undefined
  if (error && !isDeployed) return wantedRecords(domain, error, paint, columnsOf(io))
  const { certificate } = domain
  const warnings = 'warnings' in result ? result.warnings.map((text) => `  ${paint('waiting', 'note')}: ${printable(text)}`) : []
  const reason = 'reason' in result ? result.reason : ''
  const head = result.skipped
    ? `${mark(paint, 'ok')} ${shownName(domain)}: nothing to do, ${printable(reason)}.`
    : `${mark(paint, 'ok')} ${shownName(domain)} has a certificate.`
  if (!certificate) return [head, ...warnings]
  const now = io.now()
  return [
    head,
    `  names    ${domain.names.join(', ')}`,
    `  issuer   ${printable(certificate.issuer)}`,
    `  expires  ${when(new Date(certificate.notAfter), now)}, renews ${when(new Date(certificate.renewAt), now)}`,
    ...warnings,
    ...('deployments' in result ? deploymentLines(result.deployments ?? [], paint) : []),
  ]
}

/** The records that the error tells a person to make: those of the challenge by hand, or those that have to be there before it. */
function wantedRecords({ records }: DomainReport, { code }: DomainctlError, paint: Paint, columns?: number): string[] {
  if (code !== 'DNS_RECORDS_WANTED' && code !== 'DNS_NOT_READY') return []
  const wanted = records.filter(({ purpose, state }) =>
    code === 'DNS_RECORDS_WANTED' ? purpose === 'challenge' : purpose !== 'challenge' && state !== 'ok',
  )
  return wanted.length > 0 ? recordsToCreate(wanted, paint, columns) : []
}

/** What `issue` and `renew` say of a name, in JSON too. */
export function issuanceResult({ domain, issued, reason, warnings, deployments, deployError }: Issuance) {
  return {
    domain,
    ...(!issued && !deployments?.length && { skipped: true }),
    reason,
    warnings,
    ...(deployments && { deployments: deployments.map(shownOutcome) }),
    ...(deployError && { error: deployError }),
  }
}
