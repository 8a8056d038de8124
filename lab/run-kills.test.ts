import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { openShell, type Shell, type Started } from '../lifecycle/command.ts'
import { seeded } from '../lifecycle/seeded.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { pebblePaths } from './fault-rule.ts'
import { expectNoTrace } from './kills/aftermath.ts'
import { killAt, nameOf, STATIONS } from './kills/stations.ts'
import { startLabWorld } from './world.ts'

// `run` killed at every state of an order, and asked to end in it while the CA does not answer: it ends in its time and with 0, and
// the next one goes on with the same order (requirements C6, E5).

const ROUNDS = process.env.DOMAINCTL_LAB_LONG === '1' ? STATIONS.length * 4 : 8
/** From one round to the next; it has no factor in common with the number of stations. */
const STRIDE = 5
const SEED = Number(process.env.DOMAINCTL_SOAK_SEED ?? 9)

test(`run killed or stopped ${ROUNDS} times at states of an order: the next one ends it, and leaves no trace`, {
  timeout: 3_600_000,
}, async () => {
  await using world = await startLabWorld({ pebble: { nonceReject: 0 } })
  const proxy = await startFaultProxy(world.pebble)
  const tally: Record<string, number> = {}
  try {
    await using shell = await openShell({ env: { ...world.env, DOMAINCTL_CA: proxy.directoryUrl } })
    expect(await shell.domainctl('issue', 'warm-up.example.test')).toMatchObject({ code: 0 })
    const scene = { proxy, directory: shell.directory, chances: seeded(SEED) }
    const orders = () => proxy.passed.filter(({ path, status }) => path === pebblePaths.newOrder && status === 201).length
    for (let round = 0; round < ROUNDS; round++) {
      const station = STATIONS[(STRIDE * round) % STATIONS.length]
      if (!station) throw new Error('there is no station')
      const by = round % 2 === 0 ? 'SIGKILL' : 'SIGTERM'
      const what = `${by} ${nameOf(station)}`
      const name = `run${round}.example.test`
      expect(await shell.domainctl('add', name, '--san', `www.${name}`), what).toMatchObject({ code: 0 })
      const before = orders()
      let started: Started | undefined
      const start = () => {
        started = startUntilIssued(shell)
        return started
      }
      const isReached = await killAt(station, start, scene, by)
      if (by === 'SIGTERM') expect((await started?.finished)?.code, what).toBe(0)
      tally[isReached ? what : 'over before'] = (tally[isReached ? what : 'over before'] ?? 0) + 1
      const last = await shell.domainctl('run', '--once')
      expect(last, `${what}: ${last.stdout}${last.stderr}`).toMatchObject({ code: 0 })
      expect(orders() - before, what).toBe(1)
      await expectNoTrace(world, shell.directory, name, what)
    }
  } finally {
    await proxy.stop()
  }
  process.stdout.write(`\n${JSON.stringify(tally)}\n\n`)
  expect(tally['over before'] ?? 0).toBeLessThanOrEqual(ROUNDS / 2)
})

/** One that ends by itself when it has issued: it was not at the station then. */
function startUntilIssued(shell: Shell): Started {
  const started = shell.start('run', '--json', '--drain-timeout', '1s')
  if (!started.child.stdout) throw new Error('the command was started without pipes')
  createInterface({ input: started.child.stdout }).on('line', (line) => {
    if (JSON.parse(line).done === 'issued' && !started.child.killed) started.child.kill('SIGTERM')
  })
  return started
}
