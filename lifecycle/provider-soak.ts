import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type ApiProviderName, elsewhere, unlimited } from './api-providers.ts'
import { type Finished, openShell, type Shell } from './command.ts'
import { processesIn } from './processes.ts'
import type { SandboxWorld } from './sandbox-world.ts'
import { type Chances, seeded } from './seeded.ts'
import { mishapsOfRun, somebodyElse } from './soak-disturbances.ts'
import { countAsked, type Ended, endSomehow, killAt } from './soak-endings.ts'
import { type Mishap, type Passing, startUnsteadyApi } from './unsteady-api.ts'

/** Each request to the API takes up to so long, in ms, so that kills fall while one is on its way. */
const LATENCY = 30

/** Runs by which a name has its certificate; the last of them is neither killed nor meets with a mishap. */
const RUNS = 4

/** How runs may end on the way: done, by a signal, by Ctrl-C, or because the API failed for longer than it is asked. */
const ENDINGS = [0, null, 130, 6]

/** What befell the runs of a soak. */
export interface Soaked extends Ended {
  /** How often each kind of mishap befell a request. */
  mishaps: Record<string, number>
  /** How long the longest run took, in ms. */
  slowestRun: number
}

/** What all rounds of a soak share. */
interface Soak {
  readonly world: SandboxWorld
  readonly shell: Shell
  readonly soaked: Soaked
  /** What befalls the requests to the API. */
  readonly traffic: { befalls(request: Passing): Promise<Mishap | undefined> }
  /** Before somebody else changes what may have been read by a run that has ended. */
  settled(): Promise<void>
  /** What befalls those of a new run. */
  mishaps(chances: Chances): () => Mishap | undefined
}

/**
 * Has the command issue by this provider over and over, while its API fails in every way, runs are killed at any moment, and
 * somebody else adds and takes away values at the very names. After each round: one order, its certificate, an empty
 * journal, the values of others and none of ours; after all of them, no process.
 */
export async function soakProvider(
  world: SandboxWorld,
  o: { provider: ApiProviderName; rounds: number; seed: number },
): Promise<Soaked> {
  const { sandbox } = world
  const provider = unlimited(o.provider, sandbox)
  const soaked: Soaked = { killed: 0, interrupted: 0, mishaps: {}, slowestRun: 0 }
  const traffic: Soak['traffic'] = { befalls: async () => undefined }
  await using api = await startUnsteadyApi(provider.api(sandbox), (request) => traffic.befalls(request))
  const env = { DOMAINCTL_PROVIDER: o.provider, [provider.baseUrl]: elsewhere(world.env[provider.baseUrl], api.url) }
  await using shell = await openShell(world, env)
  expect(await shell.domainctl('issue', 'warm-up.example.test')).toMatchObject({ code: 0 })

  const soak: Soak = {
    world,
    shell,
    soaked,
    traffic,
    // GoDaddy can only overwrite what was read: what a killed run has sent takes a change back that is made before it lands.
    settled: async () => (o.provider === 'godaddy' ? await api.idle() : undefined),
    mishaps: (chances) => mishapsOfRun({ provider, sandbox }, chances, soaked.mishaps),
  }
  for (let number = 0; number < o.rounds; number++) {
    // Chances of its own for each round: how many a round takes depends on time, and must not move the rounds after it.
    await soakOnce(soak, number, seeded(o.seed + number), `${o.provider}, round ${number}, seed ${o.seed}`)
  }
  expect(await processesIn(shell.directory)).toEqual([])
  return soaked
}

/** @param hint said of whatever is not as it should be */
async function soakOnce({ world, shell, soaked, ...soak }: Soak, number: number, chances: Chances, hint: string): Promise<void> {
  const name = `soak${number}.example.test`
  const challenge = `_acme-challenge.${name}`
  const others = somebodyElse(world.sandbox, challenge, chances)
  const ordersBefore = (await world.requests()).newOrder ?? 0
  const wildcard = chances.happens(0.5)
  const issued = { status: 'active', names: wildcard ? [`*.${name}`, name] : [name] }

  const ended: string[] = []
  for (let run = 1; ; run++) {
    const isLast = run === RUNS
    const asked = countAsked()
    const mishap = isLast ? () => undefined : soak.mishaps(chances)
    soak.traffic.befalls = async (request) => {
      others.pass(request)
      asked.count()
      await sleep(chances.between(0, LATENCY))
      return mishap()
    }
    const begin = performance.now()
    const started = shell.start('issue', name, ...(wildcard ? ['--wildcard'] : []))
    // One that also a soak of few rounds is sure to have.
    if (run === 1 && number === 0) await killAt(asked.until(2), started, soaked)
    else if (!isLast && chances.happens(run === 1 ? 0.75 : 0.3)) await endSomehow(started, asked, chances, soaked)
    const finished = await started.finished
    soaked.slowestRun = Math.max(soaked.slowestRun, performance.now() - begin)
    await soak.settled()
    others.finish()

    ended.push(`${finished.code ?? finished.signal}: ${lastLines(finished)}`)
    const story = `${hint}:\n${ended.join('\n')}`
    expect(ENDINGS, story).toContain(finished.code)
    if (finished.code === 0) {
      const { status, certificate, records } = await shownOf(shell, name)
      expect({ status, names: certificate?.names.sort() }, story).toEqual(issued)
      if (records.length === 0) break
      // An API that failed for longer than it is asked keeps a record; who is told so repeats the command.
      expect(finished.stdout, story).toMatch(/kept in mind/)
    }
    expect(isLast, `run ${run}, without mishaps, came to nothing; ${story}`).toBe(false)
  }
  expect(world.sandbox.dns.values(challenge, 'TXT').sort(), `${hint}: the values at the name`).toEqual(others.values)
  expect((await world.requests()).newOrder, `${hint}: orders`).toBe(ordersBefore + 1)
}

/** Of what `show` prints. */
interface Shown {
  status: string
  certificate?: { names: string[] }
  records: unknown[]
}

async function shownOf(shell: Shell, name: string): Promise<Shown> {
  const { code, stdout, stderr } = await shell.domainctl('show', name, '--json')
  if (code !== 0) throw new Error(`${name} cannot be shown: ${stderr}`)
  return JSON.parse(stdout).results[0].domain
}

function lastLines({ stderr }: Finished): string {
  return stderr.trimEnd().split('\n').slice(-3).join(' | ')
}
