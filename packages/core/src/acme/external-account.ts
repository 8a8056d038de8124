import type { ExternalAccount } from '../contracts/issuer.ts'
import type { Clock } from '../contracts/runtime.ts'
import { DomainctlError, type ErrorCode } from '../errors.ts'
import type { Answer } from './answer.ts'
import { parseRetryAfter } from './retry-after.ts'
import { createTransport } from './transport.ts'
import { isProtected } from './url.ts'

/** Of one request; it makes an account, which may take the CA some time. */
const TIMEOUT_MS = 30_000

/** Such as `invalid_access_key`. Anything else may repeat what was asked, and the key with it in whatever encoding. */
const TYPE = /^\w{1,100}$/

/** Where a CA gives out external accounts by an API of its website, and the key for it. */
export interface ExternalAccountApi {
  /** The name of the CA in the configuration, for messages. */
  ca: string
  url: string
  /** A secret; it goes into the query of the URL, so that no URL of this is ever shown. */
  apiKey: string
  /** PEM, trusted in place of what Node trusts. */
  caRoots?: string
  clock: Clock
}

/**
 * A new external account from the API that ZeroSSL has (https://zerossl.com/documentation/acme/generate-eab-credentials): POST
 * with `access_key` in the query. Each call makes another one, and the CA counts them: once is enough for an account. Follows no
 * redirect, repeats nothing.
 * @throws DomainctlError `CONFIG_INVALID` for a key or URL that cannot be used, or a key that the CA refuses; `CA_UNREACHABLE`,
 * `CA_UNTRUSTED`, `CA_UNAVAILABLE`, `CA_RATE_LIMITED`, `CA_REFUSED`; the signal's reason
 */
export async function fetchExternalAccount(api: ExternalAccountApi, signal: AbortSignal): Promise<ExternalAccount> {
  const key = api.apiKey.trim()
  if (!/^[\x21-\x7e]+$/.test(key)) throw unusable(api.ca, 'it is empty, or has characters that no key has')
  const url = apiUrl(api)
  const transport = createTransport({
    directory: url,
    ...(api.caRoots !== undefined && { caRoots: api.caRoots }),
    timeoutMs: TIMEOUT_MS,
    userAgent: 'domainctl',
  })
  try {
    const asked = new URL(url)
    asked.searchParams.set('access_key', key)
    return accountIn(await transport.send('POST', asked.href, { signal }), api, key)
  } finally {
    await transport.close()
  }
}

/** Over plain HTTP somebody on the way could read the key. */
function apiUrl({ ca, url }: ExternalAccountApi): URL {
  const parsed = URL.parse(url)
  if (parsed && isProtected(parsed, parsed)) return parsed
  throw new DomainctlError('CONFIG_INVALID', `The API for external accounts of ${ca} is not given by an https URL.`, {
    hint: 'Correct externalAccountApi of this CA (cas).',
  })
}

function accountIn(answer: Answer, api: ExternalAccountApi, key: string): ExternalAccount {
  const { success, eab_kid: kid, eab_hmac_key: hmacKey, error } = jsonOf(answer)
  // The documentation has 1, the API true.
  if (answer.status === 200 && (success === true || success === 1)) {
    if (typeof kid === 'string' && /^[\x21-\x7e]{1,255}$/.test(kid) && typeof hmacKey === 'string') {
      const trimmed = hmacKey.replace(/=+$/, '')
      if (/^[\w-]{16,}$/.test(trimmed)) return { kid, hmacKey: trimmed }
    }
    throw failure(answer, api, 'CA_UNAVAILABLE', 'what it answers is no key id with an HMAC key')
  }
  throw refused(answer, api, key, error)
}

/** The errors of https://zerossl.com/documentation/acme/error-codes and https://zerossl.com/documentation/api/error-codes. */
function refused(answer: Answer, api: ExternalAccountApi, key: string, error: unknown): DomainctlError {
  const { code, type } = isObject(error) ? error : {}
  const kind = typeof type === 'string' && TYPE.test(type) ? type.replaceAll(key, '…') : ''
  const said = kind === '' ? `HTTP status ${answer.status}` : `${kind} (${typeof code === 'number' ? code : answer.status})`
  if (answer.status === 429 || /^(?:too_many_eab_credentials_created_today|rate_limit_reached|usage_limit_reached)$/.test(kind)) {
    return failure(answer, api, 'CA_RATE_LIMITED', said)
  }
  if (answer.status >= 500 || /^failed_(?:creating|saving)_eab_account$/.test(kind) || kind === '') {
    // Neither does a proxy, or a page of HTML, say that the key is wrong; 401 and 403 do.
    if (answer.status !== 401 && answer.status !== 403) return failure(answer, api, 'CA_UNAVAILABLE', said)
  }
  if (answer.status === 401 || answer.status === 403 || /access_key|api_key|inactive_user|permission|authoriz/.test(kind)) {
    return unusable(api.ca, `the CA refused it: ${said}`)
  }
  return failure(answer, api, 'CA_REFUSED', said)
}

function failure(answer: Answer, { ca, clock }: ExternalAccountApi, code: ErrorCode, why: string): DomainctlError {
  const now = clock.now()
  const wait = parseRetryAfter(answer.headers['retry-after'], now)
  const { host } = new URL(answer.url)
  const own = `give this CA a key id and an HMAC key that there are (eabKid, eabHmacKey).`
  return new DomainctlError(code, `${host} gave no external account for ${ca}: ${why}.`, {
    hint: code === 'CA_REFUSED' ? `Look at the website of the CA, or ${own}` : `Run the same command again later, or ${own}`,
    ...(wait !== undefined && { retryAt: new Date(now.getTime() + wait) }),
  })
}

function unusable(ca: string, why: string): DomainctlError {
  return new DomainctlError('CONFIG_INVALID', `The API key for ${ca} cannot be used: ${why}.`, {
    hint: 'Copy it as the website of the CA shows it (apiKey of this CA in cas; for ZeroSSL DOMAINCTL_ZEROSSL_API_KEY).',
  })
}

/** Whatever it says that it is. */
function jsonOf({ text }: Answer): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(text)
    return isObject(data) ? data : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
