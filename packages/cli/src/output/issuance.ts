import type { DeploymentOutcome, DomainctlError, DomainReport, Issuance } from '@domainctl/core'
import type { Io } from '../io.ts'
import { when, withLocalTimes } from '../time.ts'
import type { Outcome } from '../verb.ts'
import { notes } from './applied.ts'
import { deploymentLines, shownOutcome } from './deployments.ts'
import { shownName } from './domain.ts'
import { mark } from './marks.ts'
import { columnsOf } from './output.ts'
import type { Paint } from './paint.ts'
import { hanging } from './prose.ts'
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

/** `isOfSeveral`: of hundreds of names a person reads no block for each, but a line. A certificate that is there now, or the records that a person has to make before there can be one. */
export function describeIssuance(
  result: Outcome | IssuanceOutcome,
  io: Pick<Io, 'now' | 'stdout' | 'env'>,
  paint: Paint,
  isOfSeveral = false,
): string[] {
  const { domain, error } = result
  if (!domain) return []
  // A certificate that is there and does not serve is told as one that is there; the error says the rest.
  const isDeployed = 'deployments' in result && result.deployments !== undefined
  if (error && !isDeployed) return wantedRecords(domain, error, paint, columnsOf(io))
  const { certificate } = domain
  const columns = columnsOf(io)
  const warnings = 'warnings' in result ? notes(result.warnings, paint, columns) : []
  const reason = 'reason' in result ? result.reason : ''
  const what = result.skipped ? `nothing to do, ${withLocalTimes(printable(reason))}` : 'has a certificate'
  const now = io.now()
  const until = certificate && `${isOfSeveral ? 'expires' : ''} ${when(new Date(certificate.notAfter), now)}`.trim()
  const renews = certificate && `renews ${when(new Date(certificate.renewAt), now)}`
  const isBrief = isOfSeveral && certificate && !result.skipped
  const sentence = `${shownName(domain)}${result.skipped ? ':' : ''} ${what}${isBrief ? `: ${until}, ${renews}` : ''}.`
  const head = hanging(sentence, { lead: `${mark(paint, 'ok')} `, columns })
  const facts: [string, string][] = [
    ['names', domain.names.join(', ')],
    ['issuer', printable(certificate?.issuer ?? '')],
    ['expires', `${until}, ${renews}`],
  ]
  return [
    ...head,
    ...(certificate && !isOfSeveral
      ? facts.flatMap(([label, value]) => hanging(value, { lead: `  ${label.padEnd(9)}`, columns }))
      : []),
    ...warnings,
    ...('deployments' in result ? deploymentLines(result.deployments ?? [], paint, columns) : []),
  ]
}

/** The records that the error tells a person to make: those of the challenge by hand, or those that have to be there before it. */
function wantedRecords({ records }: DomainReport, { code, actor }: DomainctlError, paint: Paint, columns?: number): string[] {
  if (code !== 'DNS_RECORDS_WANTED' && code !== 'DNS_NOT_READY') return []
  // All that is left is to be mended where domainctl is run, such as a target without an address: the records are right.
  if (code === 'DNS_NOT_READY' && actor === 'operator') return []
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
