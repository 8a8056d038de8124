import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { startProgram } from '../lifecycle/command.ts'
import { type Chances, seeded } from '../lifecycle/seeded.ts'
import { postgresMissing, startPostgres } from '../packages/core/src/store/postgres-server.test.support.ts'
import { fillSource, tablesOf } from './state-copy/source.ts'

const isLong = process.env.DOMAINCTL_LAB_LONG === '1'
const DOMAINS = isLong ? 100_000 : 2_000
/** On each of the two ways. */
const KILLS = isLong ? 5 : 4
/** Told by whatever fails; DOMAINCTL_SOAK_SEED takes the same chances again. */
const SEED = Number(process.env.DOMAINCTL_SOAK_SEED ?? randomInt(2 ** 31))
const KEY = '0f'.repeat(32)
/** What a copy may take at most, whatever its length, resident, in MB. */
const MEMORY = 400

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const child = fileURLToPath(new URL('state-copy/child.ts', import.meta.url))
const usage = pathToFileURL(fileURLToPath(new URL('../bench/usage-at-exit.ts', import.meta.url))).href

test.skipIf(postgresMissing('18') !== null)(
  `${DOMAINS} domains from a file to Postgres and back, killed ${2 * KILLS} times on the way: the same`,
  { timeout: 3_600_000 },
  async () => {
    await using server = await startPostgres('18')
    const directory = await mkdtemp(join(tmpdir(), 'domainctl-copy-'))
    try {
      const [one, two] = [join(directory, 'one.db'), join(directory, 'two.db')]
      await fillSource(one, DOMAINS, KEY)
      const url = await server.createDatabase()
      const chances = seeded(SEED)
      const there = await copyWithKills({ from: `file:${one}`, to: url, directory, chances })
      const back = await copyWithKills({ from: url, to: `file:${two}`, directory, chances })
      expect(back.tables, `seed ${SEED}`).toEqual(there.tables)
      expect(tablesOf(two), `seed ${SEED}`).toEqual(tablesOf(one))
      for (const { megabytes } of [there, back]) expect(megabytes).toBeLessThan(MEMORY)
      process.stdout.write(`\n${DOMAINS} domains, seed ${SEED}; the run after the last kill:\n${there.told}\n${back.told}\n\n`)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
)

interface Way {
  from: string
  to: string
  directory: string
  chances: Chances
}

/** Kills it again and again, each time at another page, then lets the command go on to the end. */
async function copyWithKills(way: Way): Promise<{ tables: unknown; megabytes: number; told: string }> {
  const { from, to, directory, chances } = way
  for (let kill = 0; kill < KILLS; kill++) await killAfter(chances.between(1, pagesOf(DOMAINS)), way)
  const used = join(directory, 'usage.json')
  const started = performance.now()
  const { code, stdout, stderr } = await startProgram(bin, ['state', 'copy', from, to, '--json'], {
    directory,
    env: { HOME: directory, DOMAINCTL_ENCRYPTION_KEY: KEY, NODE_OPTIONS: `--import=${usage}`, BENCH_USAGE: used },
  }).finished
  expect(code, `seed ${SEED}: ${stderr}`).toBe(0)
  const seconds = (performance.now() - started) / 1000
  const { cpuSeconds, megabytes } = JSON.parse(await readFile(used, 'utf8'))
  const told = `  to ${new URL(to).protocol} ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${megabytes.toFixed(0)} MB`
  return { tables: JSON.parse(stdout).tables, megabytes, told }
}

/** The pages of the tables that have a row for each domain: fewer than there are. */
function pagesOf(domains: number): number {
  return Math.floor(domains / 2_000) * 4
}

/** Somewhere in the pages after that many: the line has to come here first. */
async function killAfter(pages: number, { from, to, directory }: Way): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: directory }
  const copying = spawn(process.execPath, [child, from, to, KEY], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(copying, 'exit')
  let seen = 0
  for await (const _ of createInterface({ input: copying.stdout })) {
    seen += 1
    if (seen === pages) copying.kill('SIGKILL')
  }
  expect((await ended)[1], `seed ${SEED}, after ${pages} pages`).toBe('SIGKILL')
}
