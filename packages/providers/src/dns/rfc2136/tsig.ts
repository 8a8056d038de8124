import { createHmac, timingSafeEqual } from 'node:crypto'
import { DomainctlError } from '@domainctl/core'
import { type Answer, CLASS, encodeRecord, TYPE, uint16 } from './message.ts'
import { canonicalName, encodeName } from './name.ts'
import { rcodeName } from './rcode.ts'
import { WireReader } from './wire-reader.ts'

/** Algorithms of RFC 8945 §6 that are not deprecated, with the hash of each. */
export const TSIG_ALGORITHMS = {
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
} as const
/** How updates are signed (RFC 8945 §6). */
export type TsigAlgorithm = keyof typeof TSIG_ALGORITHMS

/** A secret that this machine and the name server share. */
export interface TsigKey {
  name: string
  algorithm: TsigAlgorithm
  secret: Uint8Array
}

/** Seconds that two clocks may differ (RFC 8945 §10). */
const FUDGE = 300

/** Extended rcodes of the TSIG error field (RFC 8945 §3). */
const TSIG_ERROR = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

interface TsigRecord {
  keyName: string
  algorithm: string
  /** Seconds since 1970. */
  timeSigned: number
  /** Seconds. */
  fudge: number
  mac: Uint8Array
  originalId: number
  error: number
  other: Uint8Array
}

/** What a signed answer is checked against. */
export interface TsigContext {
  key: TsigKey
  /** MAC of the request, which the MAC of the answer covers as well (RFC 8945 §5.3.1). */
  requestMac: Uint8Array
  now: Date
  /** For messages. */
  server: string
}

/** Appends the signature to a request (RFC 8945 §5.1). */
export function signRequest(message: Uint8Array, key: TsigKey, now: Date): { message: Buffer; mac: Buffer } {
  const tsig = {
    keyName: key.name,
    algorithm: key.algorithm,
    timeSigned: Math.floor(now.getTime() / 1000),
    fudge: FUDGE,
    originalId: Buffer.from(message).readUInt16BE(0),
    error: 0,
    other: new Uint8Array(0),
  }
  const mac = hmac(key, [message, tsigVariables(tsig)])
  const signed = Buffer.concat([message, encodeTsig({ ...tsig, mac })])
  signed.writeUInt16BE(signed.readUInt16BE(10) + 1, 10)
  return { message: signed, mac }
}

/**
 * Checks that the answer comes from who knows the key, belongs to this request, and is fresh (RFC 8945 §5.3).
 * `bytes` are the octets that `answer` was decoded from. MACs cut short are not accepted: none is asked for.
 *
 * @throws `PROVIDER_AUTH` with the exact reason: the server's (BADKEY, BADSIG, BADTIME with both clocks, BADTRUNC), or
 * what is wrong with the signature of the answer; `PROVIDER_UNREACHABLE` when the TSIG record cannot be read.
 */
export function verifyAnswer(bytes: Uint8Array, answer: Answer, context: TsigContext): void {
  const { key, server } = context
  const tsig = readTsig(answer, context)
  // A server that cannot or will not sign says so without a MAC (RFC 8945 §5.3.2): nothing is done on its word but to fail.
  if (tsig.error === TSIG_ERROR.BADKEY) throw badKey(context)
  if (tsig.error === TSIG_ERROR.BADSIG) throw badSignature(context)

  if (tsig.keyName !== canonicalName(key.name) || tsig.algorithm !== key.algorithm) {
    throw unauthentic(server, `is signed with key ${tsig.keyName} (${tsig.algorithm})`, key)
  }
  if (!macFits(bytes, answer, tsig, context)) throw unauthentic(server, 'carries a signature that does not fit', key)
  if (tsig.error === TSIG_ERROR.BADTIME) throw badTime(tsig, context)
  if (tsig.error !== 0) {
    throw refusedKey(
      server,
      `it refused the signature with ${rcodeName(tsig.error)}`,
      'The log of the name server says more.',
      tsig.error,
    )
  }
  const skew = Math.abs(Math.floor(context.now.getTime() / 1000) - tsig.timeSigned)
  if (skew > tsig.fudge) throw clocksDiffer(server, tsig.timeSigned, context.now)
}

function readTsig(answer: Answer, { server, key }: TsigContext): TsigRecord {
  const last = answer.additionals.at(-1)
  const count = [...answer.answers, ...answer.authorities, ...answer.additionals].filter(({ type }) => type === TYPE.TSIG).length
  // TTL and class stand in the MAC as what they have to be, not as what was received.
  if (last === undefined || last.type !== TYPE.TSIG || count !== 1 || last.class !== CLASS.ANY || last.ttl !== 0) {
    const rcode = answer.rcode === 0 ? '' : ` and says ${rcodeName(answer.rcode)}`
    throw unauthentic(server, `is not signed${rcode}`, key)
  }
  const reader = new WireReader(last.rdata)
  const tsig = {
    keyName: canonicalName(last.name),
    algorithm: canonicalName(reader.name()),
    timeSigned: reader.uint48(),
    fudge: reader.uint16(),
    mac: reader.octets(reader.uint16()),
    originalId: reader.uint16(),
    error: reader.uint16(),
    other: reader.octets(reader.uint16()),
  }
  return tsig
}

function macFits(bytes: Uint8Array, answer: Answer, tsig: TsigRecord, { key, requestMac }: TsigContext): boolean {
  // The MAC is over the message as it was before the TSIG record came to it (RFC 8945 §4.3.2).
  const unsigned = Buffer.from(bytes.subarray(0, answer.lastRecordAt))
  unsigned.writeUInt16BE(tsig.originalId, 0)
  unsigned.writeUInt16BE(answer.additionals.length - 1, 10)
  const expected = hmac(key, [uint16(requestMac.length), requestMac, unsigned, tsigVariables(tsig)])
  return expected.length === tsig.mac.length && timingSafeEqual(expected, tsig.mac)
}

function hmac(key: TsigKey, parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac(TSIG_ALGORITHMS[key.algorithm], key.secret)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** RFC 8945 §4.3.3, names in canonical form. */
function tsigVariables(tsig: Omit<TsigRecord, 'mac' | 'originalId'>): Buffer {
  return Buffer.concat([
    encodeName(canonicalName(tsig.keyName)),
    uint16(CLASS.ANY),
    Buffer.alloc(4),
    encodeName(canonicalName(tsig.algorithm)),
    timers(tsig),
    uint16(tsig.error),
    uint16(tsig.other.length),
    tsig.other,
  ])
}

/** RFC 8945 §4.2. */
function encodeTsig(tsig: TsigRecord): Buffer {
  const rdata = Buffer.concat([
    encodeName(tsig.algorithm),
    timers(tsig),
    uint16(tsig.mac.length),
    tsig.mac,
    uint16(tsig.originalId),
    uint16(tsig.error),
    uint16(tsig.other.length),
    tsig.other,
  ])
  return encodeRecord({ name: tsig.keyName, type: TYPE.TSIG, class: CLASS.ANY, ttl: 0, rdata })
}

function timers({ timeSigned, fudge }: { timeSigned: number; fudge: number }): Buffer {
  const octets = Buffer.alloc(8)
  octets.writeUIntBE(timeSigned, 0, 6)
  octets.writeUInt16BE(fudge, 6)
  return octets
}

function badKey({ server, key }: TsigContext): DomainctlError {
  return refusedKey(
    server,
    `it does not know the TSIG key ${key.name} with ${key.algorithm} (BADKEY)`,
    'Compare name and algorithm of the key with the configuration of the name server (RFC2136_TSIG_KEY, RFC2136_TSIG_ALGORITHM). Knot DNS says so, too, of a zone in which the key may do nothing: there set RFC2136_ZONE to the zone that it may update.',
    TSIG_ERROR.BADKEY,
  )
}

/** Whether the server has said that it does not know the key. */
export function isUnknownKey(error: unknown): boolean {
  if (!(error instanceof DomainctlError) || error.code !== 'PROVIDER_AUTH') return false
  const { cause } = error
  return typeof cause === 'object' && cause !== null && Reflect.get(cause, 'tsigError') === rcodeName(TSIG_ERROR.BADKEY)
}

function badSignature({ server, key }: TsigContext): DomainctlError {
  return refusedKey(
    server,
    `the secret of the TSIG key ${key.name} is not the one that it has (BADSIG)`,
    'Copy the secret again from the configuration of the name server (RFC2136_TSIG_SECRET, base64).',
    TSIG_ERROR.BADSIG,
  )
}

/** The server's clock stands in the other data of the answer (RFC 8945 §5.2.3). */
function badTime(tsig: TsigRecord, { server, now }: TsigContext): DomainctlError {
  if (tsig.other.length === 6) return clocksDiffer(server, new WireReader(tsig.other).uint48(), now)
  return refusedKey(server, 'its clock and the clock of this machine differ too much (BADTIME)', CLOCK_HINT, TSIG_ERROR.BADTIME)
}

const CLOCK_HINT = 'Set the clock that is wrong (NTP) and repeat.'

function clocksDiffer(server: string, serverSeconds: number, now: Date): DomainctlError {
  const skew = serverSeconds - Math.floor(now.getTime() / 1000)
  // 48 bits of seconds reach further than a Date.
  const theirs = new Date(Math.min(serverSeconds * 1000, 8.64e15)).toISOString()
  return refusedKey(
    server,
    `the clocks differ by more than is allowed (BADTIME): the name server says ${theirs}, this machine ${now.toISOString()}, ` +
      `${Math.abs(skew)} seconds ${skew > 0 ? 'behind' : 'ahead'}`,
    CLOCK_HINT,
    TSIG_ERROR.BADTIME,
  )
}

function refusedKey(server: string, why: string, hint: string, error: number): DomainctlError {
  return new DomainctlError('PROVIDER_AUTH', `The name server ${server} refused the request: ${why}.`, {
    hint,
    cause: { server, tsigError: rcodeName(error) },
  })
}

function unauthentic(server: string, what: string, key: TsigKey): DomainctlError {
  return new DomainctlError(
    'PROVIDER_AUTH',
    `The answer of the name server ${server} ${what}, so it cannot be trusted; it had to be signed with key ${key.name} (${key.algorithm}).`,
    {
      hint: 'Check the TSIG key at the name server and that nothing between here and there changes DNS messages.',
      cause: { server },
    },
  )
}
