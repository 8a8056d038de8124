import type { DomainctlOptions } from '@domainctl/core'
import type { CertificateAuthority } from './acme/certificate-authority.ts'
import type { CaSettings } from './acme/settings.ts'
import type { ApiPorts, Apis } from './apis/start-apis.ts'
import type { NameServers, SandboxRecord, TsigKey } from './dns/name-servers.ts'
import type { HttpsServer } from './https/https-server.ts'
import type { SandboxRuntime } from './runtime.ts'

/**
 * All of it may be left out, or be undefined, which is the same: each sandbox has ports and keys of its own, so that many run
 * side by side.
 */
export interface SandboxOptions {
  /** Apexes of the zones that are served; `example.test` when not given. */
  zones?: readonly string[]
  /**
   * Records that are there from the start. When neither these nor `zones` are given: an A record of `edge.example.test` with
   * 127.0.0.1, for customers' CNAME records to point to.
   */
  records?: readonly SandboxRecord[]
  /** How many authoritative servers, at 127.0.0.1, 127.0.0.2, …; 1 when not given. More need Linux or Windows. */
  nameServers?: number
  /** How long after the first the other servers show a change, in ms; 0 when not given. */
  lagMs?: number
  /** What the CA makes difficult; nothing when not given. */
  ca?: Partial<CaSettings>
  /** Ports; free ones when not given. */
  ports?: { ca?: number; dns?: number; resolver?: number; https?: number } & ApiPorts
  /**
   * Folder whose certificates the HTTPS server serves: `fullchain.pem` and `privkey.pem` in it or in one of its first 1,000 folders,
   * as `domainctl export --out` writes them, read again when they change.
   */
  serve?: string
  /** The system's clock and randomness when not given. */
  runtime?: Partial<SandboxRuntime>
}

/** A CA, name servers, an HTTPS server and the APIs of DNS providers on loopback, in this process. */
export interface Sandbox extends AsyncDisposable {
  /** Where certificates are ordered. */
  readonly ca: CertificateAuthority
  /** Where the zones and a resolver are, and where the CA looks. */
  readonly dns: NameServers
  /** Where certificates are served. */
  readonly https: HttpsServer
  /** Where the zones can be changed as at providers: each has the `options` of its SDK or adapter. */
  readonly apis: Apis
  /** Options of `createDomainctl` (@domainctl/core) for an engine that works on this sandbox; state and providers go beside. */
  readonly engine: Required<Pick<DomainctlOptions, 'ca' | 'caRoots' | 'resolvers' | 'authoritativePort' | 'allowPrivate'>>
  /** Options of `createRfc2136` (@domainctl/providers) for the zones of this sandbox. */
  readonly rfc2136: { nameserver: string; tsigKey: string; tsigSecret: string; tsigAlgorithm: TsigKey['algorithm'] }
  /**
   * Writes the two roots as PEM files into a folder (made when it is not there) and gives the environment in which
   * `domainctl`, or a program that reads the same variables, works on this sandbox (docs/guide/sandbox.md).
   * @throws DomainctlError `OUTPUT_UNWRITABLE`
   */
  environment(folder: string): Promise<Record<string, string>>
  /** Ends all servers and connections; idempotent. */
  stop(): Promise<void>
}
