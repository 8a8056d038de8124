import type { WrittenAnswer } from '../faults.ts'

/** An error as it stands in an answer. */
export interface CloudflareError {
  readonly code: number
  readonly message: string
  readonly error_chain?: readonly CloudflareError[]
}

/** A request that Cloudflare does not carry out. */
export class CloudflareRefusal extends Error {
  readonly status: number
  readonly errors: readonly CloudflareError[]
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, errors: readonly CloudflareError[], headers: Readonly<Record<string, string>> = {}) {
    super(errors.map(({ message }) => message).join(' '))
    this.name = 'CloudflareRefusal'
    this.status = status
    this.errors = errors
    this.headers = headers
  }
}

/** The body of an answer that refuses (https://github.com/jeessy2/ddns-go/issues/1378). */
export function refusalBody(errors: readonly CloudflareError[]): object {
  return { result: null, success: false, errors, messages: [] }
}

/** 400, for one thing that is wrong. */
export function refused(code: number, message: string): CloudflareRefusal {
  return new CloudflareRefusal(400, [{ code, message }])
}

/** 400, for a record that cannot be: the reason is inside of another error (https://github.com/timothymiller/cloudflare-ddns/issues/179). */
export function invalidRecord(code: number, message: string): CloudflareRefusal {
  return new CloudflareRefusal(400, [{ code: 1004, message: 'DNS Validation Error', error_chain: [{ code, message }] }])
}

/** No code of Cloudflare: nobody shall take what was never documented for its own words. */
const SANDBOX_CODE = 99_999

/** 400, for what Cloudflare may know and the sandbox does not, or for what no documentation tells the answer of. */
export function notHere(what: string): CloudflareRefusal {
  return refused(SANDBOX_CODE, `The Cloudflare of the sandbox does not take ${what}.`)
}

/** 400, for JSON that is no record (https://github.com/favonia/cloudflare-ddns/issues/1026). */
export function invalidBody(): CloudflareRefusal {
  return refused(9207, 'Request body is invalid.')
}

/** 500, for what the sandbox did not foresee. */
export function failed(): CloudflareRefusal {
  return new CloudflareRefusal(500, [{ code: SANDBOX_CODE, message: 'The Cloudflare of the sandbox has failed.' }])
}

/** 404, for a record that is not there (https://github.com/cloudflare/terraform-provider-cloudflare/issues/1621). */
export function recordMissing(): CloudflareRefusal {
  return new CloudflareRefusal(404, [{ code: 81044, message: 'Record does not exist.' }])
}

/** 400, for a path with an id in it that is none (https://github.com/cloudflare/cloudflare-go/issues/118). */
export function unroutable(path: string): CloudflareRefusal {
  return new CloudflareRefusal(400, [
    { code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
    { code: 7000, message: 'No route for that URI' },
  ])
}

/** 400, for headers that cannot be read (https://github.com/jeessy2/ddns-go/issues/916). */
export function invalidHeaders(code: number, message: string): CloudflareRefusal {
  return new CloudflareRefusal(400, [{ code: 6003, message: 'Invalid request headers', error_chain: [{ code, message }] }])
}

/** 403 */
export function forbidden(code: number, message: string): CloudflareRefusal {
  return new CloudflareRefusal(403, [{ code, message }])
}

/** 429, and when to come back (https://developers.cloudflare.com/fundamentals/api/reference/limits). */
export function rateLimited(retryAfterSeconds: number): CloudflareRefusal {
  // The code and its words: https://github.com/cloudflare/terraform-provider-cloudflare/issues/5505.
  const error = { code: 971, message: 'Please wait and consider throttling your request speed' }
  return new CloudflareRefusal(429, [error], { 'retry-after': String(retryAfterSeconds) })
}

/** Answers for faults, which only a busy Cloudflare gives. */
export interface CloudflareFaultAnswers {
  /** More requests than allowed: 429, with `Retry-After` in seconds. */
  rateLimited(retryAfterSeconds: number): WrittenAnswer
  /** A 403 that is no answer of the API and comes and goes (https://github.com/octodns/octodns-cloudflare/issues/121). */
  readonly passingForbidden: WrittenAnswer
  /** 500 with JSON that says no more. */
  readonly internalError: WrittenAnswer
  /** 502 with a page for people, as what stands in front of the API sends it. */
  readonly badGateway: WrittenAnswer
}

export const FAULT_ANSWERS: CloudflareFaultAnswers = {
  rateLimited(retryAfterSeconds) {
    const { status, errors, headers } = rateLimited(retryAfterSeconds)
    return { status, headers, body: refusalBody(errors) }
  },
  passingForbidden: { status: 403, headers: { 'content-type': 'text/html' }, body: '<html><body>403 Forbidden</body></html>' },
  internalError: { status: 500, body: refusalBody([]) },
  badGateway: { status: 502, headers: { 'content-type': 'text/html' }, body: '<html><body>502 Bad Gateway</body></html>' },
}
