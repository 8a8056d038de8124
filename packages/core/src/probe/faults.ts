import { isIPv6 } from 'node:net'
import type { HttpSighting } from '../domain/diagnosis/http.ts'

/** How far an exchange had come; `reading`: the head of the answer is there. */
export type Stage = 'connecting' | 'securing' | 'answering' | 'reading'

/** Why there is no answer; `fault` as a sentence that goes on from the address. */
export interface Fault {
  outcome: Extract<HttpSighting['outcome'], 'unreachable' | 'no-route' | 'tls'>
  fault: string
}

/** What people know a fault by; others are told by their code. */
const FAULTS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens (connection refused)',
  ECONNRESET: 'the connection is reset before there is an answer',
  EPIPE: 'the connection is reset before there is an answer',
  ETIMEDOUT: 'nothing answers (the connection timed out)',
  EHOSTUNREACH: 'nothing can be reached (no route to the host)',
  ENETUNREACH: 'nothing can be reached (no route to the network)',
  EPROTO: 'TLS fails',
  HPE_HEADER_OVERFLOW: 'the head of the answer is longer than 16 KB',
}

/** Errors of a machine that has no IPv6, or none that leads anywhere. */
const NO_IPV6 = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETDOWN'])

/** A fault from what Node throws; before TLS stands, each is one of TLS. */
export function faultOf(thrown: unknown, stage: Stage, address: string): Fault {
  const { code, message } = readError(thrown)
  if (stage === 'connecting' && isIPv6(address) && NO_IPV6.has(code)) {
    return { outcome: 'no-route', fault: 'this machine has no way to IPv6' }
  }
  // Node says the same of a body that is cut off and of one that is malformed.
  if (stage === 'reading') return { outcome: 'unreachable', fault: 'the answer breaks off before its end' }
  const fault = describe(code, message)
  return stage === 'securing' ? { outcome: 'tls', fault: `TLS fails: ${fault}` } : { outcome: 'unreachable', fault }
}

function describe(code: string, message: string): string {
  // Node's words for a connection that the server has closed without a byte of an answer.
  if (message === 'socket hang up') return 'the connection is closed without an answer'
  // OpenSSL's own: `tlsv1 unrecognized name`, `wrong version number`.
  if (code.startsWith('ERR_SSL_')) return code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' ')
  const known = FAULTS[code]
  if (known !== undefined) return known
  if (code.startsWith('HPE_')) return 'what is answered is not HTTP'
  return code === '' ? message : `there is no answer (${code})`
}

function readError(thrown: unknown): { code: string; message: string } {
  if (!(thrown instanceof Error)) return { code: '', message: String(thrown) }
  return { code: 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '', message: thrown.message }
}
