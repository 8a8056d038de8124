import { createHash } from 'node:crypto'
import { connect } from 'node:tls'
import type { Clock } from '../contracts/runtime.ts'
import type { TlsHandshake } from '../contracts/tls-handshake.ts'
import { printable } from '../domain/printable.ts'

/** For a connection and its handshake, whatever the server sends meanwhile, in ms; below what tests cut short. */
const PATIENCE = 4_900

/** {@link TlsHandshake} over `node:tls`. Each connection is used once, and nothing is sent over it. */
export function createTlsHandshake({ clock }: { clock: Clock }): TlsHandshake {
  return {
    async leaf({ host, port, servername }, { signal }) {
      signal.throwIfAborted()
      const over = new AbortController()
      const { promise, resolve } = Promise.withResolvers<{ fingerprint: string } | { problem: string }>()
      const socket = connect({
        host,
        port,
        servername,
        // What is looked at is whether it is this very certificate; whether visitors trust it is another question.
        rejectUnauthorized: false,
        // A resumed session shows the certificate of the handshake that began it.
        session: undefined,
      })
      const stop = () => resolve({ problem: 'it was interrupted' })
      signal.addEventListener('abort', stop, { once: true })
      clock.sleep(PATIENCE, over.signal).then(
        () => resolve({ problem: `there is no TLS handshake within ${Math.round(PATIENCE / 1000)} s` }),
        () => undefined,
      )
      // Stays for good: what breaks after the end is nobody's concern any more, and must not go unheard.
      socket.on('error', (error: NodeJS.ErrnoException) => resolve({ problem: error.code ?? printable(error.message) }))
      socket.once('close', () => resolve({ problem: 'it closes the connection during the handshake' }))
      socket.once('secureConnect', () => {
        const { raw } = socket.getPeerCertificate()
        resolve(raw ? { fingerprint: createHash('sha256').update(raw).digest('hex') } : { problem: 'it shows no certificate' })
      })
      try {
        const seen = await promise
        signal.throwIfAborted()
        return seen
      } finally {
        signal.removeEventListener('abort', stop)
        over.abort()
        socket.destroy()
      }
    },
  }
}
