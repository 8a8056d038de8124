import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fillState } from './fill-state.ts'
import { inTurn, printTable, run } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const DOMAINS = 10_000
const ROUNDS = 40

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
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
