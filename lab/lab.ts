import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DigAnswer, dig } from './dig.ts'
import { requireNamespace } from './enter.ts'
import { nsupdate } from './nsupdate.ts'
import { startBind } from './servers/bind.ts'
import { temporaryDirectory } from './servers/daemon.ts'
import { startKnot } from './servers/knot.ts'
import { type Pebble, type PebbleOptions, startPebble } from './servers/pebble.ts'
import { freePort } from './servers/port.ts'
import { startResolver } from './servers/resolver.ts'
import { addresses, type TsigKey } from './servers/zones.ts'

export interface LabOptions {
  /** Whose name servers; BIND when not given. */
  dns?: 'bind' | 'knot'
  pebble?: Omit<PebbleOptions, 'dnsServer'>
  /** The CA looks at the primary itself and not through the resolver, which caches nothing and takes some 20 ms more. */
  validateAtPrimary?: boolean
}

/** A CA and the name servers that it validates at, written by others, all on loopback. */
export interface Lab {
  /** The directory URL of the CA. */
  readonly ca: string
  /** PEM file: what the TLS of the CA's API is checked with. */
  readonly caRoot: string
  /** PEM file: the root under which the CA issues. */
  readonly issuerRoot: string
  /** `ip:port` of the recursive resolver. */
  readonly resolver: string
  /** The port of all authoritative servers. */
  readonly authoritativePort: number
  readonly addresses: typeof addresses
  readonly zones: { readonly primary: 'example.test'; readonly validation: 'validation.test' }
  /** Where both zones are updated, and with what. `keys` has an hmac-sha256 and an hmac-sha512 key. */
  readonly rfc2136: { readonly nameserver: string; readonly keys: readonly [TsigKey, TsigKey] } & {
    readonly key: string
    readonly secret: string
    readonly algorithm: TsigKey['algorithm']
  }
  /** What `domainctl` needs to work against this lab (cli.md). */
  readonly env: Readonly<Record<string, string>>
  readonly pebble: Pebble
  /** File with the first key, for `nsupdate -k`. */
  readonly tsigKeyFile: string
  /** The process ids of all servers. */
  readonly pids: readonly number[]
  /** Asks one of the lab's addresses, the resolver when not given. */
  dig(name: string, type: string, server?: string): Promise<DigAnswer>
  /** Sends one update to the primary; `send` is added. Throws LabError with the reply when it is refused. */
  nsupdate(lines: readonly string[], key?: TsigKey): Promise<void>
  /** How often each resource of Pebble was asked so far. */
  requests(): Promise<Record<string, number>>
  /** Ends the servers and removes their files. Throws when one of them had ended by itself. */
  stop(): Promise<void>
}

const newKey = (algorithm: TsigKey['algorithm'], bytes: number): TsigKey => ({
  name: `lab-${algorithm}`,
  algorithm,
  secret: randomBytes(bytes).toString('base64'),
})

/** Starts the whole lab, one at a time. Throws LabError with the log of the server that did not come up. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  await requireNamespace(Object.values(addresses))
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const keys: [TsigKey, TsigKey] = [newKey('hmac-sha256', 32), newKey('hmac-sha512', 64)]
  const [first] = keys
  const tsigKeyFile = join(directory, 'tsig.key')
  const keyText = `key "${first.name}" { algorithm ${first.algorithm}; secret "${first.secret}"; };\n`
  await writeFile(tsigKeyFile, keyText, { mode: 0o600 })

  const port = await freePort()
  const nameServers = await (options.dns === 'knot' ? startKnot : startBind)({ port, keys })
  starting.defer(() => nameServers.stop())
  const recursive = await startResolver(port)
  starting.defer(() => recursive.stop())
  const resolver = `${addresses.resolver}:${port}`
  const validator = options.validateAtPrimary ? `${addresses.primary}:${port}` : resolver
  const pebble = await startPebble({ ...options.pebble, dnsServer: validator })
  starting.defer(() => pebble.stop())
  const issuerRoot = join(directory, 'issuer-root.pem')
  await writeFile(issuerRoot, await pebble.issuerRoot())

  const nameserver = `${addresses.primary}:${port}`
  const running = starting.move()
  return {
    ca: pebble.directoryUrl,
    caRoot: pebble.tls.rootFile,
    issuerRoot,
    resolver,
    authoritativePort: port,
    addresses,
    zones: { primary: 'example.test', validation: 'validation.test' },
    rfc2136: { nameserver, keys, key: first.name, secret: first.secret, algorithm: first.algorithm },
    env: {
      DOMAINCTL_CA: pebble.directoryUrl,
      DOMAINCTL_CA_ROOT: pebble.tls.rootFile,
      DOMAINCTL_ISSUER_ROOT: issuerRoot,
      DOMAINCTL_RESOLVER: resolver,
      DOMAINCTL_AUTHORITATIVE_PORT: String(port),
      DOMAINCTL_ALLOW_PRIVATE: '1',
      RFC2136_NAMESERVER: nameserver,
      RFC2136_TSIG_KEY: first.name,
      RFC2136_TSIG_SECRET: first.secret,
      RFC2136_TSIG_ALGORITHM: first.algorithm,
    },
    pebble,
    tsigKeyFile,
    pids: [...nameServers.pids, recursive.pid, pebble.pid],
    dig: (name, type, address = addresses.resolver) =>
      dig(name, type, { address, port, recursive: address === addresses.resolver }),
    nsupdate: (lines, key = first) => nsupdate([`server ${addresses.primary} ${port}`, ...lines], key),
    requests: () => pebble.requests(),
    stop: () => running.disposeAsync(),
  }
}
