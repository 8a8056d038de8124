import type { WrittenAnswer } from '../faults.ts'

/** What is wrong with one field of a request. */
export interface RefusedField {
  /** `records[0].ttl` */
  readonly path: string
  readonly code: string
  readonly message: string
}

/** What is said beside the code and the message. */
export interface RefusalDetails {
  readonly fields?: readonly RefusedField[]
  /** 429 alone. */
  readonly retryAfterSec?: number
}

/**
 * A request that GoDaddy does not carry out: `Error` and `ErrorLimit` of its Domains API
 * (https://developer.godaddy.com/doc/endpoint/domains).
 */
export class GoDaddyRefusal extends Error {
  readonly status: number
  readonly code: string
  readonly details: RefusalDetails

  constructor(status: number, code: string, message: string, details: RefusalDetails = {}) {
    super(message)
    this.name = 'GoDaddyRefusal'
    this.status = status
    this.code = code
    this.details = details
  }
}

/** 401 without credentials (https://github.com/allinssl/allinssl/issues/160). */
export function missingCredentials(): GoDaddyRefusal {
  return new GoDaddyRefusal(401, 'MISSING_CREDENTIALS', 'Unauthorized : Credentials must be specified')
}

/** 401 for a header that is no `sso-key KEY:SECRET`. Its message has not been reported; this is the documentation's of 401. */
export function malformedCredentials(): GoDaddyRefusal {
  return new GoDaddyRefusal(401, 'MALFORMED_CREDENTIALS', 'Authentication info not sent or invalid')
}

/** 401 for a key that nobody has, or another secret (https://github.com/acmesh-official/acme.sh/issues/1564). */
export function unableToAuthenticate(): GoDaddyRefusal {
  return new GoDaddyRefusal(401, 'UNABLE_TO_AUTHENTICATE', 'Unauthorized : Could not authenticate API key/secret')
}

/** 403 (https://github.com/go-acme/lego/issues/2269). */
export function accessDenied(): GoDaddyRefusal {
  return new GoDaddyRefusal(403, 'ACCESS_DENIED', 'Authenticated user is not allowed access')
}

/** 404 for a domain, or a path, that is not there (https://github.com/rmbolger/Posh-ACME/issues/179). */
export function notFound(): GoDaddyRefusal {
  return new GoDaddyRefusal(404, 'NOT_FOUND', 'Not Found : The requested resource was not found')
}

/** 404 for the records of a domain without a zone in this account (https://github.com/traefik/traefik/issues/6482). */
export function unknownDomain(): GoDaddyRefusal {
  return new GoDaddyRefusal(404, 'UNKNOWN_DOMAIN', 'The given domain is not registered, or does not have a zone file')
}

/**
 * 422. `fields` may be missing (https://github.com/acmesh-official/acme.sh/issues/7060), and are left out where nobody has
 * reported their words.
 */
export function invalidBody(...fields: RefusedField[]): GoDaddyRefusal {
  const message = "Request body doesn't fulfill schema, see details in `fields`"
  return new GoDaddyRefusal(422, 'INVALID_BODY', message, fields.length > 0 ? { fields } : {})
}

/**
 * 422 for data that is none of its type, in the words of https://github.com/eXamadeus/godaddypy/issues/21.
 * @param field what is wrong, for the types of which the words are known
 */
export function invalidRecords(field?: { what: string; data: string }): GoDaddyRefusal {
  const code = 'INVALID_RECORDS'
  const message = field && `Invalid [${field.what}] provided for record data, [${field.data}].`
  return new GoDaddyRefusal(
    422,
    code,
    'One or more of the given records is invalid',
    message === undefined ? {} : { fields: [{ code, message, path: 'records' }] },
  )
}

/**
 * 422 for a record that is there already (https://github.com/kubernetes-sigs/external-dns/issues/2467), and for a CNAME
 * beside others: a name has a CNAME or other records (https://github.com/godaddy/cli/pull/210).
 */
export function duplicateRecord(type: string, name: string): GoDaddyRefusal {
  const message = `${type} record name [${name}] conflicts with another record.`
  return new GoDaddyRefusal(422, 'DUPLICATE_RECORD', 'Another record with the same attributes already exists', {
    fields: [{ code: 'DUPLICATE_RECORD', message, path: 'records' }],
  })
}

/** 429, with the documentation's message. */
export function tooManyRequests(retryAfterSec: number): GoDaddyRefusal {
  return new GoDaddyRefusal(429, 'TOO_MANY_REQUESTS', 'Too many requests received within interval', { retryAfterSec })
}

/**
 * What GoDaddy may know and the sandbox does not, and what no documentation or report tells the answer of. GoDaddy has no
 * such code.
 */
export function sandboxRefuses(message: string, status = 422): GoDaddyRefusal {
  return new GoDaddyRefusal(status, 'SANDBOX_REFUSES', message)
}

/** The answer to a refused request. */
export function refusalAnswer({ status, code, message, details }: GoDaddyRefusal): WrittenAnswer & { body: object } {
  const { fields, retryAfterSec } = details
  return {
    status,
    ...(retryAfterSec !== undefined && { headers: { 'retry-after': String(retryAfterSec) } }),
    body: { code, ...(fields && { fields }), message, ...(retryAfterSec !== undefined && { retryAfterSec }) },
  }
}

/** Answers for faults. */
export interface GoDaddyFaultAnswers {
  /** 429, with `Retry-After` and `retryAfterSec`, both in seconds. */
  tooManyRequests(retryAfterSec: number): WrittenAnswer
  /** 403, as from one moment to the next for accounts that have lost access. */
  readonly accessDenied: WrittenAnswer
  /** 404 `UNKNOWN_DOMAIN`, as some accounts get when they read what they have written (https://github.com/acmesh-official/acme.sh/issues/6517). */
  readonly unknownDomain: WrittenAnswer
  /** 404 `NOT_FOUND` */
  readonly notFound: WrittenAnswer
  /** 500, with the documentation's message. */
  readonly internalError: WrittenAnswer
  /** 504, with the documentation's message; only requests for records are answered so. */
  readonly gatewayTimeout: WrittenAnswer
}

export const FAULT_ANSWERS: GoDaddyFaultAnswers = {
  tooManyRequests: (retryAfterSec) => refusalAnswer(tooManyRequests(retryAfterSec)),
  accessDenied: refusalAnswer(accessDenied()),
  unknownDomain: refusalAnswer(unknownDomain()),
  notFound: refusalAnswer(notFound()),
  internalError: refusalAnswer(new GoDaddyRefusal(500, 'INTERNAL_SERVER_ERROR', 'Internal server error')),
  gatewayTimeout: refusalAnswer(new GoDaddyRefusal(504, 'GATEWAY_TIMEOUT', 'Gateway timeout')),
}
