import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { API_PROVIDER_NAMES } from '../lifecycle/api-providers.ts'
import { soakProvider } from '../lifecycle/provider-soak.ts'
import { startSandboxWorld } from '../lifecycle/sandbox-world.ts'

const ROUNDS = process.env.DOMAINCTL_LAB_LONG === '1' ? 200 : 4
/** Told by whatever fails; DOMAINCTL_SOAK_SEED takes the same chances again. */
const SEED = Number(process.env.DOMAINCTL_SOAK_SEED ?? randomInt(2 ** 31))

// Side by side: most of the time they wait for what is repeated.
describe.concurrent.each(API_PROVIDER_NAMES)('%s', (provider) => {
  test(`${ROUNDS} rounds of kills, refusals and cut connections: siblings intact, no litter, one order a certificate`, {
    timeout: ROUNDS * 20_000,
  }, async () => {
    await using world = await startSandboxWorld({ nameServers: 2, lagMs: 20 })
    const { killed, mishaps, slowestRun } = await soakProvider(world, { provider, rounds: ROUNDS, seed: SEED })
    // Otherwise nothing was tried.
    expect(killed, `seed ${SEED}`).toBeGreaterThan(0)
    expect(Object.keys(mishaps).length, `seed ${SEED}`).toBeGreaterThan(1)
    // The leases of a dead process hold nobody up until they end, which takes a minute.
    expect(slowestRun, `seed ${SEED}`).toBeLessThan(55_000)
  })
})
