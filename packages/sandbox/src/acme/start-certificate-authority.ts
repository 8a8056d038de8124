import { getRequestListener } from '@hono/node-server'
import { LOOPBACK, listen } from '../loopback.ts'
import type { SandboxRuntime } from '../runtime.ts'
import type { Authority, CertificateRequest } from './authority.ts'
import type { CaContext } from './ca-context.ts'
import type { CertificateAuthority } from './certificate-authority.ts'
import { checkedSettings } from './checked-settings.ts'
import { addExternalAccountKey } from './external-account-keys.ts'
import { createFaults } from './faults.ts'
import { createLedger, type LedgerLimits } from './ledger.ts'
import { createNonces } from './nonces.ts'
import { malformed } from './payload.ts'
import { setRenewalWindow } from './renewal-windows.ts'
import { createRoutes } from './routes.ts'
import { type CaSettings, RESOURCES, type Resource } from './settings.ts'
import { createTlsServer } from './tls-server.ts'
import { createTokenBuckets } from './token-buckets.ts'
import { createUrls } from './urls.ts'
import type { Validation } from './validation.ts'

/**
 * Starts the CA's ACME server (RFC 8555) on loopback.
 * @throws DomainctlError `SANDBOX_CANNOT_LISTEN`; `USAGE` for settings or a port that are none
 */
export async function startCertificateAuthority(o: {
  authority: Authority
  /** @throws AcmeProblem `badCSR` */
  readRequest(der: Uint8Array): Promise<CertificateRequest>
  /** PEM: what its own TLS is served with, and the root that this is checked with. */
  tls: { key: string; certificate: string; root: string }
  validation: Validation
  settings: Partial<CaSettings>
  /** What it answers to in CAA records. */
  caaIdentity: string
  /** A free one when not given. */
  port?: number
  /** How much it keeps; what {@link CertificateAuthority} says when not given. */
  limits?: Partial<LedgerLimits>
  runtime: SandboxRuntime
}): Promise<CertificateAuthority & { stop(): Promise<void> }> {
  const settings = checkedSettings(o.settings)
  const { server, end } = createTlsServer(o.tls)
  const port = await listen(server, o.port ?? 0)
  const faults = createFaults()
  const requests = noRequests()
  const stopping = new AbortController()
  const background = new Set<Promise<void>>()
  const context: CaContext = {
    authority: o.authority,
    readRequest: o.readRequest,
    validation: o.validation,
    settings,
    ledger: createLedger(o.limits),
    nonces: createNonces(o.runtime.random),
    buckets: createTokenBuckets(),
    issuedSets: new Set(),
    boundKids: new Set(),
    urls: createUrls(`https://${LOOPBACK}:${port}`),
    runtime: o.runtime,
    stopping: stopping.signal,
    inBackground(work) {
      background.add(work)
      void work.finally(() => background.delete(work))
    },
  }
  const routes = createRoutes({ context, faults, requests, caaIdentity: o.caaIdentity })
  server.on(
    'request',
    getRequestListener((request, env) => routes.fetch(request, env), {
      // Whoever runs a sandbox in a test keeps the Request and Response of the platform.
      overrideGlobalObjects: false,
      // body.ts and the time-outs of the server see to that.
      autoCleanupIncoming: false,
      errorHandler: () => unreadable(),
    }),
  )
  return {
    directoryUrl: context.urls.directory,
    caaIdentity: o.caaIdentity,
    tlsRoot: o.tls.root,
    issuerRoot: o.authority.root,
    alternateRoot: async (n) => (await o.authority.alternate(n)).root,
    settings,
    addFault: faults.add,
    requests,
    addExternalAccountKey: (key) => addExternalAccountKey(settings, o.runtime.random, key),
    setRenewalWindow: (certificate, window) => setRenewalWindow(context.ledger, certificate, window),
    async stop() {
      stopping.abort()
      await end()
      await Promise.allSettled(background)
    },
  }
}

/** The answer to a request whose host or target is none, which no route gets to see. */
function unreadable(): Response {
  const { document } = malformed('The Host or the target of the request is not valid.')
  return Response.json(document, { status: document.status, headers: { 'content-type': 'application/problem+json' } })
}

function noRequests(): Record<Resource, number> {
  return Object.fromEntries(RESOURCES.map((resource) => [resource, 0])) as Record<Resource, number>
}
