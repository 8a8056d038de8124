import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DomainFilter, type Store, systemClock, systemRandom } from '@domainctl/core'
import { openSqliteStore } from '../packages/core/src/store/open.ts'
import { openPostgresStore } from '../packages/core/src/store/open-postgres.ts'
import { DUE, ENGINES, type EngineName, type LargeState, type LargeStates, openLargeStates } from './large-states.ts'
import { inTurn, median, printTable, run } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const SMALL = 1_000
const MIDDLE = 10_000
const LARGE = 1_000_000
/** Of what the library answers, after a few that do not count. */
const CALLS = 101
const WARM_UPS = 20
const COMMANDS = 15
/** Names that one `add` adds. */
const ADDED = 10_000
const BOUND = 1.5
const DAY = 86_400_000

type Call = (store: Store, now: number) => Promise<unknown>

/** What a state of a million domains costs against a small one, on both engines. */
export async function measureState(): Promise<void> {
  await using states = await openLargeStates()
  for (const engine of ENGINES) {
    console.log(`filling ${engine} with ${LARGE} domains …`)
    const of = {
      [SMALL]: await states.make(engine, SMALL, { isLean: true }),
      [MIDDLE]: await states.make(engine, MIDDLE, { isLean: true }),
      [LARGE]: await states.make(engine, LARGE, { isLean: true }),
    }
    await measureCalls(engine, states, of)
    measureCommand(engine, states, of)
    for (const state of Object.values(of)) await states.drop(state)
  }
  for (const engine of ENGINES) await measureSize(engine, states)
  for (const engine of ENGINES) await measureAdd(engine, states)
}

const dueWork: Call = (store, now) => store.dueDomains(new Date(now), DUE)
const list =
  (filter: DomainFilter = {}): Call =>
  (store) =>
    store.listDomains({ tenant: 'default', ...filter }, { limit: 100 })

const latePage: Call = (store) => {
  const cursor = Buffer.from(JSON.stringify(['default', 'shop8'])).toString('base64url')
  return store.listDomains({ tenant: 'default' }, { limit: 100, cursor })
}

/** Filters, with how many of the domains they leave. */
const filters = (now: number): Record<string, DomainFilter> => ({
  'status active (99 %)': { status: 'active' },
  'status failed (5 ‰)': { status: 'failed' },
  'status suspended (none)': { status: 'suspended' },
  'expiring within 7 days (1 ‰)': { expiringBefore: new Date(now + 7 * DAY) },
  'expiring within 60 days (half)': { expiringBefore: new Date(now + 60 * DAY) },
  'expiring within an hour (none)': { expiringBefore: new Date(now) },
  'label plan=pro (a quarter)': { labels: { plan: 'pro' } },
  'label customer=c77 (ten)': { labels: { customer: 'c77' } },
})

async function measureCalls(engine: EngineName, states: LargeStates, of: Record<number, LargeState>): Promise<void> {
  const stores: Record<number, Store> = {}
  for (const [size, state] of Object.entries(of)) stores[Number(size)] = await openStore(state, states)
  try {
    const compare = async (call: Call, sizes: readonly number[], calls = CALLS) => {
      const times = new Map(sizes.map((size) => [size, [] as number[]]))
      // In turn, so that whatever else the machine does befalls all alike.
      for (let round = -Math.min(WARM_UPS, calls); round < calls; round++) {
        for (const [size, all] of times) {
          const store = stores[size]
          if (!store) throw new Error(`there is no state of ${size}`)
          const started = performance.now()
          await call(store, states.now)
          if (round >= 0) all.push(performance.now() - started)
        }
      }
      return sizes.map((size) => median(times.get(size) ?? []))
    }
    const row = (what: string, [small = Number.NaN, large = Number.NaN]: number[], bound?: number) => ({
      what,
      measured: `${small.toFixed(2)} ms, ${large.toFixed(2)} ms = ${(large / small).toFixed(2)} ×`,
      ...(bound !== undefined && { bound: `${bound} ×`, holds: large <= bound * small }),
    })
    printTable(`${engine}: a state of ${LARGE} domains against a small one (medians of ${CALLS}, one process)`, [
      row(`due: ${DUE} of ${MIDDLE}, of ${LARGE}`, await compare(dueWork, [MIDDLE, LARGE]), BOUND),
      row(`a page of 100: of ${SMALL}, of ${LARGE}`, await compare(list(), [SMALL, LARGE]), BOUND),
      row(`a page after four fifths: of ${SMALL}, of ${LARGE}`, await compare(latePage, [SMALL, LARGE]), BOUND),
    ])
    const rows = []
    for (const [what, filter] of Object.entries(filters(states.now)))
      rows.push(row(what, await compare(list(filter), [SMALL, LARGE], 5)))
    printTable(`${engine}: a page of 100 by filter, of ${SMALL}, of ${LARGE} (medians of 5)`, rows)
  } finally {
    for (const store of Object.values(stores)) await store.close()
  }
}

function measureCommand(engine: EngineName, states: LargeStates, of: Record<number, LargeState>): void {
  const command = (size: number) => () =>
    run([process.execPath, bin, 'list', '--json'], { cwd: states.directory, env: environment(states, of[size]?.url ?? '') }).ms
  const { small = Number.NaN, large = Number.NaN } = inTurn(COMMANDS, { small: command(SMALL), large: command(LARGE) })
  printTable(`${engine}: domainctl list --json (medians of ${COMMANDS})`, [
    {
      what: `of ${SMALL}, of ${LARGE}`,
      measured: `${small.toFixed(0)} ms, ${large.toFixed(0)} ms = ${(large / small).toFixed(2)} ×`,
      bound: `${BOUND} ×`,
      holds: large <= BOUND * small,
    },
  ])
}

/** What a domain takes on the disk: with an order, a certificate and all that the audit says of its first issue. */
async function measureSize(engine: EngineName, states: LargeStates): Promise<void> {
  const state = await states.make(engine, MIDDLE)
  printTable(`${engine}: on disk, of ${MIDDLE} domains`, [
    {
      what: 'a domain with its order, its certificate (chain, sealed key) and 12 lines of audit, with all indexes',
      measured: `${(state.bytes / MIDDLE / 1024).toFixed(1)} KiB`,
    },
  ])
  await states.drop(state)
}

async function measureAdd(engine: EngineName, states: LargeStates): Promise<void> {
  const directory = await mkdtemp(join(states.directory, 'add-'))
  const names = join(directory, 'names.txt')
  await writeFile(names, Array.from({ length: ADDED }, (_, n) => `shop${n}.example.com\n`).join(''))
  const url = await states.makeEmpty(engine)
  const options = ['--quiet', '--provider', 'manual', '--target', 'edge.example.net', '--from-file', names]
  const { ms } = run([process.execPath, bin, 'add', ...options], { cwd: directory, env: environment(states, url) })
  printTable(`${engine}: domainctl add --from-file, ${ADDED} names`, [
    { what: 'from beginning to end', measured: `${(ms / 1000).toFixed(1)} s, ${((ADDED / ms) * 1000).toFixed(0)} domains/s` },
  ])
  await rm(directory, { recursive: true })
}

function environment({ directory, encryptionKey }: LargeStates, state: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: directory, DOMAINCTL_STATE: state, DOMAINCTL_ENCRYPTION_KEY: encryptionKey }
}

function openStore({ url }: LargeState, { encryptionKey: key }: LargeStates): Promise<Store> {
  const o = { clock: systemClock(), random: systemRandom(), key }
  return url.startsWith('file:') ? openSqliteStore(url.slice('file:'.length), o) : openPostgresStore(url, o)
}
