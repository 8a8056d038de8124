import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Lab, startLab } from '../lab/lab.ts'
import { startPostgres } from '../packages/core/src/store/postgres-server.test.support.ts'
import { printTable } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const preload = pathToFileURL(join(import.meta.dirname, 'usage-at-exit.ts')).href
const WORKERS = [1, 2, 4, 8]
/** Renewals of a round. */
const NAMES = 240
/** Of all workers together: Pebble can lock itself up with more orders under way. */
const IN_FLIGHT = 16
/** One certificate in 256 Pebble cannot replace (lab/servers/pebble-serials.ts). */
const MOST_FAILED = 0.05
const KEY = '0f'.repeat(32)

/** How many renewals several processes make on one state, and what bounds them. */
export async function measureWorkers(): Promise<void> {
  const settings = { fsync: 'on', shared_buffers: '256MB' }
  await using server = await startPostgres('18', settings)
  const { rows } = await server.query('show data_directory')
  const postmaster = Number.parseInt(await readFile(join(rows[0].data_directory, 'postmaster.pid'), 'utf8'), 10)
  await measureOn('PostgreSQL 18', await server.createDatabase(), postmaster)
  await measureOn('SQLite', null, null)
}

/** @param server the process whose children serve the state; null where there is none */
async function measureOn(engine: string, url: string | null, server: number | null): Promise<void> {
  // A CA of its own, which takes every challenge for met: what it has issued before makes it slower.
  const lab = await startLab({ validateAtPrimary: true, pebble: { nonceReject: 0, alwaysValid: true } })
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    const state = url ?? `file:${join(directory, 'state.db')}`
    const bench = { lab, directory, state }
    await runWorkers(bench, 1, 'issue')
    const rates = []
    for (const workers of WORKERS) {
      const before = await spent(lab, server)
      const { seconds, done, cpuSeconds } = await runWorkers(bench, workers, 'renew', '--force')
      const after = await spent(lab, server)
      const share = (cpu: number) => `${((100 * cpu) / seconds / availableParallelism()).toFixed(0)} %`
      const named = after.map(({ what, cpu }, i) => `${what} ${share(cpu - (before[i]?.cpu ?? 0))}`)
      rates.push({
        what: `${workers} with ${IN_FLIGHT / workers} orders under way each`,
        measured: `${(done / seconds).toFixed(1)} /s; of the ${availableParallelism()} cores: workers ${share(cpuSeconds)}, ${named.join(', ')}`,
      })
    }
    printTable(`${engine}: ${NAMES} renewals by several processes on one state (${IN_FLIGHT} orders under way in all)`, rates)
  } finally {
    await rm(directory, { recursive: true, force: true })
    await lab.stop()
  }
}

/** Each process has its own part of the names, as what works through a shared list would give it. */
async function runWorkers(
  { lab, directory, state }: { lab: Lab; directory: string; state: string },
  workers: number,
  ...command: string[]
): Promise<{ seconds: number; done: number; cpuSeconds: number }> {
  const files = Array.from({ length: workers }, (_, n) => join(directory, `names${n}.txt`))
  for (const [n, file] of files.entries())
    await writeFile(
      file,
      Array.from({ length: NAMES }, (_, i) => `shop${i}.example.test\n`)
        .filter((_, i) => i % workers === n)
        .join(''),
    )
  const started = performance.now()
  const all = await Promise.all(
    files.map(async (file) => {
      const used = `${file}.json`
      const env = {
        PATH: process.env.PATH,
        HOME: directory,
        ...lab.env,
        DOMAINCTL_STATE: state,
        DOMAINCTL_ENCRYPTION_KEY: KEY,
        DOMAINCTL_ACCEPT_TOS: '1',
        DOMAINCTL_PROVIDER: 'rfc2136',
        DOMAINCTL_PROPAGATION: 'none',
        NODE_OPTIONS: `--import=${preload}`,
        BENCH_USAGE: used,
      }
      const args = [bin, ...command, '--json', '--concurrency', String(IN_FLIGHT / workers), '--from-file', file]
      const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] })
      const ended = once(child, 'exit')
      const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
      const [code] = await ended
      if (code !== 0 && code !== 7) throw new Error(`${command.join(' ')} ended with ${code}:\n${err}${out.slice(-2_000)}`)
      const { results }: { results: { ok: boolean }[] } = JSON.parse(out)
      const { cpuSeconds } = JSON.parse(await readFile(used, 'utf8'))
      return { done: results.filter(({ ok }) => ok).length, cpuSeconds }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const done = all.reduce((sum, worker) => sum + worker.done, 0)
  if (done < (1 - MOST_FAILED) * NAMES) throw new Error(`only ${done} of ${NAMES} were done`)
  return { seconds, done, cpuSeconds: all.reduce((sum, worker) => sum + worker.cpuSeconds, 0) }
}

/** Seconds of CPU that the servers have taken so far. */
async function spent(lab: Lab, server: number | null): Promise<{ what: string; cpu: number }[]> {
  const nameServers = lab.pids.filter((pid) => pid !== lab.pebble.pid)
  const cpus = await Promise.all(nameServers.map(cpuOf))
  return [
    { what: 'Pebble', cpu: await cpuOf(lab.pebble.pid) },
    { what: 'name servers', cpu: cpus.reduce((sum, cpu) => sum + cpu, 0) },
    ...(server === null ? [] : [{ what: 'PostgreSQL', cpu: await cpuOf(server) }]),
  ]
}

/** With its children that have ended (proc(5): utime, stime, cutime, cstime, in hundredths of a second). */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / 100
}
