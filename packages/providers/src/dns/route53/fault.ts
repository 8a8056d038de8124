/** What the API, the SDK or the way to the API said in place of an answer. */
export interface FaultDetails {
  /** Of HTTP; absent when no whole answer came. */
  status?: number
  /** The code of AWS, or the SDK's name for what went wrong before there was an answer. */
  code: string
  /** On one line; made safe to show. */
  message: string
  /** AWS's id of the request, for its support. */
  requestId?: string
  /** The SDK has learnt the time from the answer, and signs the next request by it. */
  isClockCorrected?: boolean
}

/** The API is busy: more than it allows, or with the batch before this one. */
const BUSY = ['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequestsException', 'PriorRequestNotComplete']

/**
 * No credentials, or not these. The SDK's own names are those of its chain: `CredentialsProviderError`, `TokenProviderError`.
 */
const AUTH = [
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'NotAuthorizedException',
  'OptInRequired',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'ProviderError',
  'CredentialsProviderError',
  'TokenProviderError',
]

/** The set is not what it was when it was read. */
const STALE = /but it already exists|but it was not found|do not match the current values/

/** A call that failed; thrown inside of this folder only, {@link import('./refusal.ts')} makes the errors for callers. */
export class ApiFault extends Error {
  readonly details: FaultDetails

  constructor(details: FaultDetails) {
    super('a call of the Route 53 API failed')
    this.details = details
  }

  get isBusy(): boolean {
    return BUSY.includes(this.details.code) || this.details.status === 429
  }

  get isAuth(): boolean {
    return AUTH.includes(this.details.code) || this.details.status === 401
  }

  get isInvalidBatch(): boolean {
    return this.details.code === 'InvalidChangeBatch'
  }

  /** The batch was made for sets that have changed since: by others, or by itself when its answer was lost. */
  get isStale(): boolean {
    return this.isInvalidBatch && STALE.test(this.details.message)
  }

  /** May pass by itself. */
  get isPassing(): boolean {
    const { status, isClockCorrected } = this.details
    if (this.isBusy || isClockCorrected) return true
    return !this.isAuth && (status === undefined || status === 408 || status >= 500)
  }
}

/** Something came that is no answer of the API, such as the page of a proxy. */
export function notAnAnswer(): ApiFault {
  return new ApiFault({ code: 'UnreadableAnswer', message: 'the answer is not one of the Route 53 API' })
}

/** What the SDK threw, read by its shape: bundled, its classes cannot be asked for. Null for what is no error of its. */
export function readFault(thrown: unknown): ApiFault | null {
  if (thrown instanceof ApiFault) return thrown
  if (!(thrown instanceof Error)) return null
  const { $metadata, $response, code } = thrown as { $metadata?: unknown; $response?: unknown; code?: unknown }
  const metadata = typeof $metadata === 'object' && $metadata !== null ? ($metadata as Record<string, unknown>) : {}
  const { httpStatusCode, requestId, clockSkewCorrected } = metadata
  // An error of ours, or of the language, has none of the marks of the SDK.
  const isForeign = typeof code === 'string' || $metadata !== undefined || $response !== undefined
  if (!isForeign && !AUTH.includes(thrown.name) && thrown.name !== 'TimeoutError') return null
  // Of an answer that broke off nothing is known but its first line, which says 400 of what may have been Throttling.
  const isBrokenOff = typeof code === 'string' && /^(E[A-Z]+|ERR_[A-Z_]+)$/.test(code)
  const status = isBrokenOff ? undefined : statusOf(httpStatusCode, $response)
  // An answer of success that could not be read is none.
  if (status !== undefined && status < 300) return notAnAnswer()
  return new ApiFault({
    ...(status !== undefined && { status }),
    code: shown(status === undefined && typeof code === 'string' ? code : thrown.name),
    message: shown(thrown.message),
    ...(typeof requestId === 'string' && { requestId: shown(requestId) }),
    ...(clockSkewCorrected === true && { isClockCorrected: true }),
  })
}

function statusOf(fromMetadata: unknown, response: unknown): number | undefined {
  if (typeof fromMetadata === 'number') return fromMetadata
  const { statusCode } = (typeof response === 'object' && response !== null ? response : {}) as { statusCode?: unknown }
  return typeof statusCode === 'number' ? statusCode : undefined
}

/**
 * Text of others, on one line and of bounded length. Of several lines only the first: `SignatureDoesNotMatch` goes on with all
 * that was signed, the session token in it.
 */
export function shown(text: string): string {
  const [first = ''] = text.trim().split(/[\r\n]/, 1)
  const plain = first
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .replace(/(x-amz-security-token:)\S*/gi, '$1…')
    .trim()
  return plain.length > 600 ? `${plain.slice(0, 599)}…` : plain
}
