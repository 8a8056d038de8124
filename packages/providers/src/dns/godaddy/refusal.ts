import { DomainctlError, type ErrorCode } from '@domainctl/core'
import { ApiFault } from './fault.ts'

/** "Another record with the same attributes already exists" (external-dns#2467). */
export const DUPLICATE = 'DUPLICATE_RECORD'

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
  const { status, code, message, fields, retryAt } = fault.details
  const verdict = verdictOn(fault)
  return new DomainctlError(verdict.code, `GoDaddy did not ${what}: ${said(fault)}.`, {
    hint: verdict.hint,
    ...(retryAt !== undefined && { retryAt }),
    cause: { ...(status !== undefined && { status }), code, message, fields },
  })
}

/**
 * The error for a change that needs the set to be read first, where the account may write and not read (lego#2269,
 * acme.sh#6517): a value can be removed there only together with all others of the name, which nobody here knows.
 */
export function unreadable(fault: ApiFault, name: string, type: string): DomainctlError {
  const { status, code, message, fields } = fault.details
  return new DomainctlError(
    'PROVIDER_REFUSED',
    `GoDaddy does not show the ${type} records of ${name} to this account (${said(fault)}), and a change could destroy others of them.`,
    {
      hint: `Change the records of ${name} in the GoDaddy dashboard. So that it need not be done again, make ${name} a CNAME to a name in a zone of another provider, where domainctl can write and remove.`,
      cause: { status, code, message, fields },
    },
  )
}

/** Status and codes in the provider's own words. */
function said({ details: { status, code, message, fields } }: ApiFault): string {
  if (status === undefined) return `no answer came (${message || 'unknown reason'})`
  if (code === '') return `HTTP ${status} without a code`
  const parts = fields.map((field) => `${field.path} ${field.code} "${withoutDot(field.message)}"`)
  const details = parts.length === 0 ? '' : ` [${parts.join('; ')}]`
  return `error ${code} "${withoutDot(message)}"${details} (HTTP ${status})`
}

function withoutDot(text: string): string {
  return text.replace(/\.$/, '')
}

function verdictOn(fault: ApiFault): { code: ErrorCode; hint: string } {
  const { status, code, message, fields } = fault.details
  if (status === undefined) {
    return { code: 'PROVIDER_UNREACHABLE', hint: 'Check the network and GODADDY_BASE_URL, where it is set; then repeat.' }
  }
  if (fault.isRateLimit) {
    return {
      code: 'PROVIDER_UNREACHABLE',
      hint: 'The limit of GoDaddy is reached, which counts all calls with the key (60 a minute, and a number a month): repeat later.',
    }
  }
  if (status === 401) {
    return {
      code: 'PROVIDER_AUTH',
      hint: 'Check GODADDY_API_KEY and GODADDY_API_SECRET: a production key; a test key is good for https://api.ote-godaddy.com alone.',
    }
  }
  if (fault.isForbidden) {
    return {
      code: 'PROVIDER_AUTH',
      hint: 'GoDaddy opens its DNS API to accounts with 10 or more domains, or with a Discount Domain Club Premier plan; ask GoDaddy which one this account is. Where it may write and not read, set GODADDY_ZONE to the domain.',
    }
  }
  if (status === 403) {
    return {
      code: 'PROVIDER_REFUSED',
      hint: 'This is no answer of the API but of something before it: look for a proxy or a firewall on the way.',
    }
  }
  const texts = [message, ...fields.map((field) => field.message)]
  if (fault.has(DUPLICATE) || texts.some((text) => /conflicts? with/i.test(text))) {
    return {
      code: 'PROVIDER_CONFLICT',
      hint: 'Look at the records of this name in the GoDaddy dashboard, remove what stands in the way, and repeat.',
    }
  }
  if (status === 404 || code === 'UNKNOWN_DOMAIN') {
    return {
      code: 'PROVIDER_ZONE_NOT_FOUND',
      hint: 'Check that the domain is in the account of the key and has its DNS at GoDaddy, and GODADDY_ZONE where it is set.',
    }
  }
  if (status === 408 || status >= 500) {
    return { code: 'PROVIDER_UNREACHABLE', hint: 'GoDaddy has a fault of its own: see status.godaddy.com, and repeat.' }
  }
  return { code: 'PROVIDER_REFUSED', hint: 'The message of GoDaddy says what it does not take: correct that and repeat.' }
}
