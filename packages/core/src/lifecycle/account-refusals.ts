import { DomainctlError } from '../errors.ts'
import { problemOf } from './fulfilment.ts'

/**
 * Whether the CA may have refused who signs: RFC 8555 has no type of problem for that, but for a key of another type than the
 * account's.
 */
export function isRefusalOfSigner(error: unknown): boolean {
  const type = error instanceof DomainctlError && error.code === 'CA_REFUSED' ? problemOf(error)?.type : undefined
  return type !== undefined && /:(malformed|unauthorized|badSignatureAlgorithm)$/.test(type)
}

/** Boulder and Pebble: `JWS verification error`. There is no type of problem for it. */
export function isAboutSignature(error: unknown): error is DomainctlError {
  return isRefusalOfSigner(error) && saysSignature(error)
}

/** The CA takes none of the keys that the state has. */
export function keyRefused(ca: string, url: string, error: DomainctlError): DomainctlError {
  return new DomainctlError(
    'CA_ACCOUNT_INVALID',
    `${ca} does not take the key that the state has for the account ${url}. ${error.message}`,
    {
      hint: 'Where its key was changed since this state was saved, bring the new one with domainctl account import --key FILE; without it, use another account with --account NAME.',
      cause: error.cause,
    },
  )
}

/** Whether an error is one of {@link keyRefused}, and not of an account that has ended. */
export function isKeyRefused(error: unknown): boolean {
  return error instanceof DomainctlError && error.code === 'CA_ACCOUNT_INVALID' && saysSignature(error)
}

function saysSignature(error: unknown): boolean {
  const { type = '', detail = '' } = problemOf(error) ?? {}
  return type.endsWith(':badSignatureAlgorithm') || /\bJWS\b.*\b(verif|error|wrong)|\bsignature\b/i.test(detail)
}
