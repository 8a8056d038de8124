import { connect as connectTo, isIPv6, type Socket } from 'node:net'
import type { CallOptions } from '../contracts/dns-provider.ts'
import type { Clock } from '../contracts/runtime.ts'
import type { HealthFinding } from '../domain/health/measurement.ts'
import { LATE, within } from './patience.ts'

/** For one TCP connection, in ms. */
const CONNECT_TIMEOUT = 5_000

/** Errors of a machine that has no IPv6, or none that leads anywhere. */
const NO_IPV6 = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETDOWN'])

/** What this machine lacks says nothing of the other one: file descriptors, ports, memory, leave of its own firewall. */
const OUR_OWN = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'EACCES', 'EPERM', 'ENETDOWN'])

/** A connection; or why there is none; or that nothing can be known from here. */
export type Connected = { socket: Socket } | { fault: HealthFinding } | { unknown: string }

/**
 * Connects to an address, which must be allowed. The socket ends when the signal of the caller aborts.
 * @param o.signal of all that is done with the connection
 */
export async function connect(
  { address, port, ms = CONNECT_TIMEOUT }: { address: string; port: number; ms?: number },
  o: CallOptions & { clock: Clock },
): Promise<Connected> {
  const socket = connectTo({ host: address, port, signal: o.signal, noDelay: true })
  // Stays for good: what breaks after the end is nobody's concern any more, and must not go unheard.
  socket.on('error', () => undefined)
  try {
    const outcome = await within(ms, o, async (signal) => {
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('error', reject)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    })
    if (outcome !== LATE) return { socket }
    socket.destroy()
    return { fault: { code: 'TCP_TIMED_OUT', why: `there is no connection within ${ms / 1000} s` } }
  } catch (thrown) {
    socket.destroy()
    o.signal.throwIfAborted()
    return faultOf(codeOf(thrown), address)
  }
}

function faultOf(code: string, address: string): Connected {
  if (isIPv6(address) && NO_IPV6.has(code)) return { unknown: 'this machine has no way to IPv6' }
  if (OUR_OWN.has(code)) return { unknown: `this machine cannot connect (${code})` }
  if (code === 'ECONNREFUSED') return { fault: { code: 'TCP_REFUSED', why: 'nothing listens (connection refused)' } }
  if (code === 'ECONNRESET') return { fault: { code: 'TCP_REFUSED', why: 'the connection is reset as soon as it is made' } }
  if (code === 'ETIMEDOUT') return { fault: { code: 'TCP_TIMED_OUT', why: 'nothing answers (the connection timed out)' } }
  return { fault: { code: 'TCP_UNREACHABLE', why: `nothing can be reached (${code === '' ? 'no connection' : code})` } }
}

/** The code that Node gives an error, or ''. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}
