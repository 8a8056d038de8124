import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { median, printTable } from './measure.ts'
import { type Relay, startRelay } from './relay.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const PROVIDERS = ['rfc2136', 'cloudflare', 'godaddy', 'route53'] as const
type Provider = (typeof PROVIDERS)[number]
const ROUNDS = 25
const WARM_UPS = 2
/** Of Cloudflare over RFC 2136, which needs no SDK. */
const BOUND = 1.3

interface Times {
  /** From the start of the process to the first byte that it sends to its provider, in ms. */
  toProvider: number
  /** The whole of `issue`, in ms. */
  whole: number
}

/**
 * What `issue` of one name costs by each provider, on a sandbox in this process: in turn, so that whatever else the machine
 * does befalls all alike. State, account and compile cache are there already.
 */
export async function measureProviderStart(): Promise<void> {
  await using resources = new AsyncDisposableStack()
  const sandbox = resources.use(await startSandbox())
  // Its own limit of 60 requests a minute would be what is measured.
  sandbox.apis.godaddy.requestLimit = Number.POSITIVE_INFINITY
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  resources.defer(() => rm(directory, { recursive: true, force: true }))
  const relays = await relaysOf(sandbox, resources)
  const env = {
    ...(await sandbox.environment(join(directory, 'sandbox'))),
    PATH: process.env.PATH,
    HOME: directory,
    DOMAINCTL_ACCEPT_TOS: '1',
    ...redirected(relays),
  }

  const times: Record<Provider, Times[]> = { rfc2136: [], cloudflare: [], godaddy: [], route53: [] }
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const provider of PROVIDERS) {
      const name = `${provider}-${round + WARM_UPS}.example.test`
      const time = await timeIssue(name, provider, relays[provider], { cwd: directory, env })
      if (round >= 0) times[provider].push(time)
    }
  }
  show('`issue`, from the start of the process to its first request at the provider', times, 'toProvider')
  show('`issue` of one name, from beginning to end', times, 'whole')
}

function show(title: string, times: Record<Provider, Times[]>, what: keyof Times): void {
  const medians = (provider: Provider) => median(times[provider].map((time) => time[what]))
  const base = medians('rfc2136')
  printTable(`${title} (medians of ${ROUNDS}, Node ${process.version})`, [
    { what: 'rfc2136', measured: `${base.toFixed(0)} ms` },
    ...PROVIDERS.slice(1).map((provider) => {
      const ms = medians(provider)
      const measured = `${ms.toFixed(0)} ms = ${(ms / base).toFixed(2)} ×`
      return {
        what: provider,
        measured,
        ...(provider === 'cloudflare' && { bound: `${BOUND} ×`, holds: ms <= BOUND * base }),
      }
    }),
  ])
}

/** Fails when the command does: a failure is never a measurement. */
async function timeIssue(
  name: string,
  provider: Provider,
  relay: Relay,
  o: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Times> {
  relay.reset()
  const started = performance.now()
  const child = spawn(process.execPath, [bin, 'issue', name, '--provider', provider], {
    ...o,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [[code], stderr] = await Promise.all([once(child, 'exit'), text(child.stderr)])
  const whole = performance.now() - started
  const firstByteAt = relay.firstByteAt()
  if (code !== 0 || firstByteAt === undefined) throw new Error(`issue by ${provider} failed (exit ${code}):\n${stderr}`)
  return { toProvider: firstByteAt - started, whole }
}

async function relaysOf({ apis, rfc2136 }: Sandbox, resources: AsyncDisposableStack): Promise<Record<Provider, Relay>> {
  const relayTo = async (url: string) => {
    const relay = await startRelay(Number(new URL(url).port))
    resources.defer(() => relay.stop())
    return relay
  }
  return {
    rfc2136: await relayTo(`tcp://${rfc2136.nameserver}`),
    cloudflare: await relayTo(apis.cloudflare.url),
    godaddy: await relayTo(apis.godaddy.url),
    route53: await relayTo(apis.route53.url),
  }
}

/** The environment in which each provider is behind its relay. */
function redirected({ rfc2136, cloudflare, godaddy, route53 }: Record<Provider, Relay>): Record<string, string> {
  return {
    RFC2136_NAMESERVER: `127.0.0.1:${rfc2136.port}`,
    CLOUDFLARE_BASE_URL: `http://127.0.0.1:${cloudflare.port}/client/v4`,
    GODADDY_BASE_URL: `http://127.0.0.1:${godaddy.port}`,
    AWS_ENDPOINT_URL_ROUTE_53: `http://127.0.0.1:${route53.port}`,
  }
}
