import { DomainctlError, type ErrorCode } from '@domainctl/core'
import { ApiFault } from './fault.ts'

/**
 * Runs `calls`, and tells their {@link ApiFault} as the error for callers.
 *
 * @param what was wanted, as in `write the TXT records of example.com`
 */
export async function telling<T>(what: string, calls: () => Promise<T>): Promise<T> {
  try {
    return await calls()
  } catch (thrown) {
    throw thrown instanceof ApiFault ? refusal(thrown, what) : thrown
  }
}

/** The error for a call that failed. */
export function refusal(fault: ApiFault, what: string): DomainctlError {
  const { status, code, message, requestId } = fault.details
  const verdict = verdictOn(fault)
  const text = message.replace(/\.$/, '')
  const said = status === undefined ? `no answer came (${code}: ${text})` : `error ${code} "${text}" (HTTP ${status})`
  return new DomainctlError(verdict.code, `Route 53 did not ${what}: ${said}.`, {
    hint: verdict.hint,
    cause: { ...(status !== undefined && { status }), code, message, ...(requestId !== undefined && { requestId }) },
  })
}

function verdictOn(fault: ApiFault): { code: ErrorCode; hint: string } {
  const { status, code, message } = fault.details
  if (fault.isBusy) {
    return {
      code: 'PROVIDER_UNREACHABLE',
      hint: 'Route 53 is busy, or all that the AWS account does comes to more than it allows: repeat later.',
    }
  }
  if (fault.isAuth) return { code: 'PROVIDER_AUTH', hint: authHint(fault) }
  if (status === undefined) {
    return {
      code: 'PROVIDER_UNREACHABLE',
      hint: 'Check the network and AWS_ENDPOINT_URL_ROUTE_53, where it is set; then repeat.',
    }
  }
  if (code === 'NoSuchHostedZone' || /is not permitted in zone /.test(message)) {
    return {
      code: 'PROVIDER_ZONE_NOT_FOUND',
      hint: 'Check that the hosted zone is still in the account, and AWS_HOSTED_ZONE_ID where it is set.',
    }
  }
  if (fault.isStale || (fault.isInvalidBatch && /conflict|because other RRSets exist|non multivalue/.test(message))) {
    return {
      code: 'PROVIDER_CONFLICT',
      hint: 'Look at the records of this name in the Route 53 console, remove what stands in the way, and repeat.',
    }
  }
  if (status === 408 || status >= 500) {
    return { code: 'PROVIDER_UNREACHABLE', hint: 'AWS has a fault of its own: see health.aws.amazon.com, and repeat.' }
  }
  return { code: 'PROVIDER_REFUSED', hint: 'The message of Route 53 says what it does not take: correct that and repeat.' }
}

function authHint({ details: { status, code } }: ApiFault): string {
  if (status === undefined) {
    return 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role gives credentials; `aws sts get-caller-identity` tells whether there are any.'
  }
  if (/^AccessDenied/.test(code)) {
    return 'Allow route53:ListHostedZones and route53:GetChange for all, and route53:ListResourceRecordSets and route53:ChangeResourceRecordSets (actions CREATE and DELETE) for the hosted zone; with AWS_HOSTED_ZONE_ID set, route53:ListHostedZones is not needed.'
  }
  return 'Check the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN or AWS_PROFILE): whether they are right and have not expired.'
}
