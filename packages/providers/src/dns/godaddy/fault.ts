/** What the API, or the way to it, said in place of an answer. Codes decide what becomes of it. */
export interface FaultDetails {
  /** Of HTTP; absent when no whole answer came, or one that is not of the API. */
  status?: number
  /** Of the API, as in `ACCESS_DENIED`; empty where the answer has none. */
  code: string
  /** On one line; made safe to show. */
  message: string
  /** The parts of the request that it does not take; made safe to show. */
  fields: readonly { path: string; code: string; message: string }[]
  /** When the API wants to be asked again. */
  retryAt?: Date
}

/** A call that failed; thrown inside of this folder only, {@link import('./refusal.ts')} makes the errors for callers. */
export class ApiFault extends Error {
  readonly details: FaultDetails

  constructor(details: FaultDetails) {
    super('a call of the GoDaddy API failed')
    this.details = details
  }

  has(code: string): boolean {
    return this.details.code === code || this.details.fields.some((field) => field.code === code)
  }

  get isRateLimit(): boolean {
    return this.details.status === 429
  }

  /**
   * The account may not do this; it may do other things all the same: some may write records and read none (lego#2269,
   * acme.sh#5181). A 403 without a code is no answer of the API.
   */
  get isForbidden(): boolean {
    return this.details.status === 403 && this.details.code !== ''
  }

  /**
   * The records are not shown: the account may not read them, or the domain is not there, which is also said to some accounts
   * of domains that they write to (acme.sh#6517).
   */
  get isHidden(): boolean {
    return this.isForbidden || (this.details.status === 404 && this.details.code !== '')
  }

  /** May pass by itself. */
  get isPassing(): boolean {
    const { status } = this.details
    return status === undefined || this.isRateLimit || status === 408 || status >= 500
  }
}

/** No answer, or none that was whole or the API's own. */
export function noAnswer(reason: string): ApiFault {
  return new ApiFault({ code: '', message: reason, fields: [] })
}

/**
 * The fault that an answer tells.
 *
 * @param text the body as it came: `{ code, message, fields }`, with `retryAfterSec` for 429 (`Error` and `ErrorLimit` of the
 *   documentation), or anything else
 * @param safe makes texts of others safe to show
 */
export function faultOf(
  { status, headers }: { status: number; headers: Headers },
  text: string,
  safe: (text: string) => string,
  now: Date,
): ApiFault {
  const body = objectOf(parsed(text))
  const fields = Array.isArray(body.fields) ? body.fields.slice(0, 20).map(objectOf) : []
  const retryAt = retryTime(headers.get('retry-after'), body.retryAfterSec, now)
  return new ApiFault({
    status,
    code: safe(textIn(body.code)),
    message: safe(textIn(body.message)),
    fields: fields.map(({ path, code, message }) => ({
      path: safe(textIn(path)),
      code: safe(textIn(code)),
      message: safe(textIn(message)),
    })),
    ...(retryAt !== null && { retryAt }),
  })
}

/** Text of others, on one line and of bounded length. */
export function shown(text: string): string {
  const plain = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain
}

/** The value of a JSON text; undefined for what is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** By the header (RFC 9110 §10.2.3: seconds or a date), which may be missing (external-dns#4866), or by the body. */
function retryTime(header: string | null, seconds: unknown, now: Date): Date | null {
  const given = header?.trim() ?? ''
  const inBody = typeof seconds === 'number' && seconds >= 0 && seconds < 1e9 ? now.getTime() + seconds * 1000 : Number.NaN
  const inHeader = /^\d{1,9}$/.test(given) ? now.getTime() + Number(given) * 1000 : Date.parse(given)
  const time = Number.isNaN(inHeader) ? inBody : inHeader
  return Number.isNaN(time) ? null : new Date(Math.max(time, now.getTime()))
}
