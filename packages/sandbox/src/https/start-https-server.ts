import { constants } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type SecureContext, TLSSocket } from 'node:tls'
import { endingAtOnce, LOOPBACK, listen } from '../loopback.ts'
import { createCertificateFolder } from './certificate-folder.ts'
import type { HttpsServer } from './https-server.ts'
import { readServedCertificate } from './served-certificate.ts'
import { createServedNames } from './served-names.ts'

/** The source of what was installed; no path of a folder is empty. */
const INSTALLED = ''

/** For a handshake, and for a request, from their first byte to their last. */
const LIMIT_MS = 10_000

/**
 * Starts a server that shows each name its certificate: those installed, and those in `folder`, which need not be there
 * yet. A name without one, or no name, gets the TLS alert handshake_failure: Node cannot send unrecognized_name.
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function startHttpsServer(o: { port?: number; folder?: string }): Promise<HttpsServer & { stop(): Promise<void> }> {
  const names = createServedNames()
  const folder = o.folder === undefined ? undefined : createCertificateFolder(o.folder, names)
  folder?.refresh()

  const server = createServer(
    {
      SNICallback: (serverName: string, done: (error: Error | null, context?: SecureContext) => void) => {
        folder?.refresh()
        done(null, names.find(serverName)?.context)
      },
      // A resumed session would go on with the certificate of the first one.
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout: LIMIT_MS,
      headersTimeout: LIMIT_MS,
      requestTimeout: LIMIT_MS,
      connectionsCheckingInterval: 1000,
    },
    answer,
  )
  const stop = endingAtOnce(server)
  const port = await listen(server, o.port ?? 0)
  return {
    endpoint: `${LOOPBACK}:${port}`,
    install: (files) => names.add(INSTALLED, readServedCertificate(files)),
    stop,
  }
}

/** Says which certificate the client has seen. One answer for each connection: the next shows what is served by then. */
function answer({ method, socket }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close')
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end('This server answers GET and HEAD.\n')
    return
  }
  const serial = socket instanceof TLSSocket ? socket.getX509Certificate()?.serialNumber : undefined
  const name = 'servername' in socket ? String(socket.servername) : ''
  response.writeHead(200).end(`${name.toLowerCase()} is served with certificate ${serial}\n`)
}
