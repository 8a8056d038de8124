import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { API_PROVIDERS, type ApiProviderName, elsewhere, unlimited } from './api-providers.ts'
import { openShell } from './command.ts'
import { processesIn } from './processes.ts'
import type { SandboxWorld } from './sandbox-world.ts'
import { seeded } from './seeded.ts'
import { startUnsteadyApi } from './unsteady-api.ts'

/** Each request to the API takes up to so long, in ms: two that read before either writes are what is looked for. */
const LATENCY = 40

/** How often it is looked whether the values of both are there. */
const LOOK_EVERY = 2

const SHARED = 'shared.validation.test'
const STRANGER = 'of somebody else'

/** What came of it. */
export interface Shared {
  /** In so many rounds the values of both were at the name at the same time. */
  together: number
}

/**
 * Two processes on one state issue at once, for names whose challenges are both delegated to one name, in which somebody else
 * has a value, too: each adds its own value there and takes it away. Both get their certificates at the first attempt, by one
 * order each, and the value of others is all that stays.
 */
export async function shareOneName(
  world: SandboxWorld,
  { provider, rounds, seed }: { provider: ApiProviderName | 'rfc2136'; rounds: number; seed: number },
): Promise<Shared> {
  const { dns } = world.sandbox
  const chances = seeded(seed)
  await using stack = new AsyncDisposableStack()
  const env: Record<string, string> = { DOMAINCTL_PROVIDER: provider }
  if (provider !== 'rfc2136') {
    const { baseUrl } = API_PROVIDERS[provider]
    const real = unlimited(provider, world.sandbox).api(world.sandbox)
    const slow = stack.use(await startUnsteadyApi(real, () => sleep(chances.between(0, LATENCY), undefined)))
    env[baseUrl] = elsewhere(world.env[baseUrl], slow.url)
  }
  const shell = stack.use(await openShell(world, env))
  dns.add({ name: SHARED, type: 'TXT', value: STRANGER })
  // The account and the state are there before two processes would make them.
  expect(await shell.domainctl('issue', 'warm-up.example.test')).toMatchObject({ code: 0 })

  let together = 0
  for (let round = 0; round < rounds; round++) {
    const names = ['one', 'two'].map((which) => `${which}${round}.example.test`)
    for (const name of names) dns.add({ name: `_acme-challenge.${name}`, type: 'CNAME', value: SHARED })
    const ordersBefore = (await world.requests()).newOrder ?? 0
    let most = 0
    const looking = setInterval(() => {
      most = Math.max(most, dns.values(SHARED, 'TXT').length)
    }, LOOK_EVERY)
    const ended = await Promise.all(names.map((name) => shell.domainctl('issue', name)))
    clearInterval(looking)
    const hint = `${provider}, round ${round}, seed ${seed}:\n${ended.map(({ stderr }) => stderr).join('\n')}`
    expect(
      ended.map(({ code }) => code),
      hint,
    ).toEqual([0, 0])
    expect(dns.values(SHARED, 'TXT'), hint).toEqual([STRANGER])
    expect((await world.requests()).newOrder, hint).toBe(ordersBefore + 2)
    if (most > 2) together += 1
  }
  expect(await processesIn(shell.directory)).toEqual([])
  return { together }
}
