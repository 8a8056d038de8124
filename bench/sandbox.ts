import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RRset } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'
import { startPebble } from '../lab/servers/pebble.ts'
import { createCertificateCrypto } from '../packages/core/src/acme/crypto.ts'
import { certificatesPerSecond, type LoadOptions } from './acme-load.ts'
import { median, printTable, run } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const starter = fileURLToPath(new URL('sandbox-start.ts', import.meta.url))
const ROUNDS = 5
const BATCH = 400
const IN_FLIGHT = 8
const MANY = 10_000

type Target = Pick<LoadOptions, 'directoryUrl' | 'roots' | 'publish'>

interface SandboxProcess extends Target {
  readonly pid: number
  readonly resolver: string
  stop(): Promise<void>
}

/** How long it takes until a sandbox answers, in a process that has imported it. */
export function measureSandboxStart(): void {
  const times = Array.from({ length: 2 * ROUNDS }, () => JSON.parse(run([process.execPath, starter]).stdout))
  const of = (what: 'imported' | 'first' | 'second') => median(times.map((time) => time[what]))
  const bounded = (what: 'first' | 'second') => ({
    measured: `${of(what).toFixed(0)} ms`,
    bound: '150 ms',
    holds: of(what) <= 150,
  })
  printTable(`Start of the sandbox to its first answer over TLS (medians of ${times.length})`, [
    { what: 'startSandbox(), the first in a process', ...bounded('first') },
    { what: 'startSandbox(), the second', ...bounded('second') },
    { what: "import '@domainctl/sandbox', before that", measured: `${of('imported').toFixed(0)} ms` },
  ])
}

/** The same client against the sandbox's CA and Pebble; each looks at name servers of a sandbox of its own. */
export async function measureSandboxCa(): Promise<void> {
  await using resources = new AsyncDisposableStack()
  const sandbox = await startSandboxProcess()
  resources.defer(() => sandbox.stop())
  const names = await startSandboxProcess()
  resources.defer(() => names.stop())
  const rates = { sandbox: [] as number[], pebble: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    const load = await batch(`round${round}`)
    rates.sandbox.push(await certificatesPerSecond({ ...sandbox, ...load, inFlight: IN_FLIGHT }))
    const rate = await pebbleRate(names, load)
    if (rate !== null) rates.pebble.push(rate)
  }
  const [ours, theirs] = [median(rates.sandbox), median(rates.pebble)]
  printTable(`Certificates with validation over DNS (medians of ${ROUNDS} times ${BATCH}, ${IN_FLIGHT} in flight, one client)`, [
    {
      what: `Pebble, name servers of a sandbox${rates.pebble.length < ROUNDS ? ` (${ROUNDS - rates.pebble.length} rounds locked up)` : ''}`,
      measured: `${theirs.toFixed(0)} /s`,
    },
    {
      what: 'the sandbox',
      measured: `${ours.toFixed(0)} /s = ${(ours / theirs).toFixed(2)} ×`,
      bound: '1.0 ×',
      holds: ours >= theirs,
    },
  ])
  const memory = await measureMemory(sandbox)
  printTable(
    'Memory of the sandbox (resident)',
    memory.map(([count, megabytes]) => ({ what: `after ${count} certificates`, measured: `${megabytes} MB` })),
  )
}

/** Null when it does not answer any more: under load it can lock itself up, so each round has a fresh one. */
async function pebbleRate(names: SandboxProcess, load: Awaited<ReturnType<typeof batch>>): Promise<number | null> {
  const pebble = await startPebble({ dnsServer: names.resolver, nonceReject: 0 })
  try {
    const target = {
      directoryUrl: pebble.directoryUrl,
      roots: await readFile(pebble.tls.rootFile, 'utf8'),
      publish: names.publish,
    }
    return await certificatesPerSecond({ ...target, ...load, inFlight: IN_FLIGHT })
  } catch (error) {
    if (error instanceof Error && error.message.includes('did not answer')) return null
    throw error
  } finally {
    await pebble.stop()
  }
}

/** From what it has issued already up to {@link MANY}. */
async function measureMemory(sandbox: SandboxProcess): Promise<[certificates: number, megabytes: number][]> {
  const seen: [number, number][] = [[ROUNDS * BATCH, await residentMegabytes(sandbox.pid)]]
  const load = await batch('memory')
  for (let issued = (ROUNDS + 1) * BATCH; issued <= MANY; issued += BATCH) {
    await certificatesPerSecond({ ...sandbox, ...load, inFlight: IN_FLIGHT })
    if (issued % (MANY / 5) === 0) seen.push([issued, await residentMegabytes(sandbox.pid)])
  }
  return seen
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024)
}

async function batch(label: string): Promise<Pick<LoadOptions, 'names' | 'requests'>> {
  const { createKey, createCsr } = createCertificateCrypto()
  const names = Array.from({ length: BATCH }, (_, i) => `${label}-${i}.example.test`)
  const requests: Uint8Array[] = []
  for (const name of names) requests.push(await createCsr(await createKey('ec256'), [name]))
  return { names, requests }
}

/** As users start it, in a process of its own. */
async function startSandboxProcess(): Promise<SandboxProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  const child = spawn(process.execPath, [bin, 'sandbox', 'start', '--dir', directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { env } = JSON.parse(line)
  const zone = { id: 'example.test', name: 'example.test' }
  const provider = createRfc2136({
    nameserver: env.RFC2136_NAMESERVER,
    tsigKey: env.RFC2136_TSIG_KEY,
    tsigSecret: env.RFC2136_TSIG_SECRET,
  })
  const { signal } = new AbortController()
  return {
    pid: child.pid ?? 0,
    directoryUrl: env.DOMAINCTL_CA,
    roots: await readFile(env.DOMAINCTL_CA_ROOT, 'utf8'),
    resolver: env.DOMAINCTL_RESOLVER,
    async publish(name, value, present) {
      const rrset: RRset = { name, type: 'TXT', ttl: 60, values: [value] }
      await (present ? provider.addValues(zone, rrset, { signal }) : provider.removeValues(zone, rrset, { signal }))
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      await rm(directory, { recursive: true, force: true })
    },
  }
}
