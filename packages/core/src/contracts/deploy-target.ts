import type { CallOptions } from './dns-provider.ts'

/** A certificate as a target gets it. What is in it belongs together: nothing of it may be served with a part of another one. */
export interface DeployedCertificate {
  /** Primary name of the domain, ASCII; may start with `*.`. */
  readonly name: string
  /** All names of the certificate. */
  readonly names: readonly string[]
  /** PEM: leaf alone, the rest of the chain, and both. */
  readonly certificate: string
  readonly chain: string
  readonly fullchain: string
  /** PKCS#8 PEM. Absent: it was issued for somebody's own request, and the key is where that was made. */
  readonly privateKey?: string
  /** Hex, upper case. */
  readonly serial: string
  /** SHA-256 of the leaf, hex, lower case. */
  readonly fingerprint: string
  readonly notAfter: Date
  /** Where the traffic of the domain goes (L12), as an origin: `http://10.0.0.5:8080`. For targets that route it. */
  readonly upstream?: string
}

/** What a target is called with. */
export interface DeployCall extends CallOptions {
  /** `rollback`: an earlier certificate comes back, since the later one could not be proven or a person asked for it. */
  reason: 'deploy' | 'rollback'
}

/** What a target has done. */
export interface Deployed {
  /** False: exactly this was there already, and nothing was touched. */
  changed: boolean
  /**
   * Brings back what stood there before this call, to the byte, and has it served again; absent where the target cannot know that.
   * Called at most once, soon after, by the same process; when that has died meanwhile, the certificate before is deployed in its
   * place. Throws when it is not all back.
   */
  undo?(o: CallOptions): Promise<void>
}

/**
 * Where certificates serve: a folder of files, a web server, a command.
 *
 * **Idempotence**: `deploy` of what is there already changes nothing or leads to the same; it is called again after a kill at any
 * moment, and whenever a proof has failed. **Whole or not at all**: when it throws, what was there before is there and serves, or
 * the error says that it does not. **Concurrency**: calls for different domains may come at once, and from several processes; calls
 * for one domain never do (they hold its lease). **Cancellation**: an aborted signal ends it soon, with what was there before or
 * with the new certificate, never with a part; what it has started outside has ended then. **Secrets**: the key is in no message,
 * error, argument or environment variable, and in no file that others may read.
 *
 * It is done when the server has been told; that it serves the certificate is proven by core, by a TLS handshake. It may wait for
 * others that come at the same time, to tell the server once for all.
 * @throws `DEPLOY_FAILED` with what to do, and `retryAt` where the target says when; anything else that is thrown becomes that.
 * `DEPLOY_REFUSED` for a certificate that it will never take, which is tried again once a day.
 */
export interface DeployTarget {
  deploy(certificate: DeployedCertificate, o: DeployCall): Promise<Deployed>
  /** Frees what it holds open. */
  close?(): Promise<void>
}

/** A target and how it is proven that it serves. */
export interface ConfiguredTarget {
  target: DeployTarget
  /** `IP:PORT` or `[IPv6]:PORT` where a handshake has to show the certificate; absent or empty: it is not proven. */
  proveAt?: readonly string[]
  /**
   * Names that are asked for by SNI: the primary one (default), or all but wildcards. In place of a wildcard a name that it covers.
   */
  proveNames?: 'primary' | 'all'
  /** For how long the server may go on with the certificate before, in ms (default 30,000). */
  proveTimeoutMs?: number
}

/** Gives an object literal its type and leaves it as it is. */
export function defineDeployTarget(target: DeployTarget): DeployTarget {
  return target
}
