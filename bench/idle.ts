import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { fillState } from './fill-state.ts'
import { printTable } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const usageAtExit = fileURLToPath(new URL('usage-at-exit.ts', import.meta.url))
const DOMAINS = 100_000
const MEASURED = 60_000
/** Of starting, opening the state and the first look: what comes later is what an hour has sixty times. */
const WARM_UP = 5_000

/** No domain is watched: all of them would be due for a check a minute after they were made, and this is about what comes to nothing. */
function checkNothing(state: string): void {
  const database = new DatabaseSync(state)
  try {
    database.exec('update health set next_check_at = null')
  } finally {
    database.close()
  }
}

/** What `run` costs that has nothing to do: CPU of an hour, from a minute of it, and memory, by the number of domains. */
export async function measureIdle(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-idle-'))
  try {
    const state = join(directory, 'state.db')
    await fillState(state, DOMAINS)
    checkNothing(state)
    const rows = []
    for (const metrics of [false, true]) {
      const { cpuSeconds, megabytes } = await runFor(directory, metrics)
      const anHour = (cpuSeconds * 3_600_000) / MEASURED
      rows.push({
        what: `run, ${DOMAINS} domains${metrics ? ', with --metrics-file' : ''}`,
        measured: `${anHour.toFixed(1)} s CPU an hour, ${megabytes.toFixed(0)} MB`,
        bound: metrics ? '60 s, 250 MB' : '20 s, 200 MB',
        holds: anHour <= (metrics ? 60 : 20) && megabytes <= (metrics ? 250 : 200),
      })
    }
    printTable(`run with nothing to do, ${MEASURED / 1000} s of it`, rows)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function runFor(directory: string, metrics: boolean): Promise<{ cpuSeconds: number; megabytes: number }> {
  const usage = join(directory, 'usage.json')
  const files = metrics ? ['--metrics-file', join(directory, 'domainctl.prom')] : []
  const child = spawn(
    process.execPath,
    ['--import', usageAtExit, bin, 'run', '--state', `file:${directory}/state.db`, ...files],
    {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, BENCH_USAGE: usage },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  await sleep(WARM_UP)
  const before = await cpuSecondsOf(child.pid)
  await sleep(MEASURED)
  const cpuSeconds = (await cpuSecondsOf(child.pid)) - before
  child.kill('SIGTERM')
  const [code] = await ended
  if (code !== 0) throw new Error(`run ended with ${code}`)
  const { megabytes } = JSON.parse(await readFile(usage, 'utf8'))
  return { cpuSeconds, megabytes }
}

/** Of a process of this machine, in steps of 10 ms; Linux alone (proc(5), utime and stime). */
async function cpuSecondsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return ((utime ?? 0) + (stime ?? 0)) / 100
}
