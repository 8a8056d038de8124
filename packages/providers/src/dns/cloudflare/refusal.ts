import { DomainctlError, type ErrorCode, type ErrorDetails } from '@domainctl/core'
import { ApiFault } from './fault.ts'

/** Codes of the API by what they mean here. */
export const CODE = {
  /** "Record does not exist." */
  recordMissing: 81044,
  /** "The record already exists.", "An identical record already exists." (certbot#10725, cert-manager#546). */
  recordExists: [81057, 81058],
  /** Address and CNAME records, or two CNAME records, at one name (Cloudflare's "Records with the same name"). */
  nameTaken: [81053, 81054],
  /** 9109 invalid token or no right to this, 9103 unknown key or e-mail, 6003 malformed headers, 6111 malformed token. */
  auth: [9109, 9103, 6003, 6111, 10000],
  /** Verify Token, of one that it does not know. */
  tokenUnknown: 1000,
  /** The path has a zone id that is none: "Could not route to …". */
  unroutable: [7000, 7003],
} as const

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
  const { code, ...details } = verdict(fault)
  const { status, errors, ray, reason, retryAt } = fault.details
  const cause = { status, errors, ...(ray !== undefined && { ray }), ...(reason !== undefined && { reason }) }
  return new DomainctlError(code, `Cloudflare did not ${what}: ${said(fault)}.`, {
    ...details,
    ...(retryAt !== undefined && { retryAt }),
    cause,
  })
}

/** Status and codes in the provider's own words. */
function said({ details: { status, errors, reason } }: ApiFault): string {
  if (status === undefined) return `no answer came (${reason ?? 'unknown reason'})`
  const codes = errors.map(({ code, message }) => `error ${code} "${message.replace(/\.$/, '')}"`)
  return codes.length === 0 ? `HTTP ${status} without a code` : `${codes.join(', ')} (HTTP ${status})`
}

function verdict(fault: ApiFault): { code: ErrorCode } & Pick<ErrorDetails, 'hint' | 'actor'> {
  const { status, errors } = fault.details
  if (status === undefined) {
    return { code: 'PROVIDER_UNREACHABLE', hint: 'Check the network and CLOUDFLARE_BASE_URL, where it is set; then repeat.' }
  }
  if (fault.isRateLimit) {
    return {
      code: 'PROVIDER_UNREACHABLE',
      hint: 'The limit of 1200 calls in 5 minutes is reached, counted over all that the user of the token does: repeat later.',
    }
  }
  if (status === 401 || fault.has(...CODE.auth) || fault.mayNotList) {
    return {
      code: 'PROVIDER_AUTH',
      hint: 'Check CLOUDFLARE_API_TOKEN: an API token (not the global key) that has not expired, with the permissions Zone:Read and DNS:Edit for this zone, used from an address that it allows.',
    }
  }
  if (fault.has(...CODE.recordExists, ...CODE.nameTaken)) {
    return {
      code: 'PROVIDER_CONFLICT',
      hint: 'Look at the records of this name in the Cloudflare dashboard, remove what stands in the way, and repeat.',
    }
  }
  if (fault.has(...CODE.unroutable) || (status === 404 && !fault.has(CODE.recordMissing))) {
    return {
      code: 'PROVIDER_ZONE_NOT_FOUND',
      hint: 'Check that the zone is still in the account, and CLOUDFLARE_ZONE_ID where it is set.',
    }
  }
  if (status === 408 || status === 409 || status >= 500) {
    return { code: 'PROVIDER_UNREACHABLE', hint: 'Cloudflare has a fault of its own: see www.cloudflarestatus.com, and repeat.' }
  }
  if (status === 403 && errors.length === 0) {
    return {
      code: 'PROVIDER_REFUSED',
      hint: 'This is no answer of the API but of something before it: look for a proxy or a firewall on the way.',
    }
  }
  return { code: 'PROVIDER_REFUSED', hint: 'The message of Cloudflare says what it does not take: correct that and repeat.' }
}
