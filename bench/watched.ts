import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { fillState } from './fill-state.ts'
import { printTable, run } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const usageAtExit = new URL('usage-at-exit.ts', import.meta.url).href
const SIZES = [1_000, 5_000]
const CHECKS_AN_HOUR = 4

/**
 * What health adds to `run`: CPU of checking every domain of a state once, less that of a run with nothing due, and memory by the
 * number of domains, which it must not grow with.
 */
export async function measureWatched(sizes: readonly number[] = SIZES): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  const world = spawn(process.execPath, [fileURLToPath(new URL('health-world.ts', import.meta.url)), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(createInterface(world.stdout), 'line')
    const env: Record<string, string> = JSON.parse(String(line))
    const rows = []
    for (const size of sizes) {
      const directory = join(folder, String(size))
      await mkdir(directory)
      const state = join(directory, 'state.db')
      await fillState(state, size, 'example.test')
      // First all of them, then none.
      makeDue(state)
      const checking = await runOnce(directory, env)
      const idle = await runOnce(directory, env)
      const ok = countOk(state)
      if (ok !== size) throw new Error(`${size - ok} of ${size} domains were not found well`)
      const each = (checking.cpuSeconds - idle.cpuSeconds) / size
      rows.push(
        {
          what: `${size} domains: CPU an hour that health adds for each 1,000`,
          measured: `${(each * 1_000 * CHECKS_AN_HOUR).toFixed(1)} s`,
        },
        { what: `${size} domains: peak memory, with and without checks`, measured: `${mb(checking)} MB, ${mb(idle)} MB` },
      )
    }
    printTable('run --once with every domain due for a check (DNS, TLS, chain, HTTP; damped, written)', rows)
  } finally {
    world.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Usage {
  cpuSeconds: number
  megabytes: number
}

async function runOnce(directory: string, env: Record<string, string>): Promise<Usage> {
  const usage = join(directory, 'usage.json')
  run([process.execPath, '--import', usageAtExit, bin, 'run', '--once', '--state', `file:${directory}/state.db`], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, ...env, BENCH_USAGE: usage },
  })
  return JSON.parse(await readFile(usage, 'utf8'))
}

function makeDue(file: string): void {
  const db = new DatabaseSync(file)
  db.exec('update health set next_check_at = 0')
  db.close()
}

function countOk(file: string): number {
  const db = new DatabaseSync(file)
  const row = db.prepare("select count(*) as ok from health where span_state = 'ok'").get()
  db.close()
  return Number(row?.ok)
}

function mb({ megabytes }: Usage): string {
  return megabytes.toFixed(0)
}
