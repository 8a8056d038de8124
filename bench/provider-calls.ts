import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { type ApiProxy, startApiProxy } from './api-proxy.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
/** Debian's lego is built without Cloudflare, so `scripts/lab-install.sh --bench` builds one. */
const legoFile = fileURLToPath(new URL('../.lab/bin/lego', import.meta.url))
const legoVersionFile = fileURLToPath(new URL('lego.version', import.meta.url))
const PROVIDERS = ['cloudflare', 'route53', 'godaddy'] as const
/** lego waits for seconds between two names. */
const LONGEST_MS = 300_000
type Provider = (typeof PROVIDERS)[number]
interface Counts {
  calls: Record<string, number>
  /** TXT values that are still there when the client has ended. */
  left: number
}

/** The names of one certificate; `zone` is fresh in each case. */
const CASES = {
  '1 name': (zone: string) => [`www.${zone}`],
  'apex and wildcard': (zone: string) => [zone, `*.${zone}`],
  '10 names': (zone: string) => Array.from({ length: 10 }, (_, i) => `n${i}.${zone}`),
} as const
type Case = keyof typeof CASES

/** The operations, as the sandbox names them, in the words of their API. */
const CALLS: Record<Provider, Record<string, string>> = {
  cloudflare: {
    listZones: 'GET /zones',
    getZone: 'GET /zones/{id}',
    listRecords: 'GET /zones/{id}/dns_records',
    getRecord: 'GET /zones/{id}/dns_records/{id}',
    createRecord: 'POST /zones/{id}/dns_records',
    updateRecord: 'PUT /zones/{id}/dns_records/{id}',
    editRecord: 'PATCH /zones/{id}/dns_records/{id}',
    deleteRecord: 'DELETE /zones/{id}/dns_records/{id}',
    batchRecords: 'POST /zones/{id}/dns_records/batch',
  },
  route53: {
    ListHostedZones: 'GET /hostedzone',
    ListHostedZonesByName: 'GET /hostedzonesbyname',
    GetHostedZone: 'GET /hostedzone/{id}',
    ListResourceRecordSets: 'GET /hostedzone/{id}/rrset',
    ChangeResourceRecordSets: 'POST /hostedzone/{id}/rrset',
    GetChange: 'GET /change/{id}',
  },
  godaddy: {
    listDomains: 'GET /v1/domains',
    getDomain: 'GET /v1/domains/{domain}',
    getRecords: 'GET /v1/domains/{domain}/records/{type}/{name}',
    addRecords: 'PATCH /v1/domains/{domain}/records',
    replaceRecords: 'PUT /v1/domains/{domain}/records/{type}/{name}',
    replaceType: 'PUT /v1/domains/{domain}/records/{type}',
    deleteRecords: 'DELETE /v1/domains/{domain}/records/{type}/{name}',
  },
}

interface Bench {
  directory: string
  sandbox: Sandbox
  proxy: ApiProxy
  env: Record<string, string>
}

/** A client gets one certificate by one provider. */
type Client = (bench: Bench, provider: Provider, names: readonly string[]) => Promise<void>

/**
 * How often domainctl and lego call the API of a provider for one certificate, by the counts of the sandbox's APIs. lego,
 * which knows its APIs by their real names alone, comes there through a proxy.
 */
export async function measureProviderCalls(): Promise<void> {
  const version = (await readFile(legoVersionFile, 'utf8')).trim()
  if (!existsSync(legoFile)) {
    throw new Error(`bench: this needs lego ${version} in .lab/bin: npm run lab:install -- --bench`)
  }
  for (const provider of PROVIDERS) {
    const rows: Row[] = []
    for (const [what, namesIn] of Object.entries(CASES) as [Case, (zone: string) => string[]][]) {
      const ours = await count(provider, namesIn, domainctl)
      const theirs = await count(provider, namesIn, lego)
      rows.push({ what, values: namesIn('example.test').length, ours, theirs })
    }
    print(provider, rows)
  }
}

interface Row {
  what: Case
  /** TXT values that are added and removed. */
  values: number
  ours: Counts
  theirs: Counts
}

/** Each count has a sandbox of its own: its limits are as full as in the first call, and nobody knows a zone yet. */
async function count(provider: Provider, namesIn: (zone: string) => string[], client: Client): Promise<Counts> {
  await using resources = new AsyncDisposableStack()
  const sandbox = resources.use(await startSandbox())
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  resources.defer(() => rm(directory, { recursive: true, force: true }))
  const { cloudflare, route53, godaddy } = sandbox.apis
  const proxy = await startApiProxy(directory, {
    'api.cloudflare.com': cloudflare.url,
    'route53.amazonaws.com': route53.url,
    'api.godaddy.com': godaddy.url,
  })
  resources.defer(() => proxy.stop())
  const env = { HOME: directory, ...(await sandbox.environment(join(directory, 'sandbox'))) }

  const names = namesIn('example.test')
  await client({ directory, sandbox, proxy, env }, provider, names)
  const places = new Set(names.map((name) => `_acme-challenge.${name.replace('*.', '')}`))
  const left = [...places].flatMap((place) => sandbox.dns.values(place, 'TXT')).length
  const counts = Object.entries<number>(sandbox.apis[provider].requests).filter(([, n]) => n > 0)
  const passed = proxy.takeRequests()
  const counted = counts.reduce((sum, [, n]) => sum + n, 0)
  if (client === lego && passed.length !== counted) {
    throw new Error(`${passed.length} requests went through, ${counted} were counted: ${passed}`)
  }
  return { calls: Object.fromEntries(counts), left }
}

async function domainctl({ directory, env }: Bench, provider: Provider, names: readonly string[]): Promise<void> {
  const [name = '', ...more] = names
  const san = more.length > 0 ? ['--san', more.join(',')] : []
  await succeed([process.execPath, bin, 'issue', name, ...san, '--provider', provider], directory, {
    ...env,
    DOMAINCTL_ACCEPT_TOS: '1',
  })
}

async function lego({ directory, sandbox, proxy, env }: Bench, provider: Provider, names: readonly string[]): Promise<void> {
  const path = join(directory, 'lego')
  await mkdir(path)
  const account = ['--server', sandbox.ca.directoryUrl, '--path', path, '--email', 'lego@example.test', '--accept-tos']
  // Its look at the name servers goes through the system, which knows nothing of the sandbox.
  const dns = ['--dns', provider, '--dns.resolvers', sandbox.dns.resolver, '--dns.disable-cp']
  const domains = names.flatMap((name) => ['--domains', name])
  // Newer SDKs of AWS would find the sandbox by themselves, past the proxy.
  const { AWS_ENDPOINT_URL_ROUTE_53: _, ...found } = env
  await succeed([legoFile, ...account, ...dns, ...domains, 'run'], directory, {
    ...found,
    HTTPS_PROXY: proxy.url,
    SSL_CERT_FILE: proxy.rootFile,
    LEGO_CA_CERTIFICATES: env.DOMAINCTL_CA_ROOT ?? '',
    CLOUDFLARE_DNS_API_TOKEN: env.CLOUDFLARE_API_TOKEN ?? '',
    // How long it sleeps, which is no call: in the sandbox everything is there at once.
    ...Object.fromEntries(['CLOUDFLARE', 'AWS', 'GODADDY'].map((prefix) => [`${prefix}_POLLING_INTERVAL`, '1'])),
    GODADDY_SEQUENCE_INTERVAL: '1',
  })
}

/** Throws when it fails: a failure is never a measurement. The sandbox is in this process, so nothing here may block. */
async function succeed([file, ...args]: readonly [string, ...string[]], cwd: string, env: Record<string, string>): Promise<void> {
  const o = { cwd, env: { PATH: process.env.PATH, ...env }, timeout: LONGEST_MS } as const
  const child = spawn(file, args, { ...o, stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} failed (exit ${code}):\n${stderr}${stdout}`)
}

function print(provider: Provider, rows: readonly Row[]): void {
  console.log(`\nAPI calls for one certificate: ${provider} (TXT values added and removed; domainctl | lego)`)
  const used = Object.keys(CALLS[provider]).filter((operation) =>
    rows.some((row) => row.ours.calls[operation] || row.theirs.calls[operation]),
  )
  const width = Math.max(...used.map((operation) => CALLS[provider][operation]?.length ?? 0), 'values left behind'.length)
  const line = (what: string, cells: readonly string[]) =>
    console.log(`  ${what.padEnd(width)}${cells.map((cell) => cell.padStart(20)).join('')}`)
  const both = (of: (row: Row, counts: Counts) => string | number) =>
    rows.map((row) => `${of(row, row.ours)} | ${of(row, row.theirs)}`)
  line(
    '',
    rows.map(({ what }) => what),
  )
  for (const operation of used)
    line(
      CALLS[provider][operation] ?? operation,
      both((_, { calls }) => calls[operation] ?? 0),
    )
  line(
    'all',
    both((_, { calls }) => sum(calls)),
  )
  line(
    'for each value',
    both(({ values }, counts) => (sum(counts.calls) / values).toFixed(1)),
  )
  line(
    'values left behind',
    both((_, { left }) => left),
  )
}

function sum(calls: Counts['calls']): number {
  return Object.values(calls).reduce((all, n) => all + n, 0)
}
