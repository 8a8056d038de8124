import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seeded } from '../lifecycle/seeded.ts'
import { expectAllOnce, expectLeasesEnd } from './chaos/aftermath.ts'
import { disturb } from './chaos/disturb.ts'
import { endOf, type Post, startFleet, startWorker } from './chaos/fleet.ts'
import { type Amounts, planDisturbances } from './chaos/plan.ts'
import { type ChaosState, postgresState, sqliteState } from './chaos/state.ts'
import { startLabWorld } from './world.ts'

const isLong = process.env.DOMAINCTL_LAB_LONG === '1'
const DOMAINS = Number(process.env.DOMAINCTL_CHAOS_DOMAINS ?? (isLong ? 2_000 : 40))
/** Told by whatever fails; DOMAINCTL_SOAK_SEED takes the same chances again. */
const SEED = Number(process.env.DOMAINCTL_SOAK_SEED ?? randomInt(2 ** 31))

/** Orders at a time, of each of eight: Pebble can deadlock at more than sixteen in all. */
const CONCURRENCY = 2
const MINUTE = 60_000

/** On the file of one machine, whose clock is that of all. */
const ON_ONE_MACHINE: readonly Post[] = Array.from({ length: 8 }, () => ({}))

/**
 * Four machines, two of which have a wrong clock. Signed updates (RFC 8945 §5.2.3) bear five minutes of that. Who is killed on another
 * machine keeps its lease until that ends: the short form has no time for it.
 */
const ON_MANY_MACHINES: readonly Post[] = [
  {},
  {},
  { isRelayed: true },
  { isRelayed: true },
  { clockOffMs: 4 * MINUTE, ...(isLong && { machine: 'ahead' }) },
  { clockOffMs: -4 * MINUTE, ...(isLong && { machine: 'behind' }) },
  { ...(isLong && { machine: 'far' }) },
  { ...(isLong && { machine: 'far' }), isRelayed: true },
]

/** So many in a thousand domains. */
const perThousand = (count: number) => Math.ceil((count * DOMAINS) / 1_000)

const AMOUNTS: Amounts = isLong
  ? {
      kill: perThousand(60),
      killAll: perThousand(2),
      freeze: perThousand(2),
      freezeMs: 75_000,
      restart: perThousand(6),
      cut: perThousand(15),
      silence: perThousand(2),
    }
  : { kill: 12, killAll: 1, freeze: 2, freezeMs: 1_000, restart: 2, cut: 4, silence: 1 }

const STATES: { on: string; posts: readonly Post[]; amounts: Amounts; open: () => Promise<ChaosState> }[] = [
  {
    on: 'one SQLite file',
    posts: ON_ONE_MACHINE,
    amounts: { ...AMOUNTS, restart: 0, cut: 0, silence: 0 },
    open: sqliteState,
  },
  { on: 'one PostgreSQL', posts: ON_MANY_MACHINES, amounts: AMOUNTS, open: () => postgresState('18') },
]

describe.each(STATES)('8 processes on $on', ({ on, posts, amounts, open }) => {
  test(`${DOMAINS} domains while they are killed: each is issued once, and nothing is left`, {
    timeout: isLong ? 3_600_000 : 240_000,
  }, async () => {
    await using world = await startLabWorld({
      pebble: { nonceReject: 0, ordersPerPage: 100 },
      validateAtPrimary: true,
    })
    await using state = await open()
    const names = Array.from({ length: DOMAINS }, (_, n) => `chaos${n}.example.test`)
    const since = performance.now()
    await using fleet = await startFleet({ world, state, names, posts, seed: SEED, concurrency: CONCURRENCY })
    const plan = planDisturbances(amounts, seeded(SEED), { domains: DOMAINS, workers: posts.length })
    const [disturbed] = await Promise.all([disturb(fleet, state, plan), fleet.done])
    const seconds = (performance.now() - since) / 1_000
    const { runs, kills, freezes, errors } = fleet.tally
    const figures = { runs, kills, freezes, ...disturbed, commitsCut: state.server?.relay.cuts ?? 0, errors, seed: SEED }
    process.stdout.write(
      `\n${DOMAINS} domains on ${on} in ${seconds.toFixed(0)} s (${(DOMAINS / seconds).toFixed(1)} a second)\n${JSON.stringify(figures)}\n\n`,
    )
    await expectLeasesEnd(state)
    await expectNothingToDo(world, state, names)
    await expectAllOnce(world, state, names)
    expect(kills).toBeGreaterThanOrEqual(amounts.kill - disturbed.missed)
    expect(disturbed.missed, 'disturbances that came too late').toBeLessThan(amounts.kill / 2)
  })
})

/** The next one to come may work on all of them at once, whoever was killed on them, and has nothing to issue. */
async function expectNothingToDo(
  world: Awaited<ReturnType<typeof startLabWorld>>,
  state: ChaosState,
  names: readonly string[],
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-chaos-last-'))
  try {
    await writeFile(join(directory, 'names'), names.join('\n'))
    const args = ['issue', '--from-file', 'names', '--concurrency', '16', '--json', '--quiet']
    const { code, stdout, stderr } = await endOf(startWorker(args, { directory, post: {}, o: { world, state } }))
    expect(code, `${stdout.slice(-2_000)}${stderr}`).toBe(0)
    expect(JSON.parse(stdout).summary).toEqual({ ok: 0, failed: 0, skipped: names.length })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
