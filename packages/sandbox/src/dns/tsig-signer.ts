import { createHmac } from 'node:crypto'
import { macWithLength, type TsigRecord, timers, tsigVariables, writeTsig } from './tsig-record.ts'
import { viewOf, withAdditional } from './wire-message.ts'

/** RFC 8945 §10: what is recommended. */
const FUDGE = 300

/** How an answer to one request is signed. */
export interface TsigSigning {
  /** Name of the key. */
  readonly name: string
  readonly algorithm: string
  readonly secret: Uint8Array
  /** The request's, which ties the answer to it; of a request that was not verified, none. */
  readonly requestMac: Uint8Array
  /** Seconds since 1970. */
  readonly timeSigned: number
}

/** Signs the one message of an answer (RFC 8945 §5.3); `error` and `other` tell of a BADTIME or BADTRUNC. */
export function signResponse(
  signing: TsigSigning,
  response: Uint8Array,
  { error = 0, other = new Uint8Array() }: { error?: number; other?: Uint8Array } = {},
): Uint8Array {
  const unsigned = unsignedTsig(signing, response, error, other)
  const mac = hmac(signing.secret, [macWithLength(signing.requestMac), response, tsigVariables(unsigned)])
  return withAdditional(response, writeTsig({ ...unsigned, mac }))
}

/** Signs the messages of one answer in their order: each MAC covers the one before (RFC 8945 §5.3.1). */
export function responseSigner(signing: TsigSigning): (response: Uint8Array) => Uint8Array {
  let previous = signing.requestMac
  let first = true
  return (response) => {
    const unsigned = unsignedTsig(signing, response)
    const variables = first ? tsigVariables(unsigned) : timers(unsigned)
    previous = hmac(signing.secret, [macWithLength(previous), response, variables])
    first = false
    return withAdditional(response, writeTsig({ ...unsigned, mac: previous }))
  }
}

/** HMAC-SHA256 over all parts, one after the other. */
export function hmac(secret: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', secret)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** The TSIG of a response, still without its MAC, or of one that must not be signed (RFC 8945 §5.3.2). */
export function unsignedTsig(
  { name, algorithm, timeSigned }: Pick<TsigSigning, 'name' | 'algorithm' | 'timeSigned'>,
  response: Uint8Array,
  error = 0,
  other: Uint8Array = new Uint8Array(),
): TsigRecord {
  const originalId = viewOf(response).getUint16(0)
  return { name, algorithm, timeSigned, fudge: FUDGE, mac: new Uint8Array(), originalId, error, other }
}
