import { Resolver } from 'node:dns/promises'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { requireNamespace } from '../lab/enter.ts'
import { startDaemon } from '../lab/servers/daemon.ts'
import { unconfined } from '../lab/servers/unconfined.ts'

/** The host that every name is a CNAME to. */
export const EDGE = 'edge.hosting.test'

/** All roles are views of one `named` at port 53. */
const addresses = { resolver: '127.0.0.1', parent: '127.0.0.10', first: '127.0.0.21', second: '127.0.0.22' } as const
const statistics = { address: '127.0.0.10', port: 8053 } as const

/** The DNS of an operator of many domains: one BIND that holds the root, `test` and a thousand zones of customers. */
export interface DnsWorld {
  readonly pid: number
  readonly resolver: string
  /** The two addresses of the server that every zone names. */
  readonly servers: readonly string[]
  /** Questions of clients so far: what `named` was asked, less what its own resolver asked on their behalf. */
  questions(): Promise<number>
  stop(): Promise<void>
}

/** @param zones the lines of each customer's zone below its SOA and NS, by its apex below `test` */
export async function startDnsWorld(directory: string, zones: ReadonlyMap<string, readonly string[]>): Promise<DnsWorld> {
  await requireNamespace(Object.values(addresses))
  await mkdir(join(directory, 'zones'), { recursive: true })
  const soa = '@ 300 IN SOA ns1.hosting.test. hostmaster.hosting.test. 1 3600 600 604800 60'
  const servers = ['@ 300 IN NS ns1.hosting.test.', '@ 300 IN NS ns2.hosting.test.']
  const hosts = [`ns1.hosting.test. 300 IN A ${addresses.first}`, `ns2.hosting.test. 300 IN A ${addresses.second}`]
  const above = ['@ 300 IN NS ns.nic.test.', `ns.nic.test. 300 IN A ${addresses.parent}`]
  const delegations = ['hosting.test', ...zones.keys()].flatMap((zone) => [
    `${zone}. 300 IN NS ns1.hosting.test.`,
    `${zone}. 300 IN NS ns2.hosting.test.`,
  ])
  const files = new Map([
    ['.', [soa, ...above, 'test. 300 IN NS ns.nic.test.']],
    ['test', [soa, ...above, ...delegations, ...hosts]],
    ['hosting.test', [soa, ...servers, ...hosts, `${EDGE}. 300 IN A 192.0.2.80`]],
    ...[...zones].map(([zone, lines]) => [zone, [soa, ...servers, ...lines]] as const),
  ])
  for (const [zone, lines] of files) await writeFile(join(directory, fileOf(zone)), `${lines.join('\n')}\n`)
  await writeFile(join(directory, 'root.hints'), `. 300 IN NS ns.nic.test.\nns.nic.test. 300 IN A ${addresses.parent}\n`)
  await writeFile(join(directory, 'named.conf'), configuration(['hosting.test', ...zones.keys()]))
  const named = await startDaemon({
    name: 'named',
    command: await unconfined('/usr/sbin/named', directory),
    args: ['-g', '-n', '2', '-c', 'named.conf'],
    directory,
    ready: async () => {
      const resolver = new Resolver({ timeout: 500, tries: 1 })
      resolver.setServers([addresses.resolver])
      await resolver.resolve4(EDGE)
      return true
    },
  })
  return {
    pid: named.pid,
    resolver: addresses.resolver,
    servers: [addresses.first, addresses.second],
    questions,
    stop: () => named.stop(),
  }
}

async function questions(): Promise<number> {
  const response = await fetch(`http://${statistics.address}:${statistics.port}/json/v1/server`)
  const { nsstats, views } = (await response.json()) as {
    nsstats: Record<string, number>
    views: Record<string, { resolver: { stats: Record<string, number> } }>
  }
  return (nsstats.Requestv4 ?? 0) - (views.resolver?.resolver.stats.Queryv4 ?? 0)
}

const fileOf = (zone: string) => join('zones', zone === '.' ? 'root.zone' : `${zone}.zone`)

function configuration(hosted: readonly string[]): string {
  const zone = (name: string) => `zone "${name}" { type primary; file "${fileOf(name)}"; };`
  return `
controls { };
statistics-channels { inet ${statistics.address} port ${statistics.port} allow { 127.0.0.0/8; }; };
options {
  directory ".";
  listen-on port 53 { ${Object.values(addresses)
    .map((address) => `${address};`)
    .join(' ')} };
  listen-on-v6 { none; };
  pid-file none;
  lock-file none;
  session-keyfile "session.key";
  managed-keys-directory ".";
  dnssec-validation no;
  empty-zones-enable no;
  notify no;
  minimal-responses no;
};
view "parent" {
  match-destinations { ${addresses.parent}; };
  recursion no;
  ${['.', 'test'].map(zone).join('\n  ')}
};
view "hosted" {
  match-destinations { ${addresses.first}; ${addresses.second}; };
  recursion no;
  ${hosted.map(zone).join('\n  ')}
};
view "resolver" {
  match-destinations { ${addresses.resolver}; };
  recursion yes;
  zone "." { type hint; file "root.hints"; };
};
`
}
