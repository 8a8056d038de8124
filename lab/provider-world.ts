import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { type ApiProviderName, unlimited } from '../lifecycle/api-providers.ts'
import { hurriedClock } from '../lifecycle/hurried-clock.ts'
import { movableClock } from '../lifecycle/movable-clock.ts'
import type { World } from '../lifecycle/world.ts'
import { startPebble } from './servers/pebble.ts'
import { countResources } from './world.ts'

/** A world with the zones at a provider: Pebble is the CA, and asks the sandbox's name servers. */
export interface ProviderWorld extends World {
  readonly sandbox: Sandbox
  /** How many requests the API of the provider has had; absent for one without an API. */
  readonly calls?: () => number
}

/** Two name servers, the second of which lags, so that no provider has its records everywhere at once. */
export async function startProviderWorld(name: ApiProviderName | 'rfc2136'): Promise<ProviderWorld> {
  await using starting = new AsyncDisposableStack()
  const sandbox = starting.use(await startSandbox({ zones: ['example.test', 'validation.test'], nameServers: 2, lagMs: 30 }))
  const { dns } = sandbox
  const pebble = await startPebble({ dnsServer: dns.resolver })
  starting.defer(() => pebble.stop())
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-lab-'))
  starting.defer(() => rm(directory, { recursive: true, force: true }))
  const env = await sandbox.environment(directory)
  const provider = name === 'rfc2136' ? undefined : unlimited(name, sandbox)
  const running = starting.move()
  return {
    sandbox,
    ca: pebble.directoryUrl,
    tlsRoot: await readFile(pebble.tls.rootFile, 'utf8'),
    issuerRoot: await pebble.issuerRoot(),
    resolver: dns.resolver,
    authoritativePort: dns.port,
    servers: dns.servers,
    rfc2136: { nameserver: dns.servers[0], key: dns.tsigKey.name, ...dns.tsigKey },
    refusesNonces: true,
    // Seconds between two looks at the DNS are cut short; Pebble lives in the real time, which is close enough.
    clock: movableClock(),
    env: { ...env, DOMAINCTL_CA: pebble.directoryUrl, DOMAINCTL_CA_ROOT: pebble.tls.rootFile },
    ...(provider && {
      provider: { provider: name, providers: { [name]: provider.open(sandbox, hurriedClock()) } },
      calls: () => Object.values(provider.api(sandbox).requests).reduce((sum, count) => sum + count, 0),
    }),
    publish: async (records) => {
      for (const record of records) dns.add(record)
    },
    unpublish: async (record) => dns.remove(record),
    requests: async () => countResources(await pebble.requests()),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
