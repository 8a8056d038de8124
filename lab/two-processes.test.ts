import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { API_PROVIDER_NAMES } from '../lifecycle/api-providers.ts'
import { startSandboxWorld } from '../lifecycle/sandbox-world.ts'
import { shareOneName } from '../lifecycle/two-writers.ts'

const ROUNDS = process.env.DOMAINCTL_LAB_LONG === '1' ? 100 : 4
/** Told by whatever fails; DOMAINCTL_SOAK_SEED takes the same chances again. */
const SEED = Number(process.env.DOMAINCTL_SOAK_SEED ?? randomInt(2 ** 31))

describe.concurrent('two processes with values of their own at one name', () => {
  test.each([...API_PROVIDER_NAMES, 'rfc2136'] as const)(
    `by %s, ${ROUNDS} times: none is lost`,
    {
      timeout: ROUNDS * 20_000,
    },
    async (provider) => {
      await using world = await startSandboxWorld({ nameServers: 2, lagMs: 20 })
      const { together } = await shareOneName(world, { provider, rounds: ROUNDS, seed: SEED })
      // Otherwise they were one after the other.
      expect(together, `seed ${SEED}`).toBeGreaterThan(0)
    },
  )
})
