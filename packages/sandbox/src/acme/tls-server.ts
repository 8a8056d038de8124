import { createServer, type Server } from 'node:https'
import { endingAtOnce } from '../loopback.ts'

/** Half a handshake, half a header and half a body wait so long. */
const PATIENCE_MS = 10_000

/** Clients come back on the connections that they have; idle ones cost little. */
const IDLE_MS = 60_000

const MOST_HEADER_BYTES = 16 * 1024

/** An HTTPS server that nobody can hold up, and that can be ended at once. */
export interface TlsServer {
  readonly server: Server
  /** Ends all connections, also those that are still in their handshake; idempotent. */
  end(): Promise<void>
}

/**
 * Makes one that does not listen yet.
 * @param tls PEM
 * @param patienceMs what a client has for each half of something; 10 s when not given
 */
export function createTlsServer(tls: { key: string; certificate: string }, patienceMs = PATIENCE_MS): TlsServer {
  const server = createServer({
    key: tls.key,
    cert: tls.certificate,
    minVersion: 'TLSv1.2',
    handshakeTimeout: patienceMs,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    // Node looks only so often whether one of them is over.
    connectionsCheckingInterval: Math.min(1000, patienceMs),
    keepAliveTimeout: IDLE_MS,
    maxHeaderSize: MOST_HEADER_BYTES,
    noDelay: true,
  })
  return { server, end: endingAtOnce(server) }
}
