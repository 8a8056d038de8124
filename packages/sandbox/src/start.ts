import { systemClock, systemRandom } from '@domainctl/core'
import { startCertificateAuthority } from './acme/start-certificate-authority.ts'
import { startApis } from './apis/start-apis.ts'
import { startNameServers } from './dns/start-name-servers.ts'
import { writeEnvironment } from './environment.ts'
import { startHttpsServer } from './https/start-https-server.ts'
import { LOOPBACK } from './loopback.ts'
import { type Close, openTogether } from './opened.ts'
import { inBlocks } from './runtime.ts'
import type { Sandbox, SandboxOptions } from './sandbox.ts'
import { createDnsValidation } from './validation/dns-validation.ts'
import { createAuthority } from './x509/authority.ts'
import { readCertificateRequest } from './x509/request.ts'
import { createServerCertificate } from './x509/server-certificate.ts'

/** What the CA answers to in CAA records. */
const CAA_IDENTITY = 'ca.sandbox.test'

/** What an edge would be: where customers' CNAME records may point to. */
const EDGE = { name: 'edge.example.test', type: 'A', value: LOOPBACK } as const

/**
 * Starts a CA, name servers, an HTTPS server and the APIs of DNS providers on loopback, in this process, with keys and ports
 * of their own. Any number may run side by side. Nothing is written to disk.
 * @throws DomainctlError `SANDBOX_CANNOT_LISTEN`; `USAGE` for zones, records, ports or settings of the CA that are none
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { opened, close } = await openTogether((defer) => openServers(options, defer))
  const { ca, dns } = opened
  return {
    ...opened,
    engine: {
      ca: ca.directoryUrl,
      caRoots: ca.tlsRoot,
      resolvers: [dns.resolver],
      authoritativePort: dns.port,
      allowPrivate: true,
    },
    rfc2136: {
      nameserver: dns.servers[0],
      tsigKey: dns.tsigKey.name,
      tsigSecret: dns.tsigKey.secret,
      tsigAlgorithm: dns.tsigKey.algorithm,
    },
    environment: (folder) => writeEnvironment(folder, opened),
    stop: close,
    [Symbol.asyncDispose]: close,
  }
}

async function openServers(
  options: SandboxOptions,
  defer: (close: Close) => void,
): Promise<Pick<Sandbox, 'ca' | 'dns' | 'https' | 'apis'>> {
  const { zones = ['example.test'], ports = {}, ca: settings = {}, serve } = options
  const { clock = systemClock(), random = systemRandom() } = options.runtime ?? {}
  const runtime = { clock, random: inBlocks(random) }
  const dns = await startNameServers({
    zones,
    records: options.records ?? (options.zones ? [] : [EDGE]),
    count: options.nameServers ?? 1,
    lagMs: options.lagMs ?? 0,
    ...(ports.dns !== undefined && { port: ports.dns }),
    ...(ports.resolver !== undefined && { resolverPort: ports.resolver }),
    runtime,
  })
  defer(() => dns.stop())

  const [authority, tls] = await Promise.all([createAuthority(runtime), createServerCertificate(runtime)])
  const ca = await startCertificateAuthority({
    authority,
    readRequest: readCertificateRequest,
    tls,
    validation: createDnsValidation({ servers: dns.servers, caaIdentity: CAA_IDENTITY, runtime }),
    settings,
    caaIdentity: CAA_IDENTITY,
    ...(ports.ca !== undefined && { port: ports.ca }),
    runtime,
  })
  defer(() => ca.stop())

  const https = await startHttpsServer({
    ...(ports.https !== undefined && { port: ports.https }),
    ...(serve !== undefined && { folder: serve }),
  })
  defer(() => https.stop())

  const apis = await startApis({ book: dns.book, runtime, ports }, defer)
  return { ca, dns, https, apis }
}
