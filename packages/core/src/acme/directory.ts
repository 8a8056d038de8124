import type { IssuerDescription } from '../contracts/issuer.ts'
import { DomainctlError } from '../errors.ts'
import type { Answer } from './answer.ts'
import { printable } from './printable.ts'
import { isRecord } from './problem.ts'
import { refusal } from './refusal.ts'

/** Where a CA does what (RFC 8555 §7.1.1), and what it says of itself. */
export interface Directory {
  newNonce: string
  newAccount: string
  newOrder: string
  /** Absent where the CA revokes nothing, against RFC 8555 §7.1.1. */
  revokeCert?: string
  /** Absent where keys of accounts cannot be changed, against RFC 8555 §7.1.1. */
  keyChange?: string
  /** Where renewal information is (RFC 9773 §3); absent: the CA gives none. */
  renewalInfo?: string
  description: IssuerDescription
}

/**
 * Reads the answer to the GET of a directory.
 * @throws DomainctlError `CA_NOT_ACME`; `CA_RATE_LIMITED` and `CA_UNAVAILABLE` as the answer says
 */
export function parseDirectory(answer: Answer, now: Date): Directory {
  const { status, data, url } = answer
  if (status === 429 || status >= 500) throw refusal(answer, 'its directory', now, { concernsAll: true })
  if (status >= 300 && status < 400) {
    const target = answer.headers.location
    throw notAcme(
      url,
      `it redirects (${status})`,
      target && URL.canParse(target, url) ? `Give the URL ${printable(new URL(target, url).href)} if you trust it.` : undefined,
    )
  }
  if (status !== 200) throw notAcme(url, `it answers with HTTP status ${status}`)
  if (!isRecord(data))
    throw notAcme(url, `it is not a JSON object but ${answer.contentType === '' ? 'of no content type' : answer.contentType}`)
  const endpoint = (name: string): string => {
    const value = data[name]
    if (typeof value !== 'string' || !URL.canParse(value)) throw notAcme(url, `it has no ${name}`)
    return value
  }
  const optional = (name: 'revokeCert' | 'renewalInfo' | 'keyChange') => {
    const value = data[name]
    return typeof value === 'string' && URL.canParse(value) ? { [name]: value } : {}
  }
  return {
    newNonce: endpoint('newNonce'),
    newAccount: endpoint('newAccount'),
    newOrder: endpoint('newOrder'),
    ...optional('revokeCert'),
    ...optional('keyChange'),
    ...optional('renewalInfo'),
    description: {
      ...describe(isRecord(data.meta) ? data.meta : {}),
      renewalInfo: typeof data.renewalInfo === 'string',
      ...clockAhead(answer, now),
    },
  }
}

/** By the Date of the answer, unless that comes out of a cache (RFC 9111 §5.1). */
function clockAhead({ headers }: Answer, now: Date): Pick<IssuerDescription, 'clockAheadMs'> {
  const at = headers.age === undefined ? Date.parse(headers.date ?? '') : Number.NaN
  return Number.isNaN(at) ? {} : { clockAheadMs: now.getTime() - at }
}

function describe(meta: Record<string, unknown>): Omit<IssuerDescription, 'renewalInfo' | 'clockAheadMs'> {
  return {
    ...(typeof meta.termsOfService === 'string' ? { termsOfService: printable(meta.termsOfService) } : {}),
    ...(typeof meta.website === 'string' ? { website: printable(meta.website) } : {}),
    caaIdentities: Array.isArray(meta.caaIdentities) ? meta.caaIdentities.filter((identity) => typeof identity === 'string') : [],
    profiles: isRecord(meta.profiles)
      ? Object.fromEntries(
          Object.entries(meta.profiles).map(([name, about]) => [name, typeof about === 'string' ? printable(about) : '']),
        )
      : {},
    externalAccountRequired: meta.externalAccountRequired === true,
  }
}

/** @param why completes "…, is not an ACME directory: …" */
export function notAcme(url: string, why: string, hint?: string, cause?: unknown): DomainctlError {
  return new DomainctlError('CA_NOT_ACME', `What answers at ${url} is not an ACME directory: ${why}.`, {
    hint: hint ?? 'Check the URL of the CA: it is that of its directory, such as https://acme-v02.api.letsencrypt.org/directory.',
    cause,
  })
}
