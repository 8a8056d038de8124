import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startTlsServer } from '../lifecycle/tls-server.ts'
import { endOf, type Post, startWorker } from './chaos/fleet.ts'
import { type ChaosState, postgresState } from './chaos/state.ts'
import { expectEachRenewedOnce } from './run-fleet/aftermath.ts'
import { startRuns } from './run-fleet/runs.ts'
import { visit } from './run-fleet/served.ts'
import { startLabWorld } from './world.ts'

// Requirements E5, and the second show of it: several `run` on one PostgreSQL, certificates that live for minutes, and one of them
// killed each minute. Whoever visits sees a certificate that is right at every moment.

const isLong = process.env.DOMAINCTL_LAB_LONG === '1'
const NAMES = Array.from({ length: isLong ? 50 : 6 }, (_, n) => `run${n}.example.test`)
const LIFETIME_S = isLong ? 360 : 84
const DURATION_MS = isLong ? Number(process.env.DOMAINCTL_RUN_MINUTES ?? 15) * 60_000 : 95_000
const BETWEEN_KILLS_MS = isLong ? 60_000 : 13_000

/** In the long form each is on a machine of its own: the lease of one that was killed is taken over when its time is over. */
const POSTS: readonly Post[] = isLong ? [{}, { machine: 'second' }, { machine: 'third' }] : [{}, {}, {}]
/** Of each of three: Pebble can deadlock at more than sixteen orders at a time. */
const CONCURRENCY = 4

/** What may come of a domain while others are at work on it, and while one of them is killed. */
const EXPLAINED = /^(domain (verified|issued|renewed|nothing|not ready)|deploy (deployed|nothing)|health .*|log warn)$/

/** Of one certificate in 256 (lab/servers/pebble-serials.ts): the next attempt, a minute later, says no more what it replaces. */
const PEBBLES_OWN = /could not find order resulting in the given certificate serial number/

test(`${POSTS.length} runs on one PostgreSQL, one of which is killed again and again: nothing expires, each renewal is done once`, {
  timeout: DURATION_MS + 300_000,
}, async () => {
  await using world = await startLabWorld({
    pebble: { nonceReject: 0, ordersPerPage: 100, validityPeriod: LIFETIME_S },
    validateAtPrimary: true,
  })
  await using state = await postgresState('18')
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-run-fleet-'))
  try {
    const folder = join(directory, 'tls')
    await mkdir(folder)
    await using server = await startTlsServer(folder)
    await writeFile(join(directory, 'domainctl.config.json'), configuration(folder, server.address))
    const added = await endOf(
      startWorker(['add', ...NAMES, '--deploy', 'web', '--json', '--quiet'], { directory, post: {}, o: { world, state } }),
    )
    expect(added.code, added.stdout.slice(-2_000) + added.stderr).toBe(0)

    await using visitor = visit(world, { address: server.address, names: NAMES, everyMs: isLong ? 1_000 : 200 })
    const until = performance.now() + DURATION_MS
    await using runs = await startRuns({
      world,
      state,
      posts: POSTS,
      directory,
      args: ['--concurrency', String(CONCURRENCY)],
    })
    let next = 0
    while (performance.now() + BETWEEN_KILLS_MS < until) {
      await sleep(BETWEEN_KILLS_MS)
      expect(visitor.faults, await timeline(state)).toEqual([])
      await runs.kill(next++ % POSTS.length)
    }
    await sleep(Math.max(0, until - performance.now()))
    expect(await runs.stop(), 'exit codes').toEqual(POSTS.map(() => 0))
    // What the last kill and the end have left is gone on with by the next one.
    const last = await endOf(startWorker(['run', '--once', '--json'], { directory, post: {}, o: { world, state } }))
    expect(last.code, last.stdout.slice(-2_000) + last.stderr).toBe(0)
    // What was put there last is seen as well.
    await visitor.stop()
    process.stdout.write(
      `\n${NAMES.length} domains, ${LIFETIME_S} s each, for ${DURATION_MS / 1_000} s: ${JSON.stringify({ ...runs.tally, ...visitor.tally })}\n\n`,
    )
    expect(visitor.faults, await timeline(state)).toEqual([])
    expect(visitor.hasSeen(NAMES)).toBe(true)
    expect(runs.told.filter(({ what, message }) => !EXPLAINED.test(what) && !PEBBLES_OWN.test(message))).toEqual([])
    expect(runs.tally.kills).toBe(next)
    await expectEachRenewedOnce(world, state, { names: NAMES, visitor, lifetimeMs: LIFETIME_S * 1_000, least: isLong ? 3 : 2 })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

function configuration(folder: string, address: string): string {
  const web = { type: 'files', folder: join(folder, '{name}'), proveAt: [address] }
  return JSON.stringify({ targets: { web } })
}

/** Of all names, for whoever has to see why one of them came too late. */
async function timeline(state: ChaosState): Promise<string> {
  const lines = await state.query(
    'select a.at, d.name, a.event, a.message from audit a join domains d on d.id = a.domain_id order by d.name, a.seq',
  )
  return lines
    .map(({ at, name, event, message }) => `${new Date(Number(at)).toISOString()} ${name} ${event} ${message}`)
    .join('\n')
}
