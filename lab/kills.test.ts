import { inParallel } from '@domainctl/core'
import { expect, test } from 'vitest'
import { openShell } from '../lifecycle/command.ts'
import { seeded } from '../lifecycle/seeded.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { pebblePaths } from './fault-rule.ts'
import { expectNoTrace } from './kills/aftermath.ts'
import { killAt, nameOf, STATIONS } from './kills/stations.ts'
import { type LabWorld, startLabWorld } from './world.ts'

const KILLS = process.env.DOMAINCTL_LAB_LONG === '1' ? 320 : 15
const SEED = Number(process.env.DOMAINCTL_SOAK_SEED ?? 6)

/** Orders at a time, each with a state of its own. */
const WIDTH = 2

/** Of five orders three are killed once, one twice and one three times. */
const TIMES = [1, 2, 1, 3, 1]

/** From one order to the next, so that also a few of them are spread over the stations; it has no factor in common with their number. */
const STRIDE = 5

/** What has been killed, and where. */
interface Tally {
  orders: number
  kills: number
  missed: number
  at: Record<string, number>
}

test(`${KILLS} kills at every state of an order: one order each, its certificate, and no trace`, {
  timeout: 3_600_000,
}, async () => {
  await using world = await startLabWorld({ pebble: { nonceReject: 0 } })
  const tally: Tally = { orders: 0, kills: 0, missed: 0, at: {} }
  await inParallel(Array.from({ length: WIDTH }), WIDTH, async (_, lane) => killUntilDone(world, tally, lane))
  const stations = Object.entries(tally.at).sort(([a], [b]) => (a < b ? -1 : 1))
  process.stdout.write(
    `\n${tally.kills} kills of ${tally.orders} orders (${tally.missed} runs were over before); seed ${SEED}\n${stations
      .map(([station, count]) => `${String(count).padStart(5)}  ${station}`)
      .join('\n')}\n\n`,
  )
  expect(tally.kills).toBeGreaterThanOrEqual(KILLS)
})

async function killUntilDone(world: LabWorld, tally: Tally, lane: number): Promise<void> {
  const chances = seeded(SEED + lane)
  const proxy = await startFaultProxy(world.pebble)
  try {
    await using shell = await openShell({ env: { ...world.env, DOMAINCTL_CA: proxy.directoryUrl } })
    // The account is there already: only orders are at stake.
    expect(await shell.domainctl('issue', `warm-up${lane}.example.test`)).toMatchObject({ code: 0 })
    const orders = () => proxy.passed.filter(({ path, status }) => path === pebblePaths.newOrder && status === 201).length
    while (tally.kills < KILLS) {
      const number = tally.orders++
      const name = `killed${number}.example.test`
      const command = ['issue', name, '--san', `www.${name}`]
      const before = orders()
      const killed: string[] = []
      for (let time = 0; time < (TIMES[number % TIMES.length] ?? 1); time++) {
        const station = time === 0 ? STATIONS[(STRIDE * number) % STATIONS.length] : chances.oneOf(STATIONS)
        if (!station) throw new Error('there is no station')
        const isKilled = await killAt(station, () => shell.start(...command), { proxy, directory: shell.directory, chances })
        if (!isKilled) tally.missed += 1
        else {
          tally.kills += 1
          tally.at[nameOf(station)] = (tally.at[nameOf(station)] ?? 0) + 1
          killed.push(nameOf(station))
        }
      }
      const what = `${name}, killed ${killed.join(', ')}`
      const last = await shell.domainctl(...command)
      expect(last, `${what}: ${last.stderr}`).toMatchObject({ code: 0 })
      expect(orders() - before, what).toBe(1)
      await expectNoTrace(world, shell.directory, name, what)
    }
  } finally {
    await proxy.stop()
  }
}
