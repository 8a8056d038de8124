import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fillState } from './fill-state.ts'
import { inTurn, printTable, run } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const DOMAINS = 10_000
const ROUNDS = 40
/** One that `fillState` makes. */
const NAME = 'shop000000.example'

/** What looks and ends at once, with a state of 10,000 domains: what each start costs is the whole of it. */
const SHORT: readonly (readonly [string, ...string[]])[] = [
  ['--help'],
  ['help', 'add'],
  ['completion', 'bash'],
  ['config', 'show'],
  ['show', NAME],
  ['records', NAME],
  ['history', NAME],
  ['audit', '--limit', '20'],
  ['list'],
  ['list', '--status', 'failed'],
  ['health', NAME, '--history', '1d'],
  ['account', 'list'],
  ['suspend', NAME],
  ['resume', NAME],
]
/** Of one that has no reason to take longer, which stands in bench/README.md. */
const MOST = 4

/** What starting costs, as multiples of `node -e 0` of the same Node. */
export async function measureStartup(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    console.log(`filling a state with ${DOMAINS} domains …`)
    const state = join(directory, 'state.db')
    await fillState(state, DOMAINS)
    const env = { PATH: process.env.PATH, HOME: directory, DOMAINCTL_STATE: `file:${state}` }
    const node = process.execPath
    const listed = JSON.parse(run([node, bin, 'list', '--json'], { env, cwd: directory }).stdout).domains.length
    const times = inTurn(ROUNDS, {
      bare: () => run([node, '-e', '0'], { env }).ms,
      version: () => run([node, bin, '--version'], { env }).ms,
      list: () => run([node, bin, 'list', '--json'], { env, cwd: directory }).ms,
    })
    const { bare = Number.NaN, version = Number.NaN, list = Number.NaN } = times
    const ratio = (ms: number) => `${ms.toFixed(0)} ms = ${(ms / bare).toFixed(2)} ×`
    printTable(`Start-up (medians of ${ROUNDS}, Node ${process.version})`, [
      { what: 'node -e 0', measured: `${bare.toFixed(0)} ms` },
      { what: 'domainctl --version', measured: ratio(version), bound: '1.4 ×', holds: version <= 1.4 * bare },
      {
        what: `domainctl list --json (${listed} of ${DOMAINS})`,
        measured: ratio(list),
        bound: '2.5 ×',
        holds: list <= 2.5 * bare,
      },
    ])
    const short = Object.fromEntries(
      SHORT.map((argv) => [argv.join(' '), () => run([node, bin, ...argv], { env, cwd: directory }).ms]),
    )
    const all = inTurn(ROUNDS / 2, { 'node -e 0': () => run([node, '-e', '0'], { env }).ms, ...short })
    const least = all['node -e 0'] ?? Number.NaN
    printTable(
      `Each command that looks and ends (medians of ${ROUNDS / 2})`,
      Object.entries(all).map(([what, ms]) => ({
        what,
        measured: `${ms.toFixed(0)} ms = ${(ms / least).toFixed(2)} ×`,
        ...(what in short && { bound: `${MOST.toFixed(1)} ×`, holds: ms <= MOST * least }),
      })),
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
