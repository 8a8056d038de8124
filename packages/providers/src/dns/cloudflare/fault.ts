import type { Cutter } from '../../without-secrets.ts'

/** What the API, or the way to it, said in place of an answer. Codes decide what becomes of it. */
export interface FaultDetails {
  /** Of HTTP; absent when no whole answer came. */
  status?: number
  /** As in the answer, those of `error_chain` included; made safe to show. */
  errors: readonly { code: number; message: string }[]
  /** When the API wants to be asked again. */
  retryAt?: Date
  /** Cloudflare's id of the request, for its support. */
  ray?: string
  /** Why no answer came. */
  reason?: string
}

/** A call that failed; thrown inside of this folder only, {@link import('./refusal.ts')} makes the errors for callers. */
export class ApiFault extends Error {
  readonly details: FaultDetails

  constructor(details: FaultDetails) {
    super('a call of the Cloudflare API failed')
    this.details = details
  }

  has(...codes: number[]): boolean {
    return this.details.errors.some(({ code }) => codes.includes(code))
  }

  /** Asking for zones by a name that the token may not see (certbot#8015): "requires permission …zone.list". */
  get mayNotList(): boolean {
    return this.details.errors.some(({ code, message }) => code === 0 && message.includes('zone.list'))
  }

  get isRateLimit(): boolean {
    return this.details.status === 429 || this.has(971)
  }

  /** May pass by itself. A 403 without a code is no answer of the API, and comes and goes (octodns-cloudflare#121). */
  get isPassing(): boolean {
    const { status, errors } = this.details
    if (status === undefined || this.isRateLimit) return true
    return status === 408 || status === 409 || status >= 500 || (status === 403 && errors.length === 0)
  }
}

/**
 * What the SDK threw, read by its shape: bundled, its classes cannot be asked for. Null for what is no error of the SDK.
 *
 * @param cut takes the token out of a text
 */
export function readFault(thrown: unknown, cut: Cutter, now: Date): ApiFault | null {
  if (!(thrown instanceof Error) || !('status' in thrown) || !('errors' in thrown)) return null
  const { status, errors, headers } = thrown as { status: unknown; errors: unknown; headers?: unknown }
  const safe = (text: string): string => shown(cut(text))
  if (typeof status !== 'number') return new ApiFault({ errors: [], reason: safe(reasonOf(thrown)) })
  const header = (name: string): string | null => (headers instanceof Headers ? headers.get(name) : null)
  const retryAt = retryTime(header('retry-after'), now)
  const ray = header('cf-ray')
  return new ApiFault({
    status,
    errors: flattened(errors).map(({ code, message }) => ({ code, message: safe(message) })),
    ...(retryAt !== null && { retryAt }),
    ...(ray !== null && { ray: safe(ray) }),
  })
}

/** The errors of an envelope, each followed by those that it was caused by. */
function flattened(errors: unknown, depth = 0): { code: number; message: string }[] {
  if (!Array.isArray(errors) || depth > 3) return []
  return errors.slice(0, 20).flatMap((error: unknown) => {
    if (typeof error !== 'object' || error === null || !('code' in error)) return []
    const code = Number(error.code)
    const message = 'message' in error && typeof error.message === 'string' ? error.message : ''
    const chain = 'error_chain' in error ? flattened(error.error_chain, depth + 1) : []
    return Number.isInteger(code) ? [{ code, message }, ...chain] : chain
  })
}

/** `fetch` says "fetch failed" and keeps why in its cause, which may have one of its own. */
function reasonOf(thrown: Error): string {
  let error: Error = thrown
  while (error.cause instanceof Error) error = error.cause
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

/** RFC 9110 §10.2.3: seconds or a date. */
function retryTime(header: string | null, now: Date): Date | null {
  if (header === null) return null
  const time = /^\d{1,9}$/.test(header.trim()) ? now.getTime() + Number(header) * 1000 : Date.parse(header)
  return Number.isNaN(time) ? null : new Date(Math.max(time, now.getTime()))
}

/** Text of others, on one line and of bounded length. */
function shown(text: string): string {
  const plain = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain
}
