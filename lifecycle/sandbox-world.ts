import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@domainctl/core'
import { type ActiveFault, type Fault, type Sandbox, type SandboxOptions, startSandbox } from '@domainctl/sandbox'
import { type MovableClock, movableClock } from './movable-clock.ts'
import type { CaFault, FaultInForce, FaultyWorld } from './world.ts'

/** With what only a sandbox has: its own controls, and a clock that tests move on. */
export interface SandboxWorld extends FaultyWorld {
  readonly clock: MovableClock
  readonly sandbox: Sandbox
}

/** A sandbox as the world of the lifecycle tests. */
export async function startSandboxWorld(options: Omit<SandboxOptions, 'runtime'> = {}): Promise<SandboxWorld> {
  await using starting = new AsyncDisposableStack()
  const clock = movableClock()
  const zones = ['example.test', 'validation.test']
  const sandbox = starting.use(
    await startSandbox({ zones, ...options, runtime: { clock: { now: clock.now, sleep: systemClock().sleep } } }),
  )
  const { ca, dns } = sandbox
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-sandbox-'))
  starting.defer(() => rm(directory, { recursive: true, force: true }))
  const env = await sandbox.environment(directory)
  const { name, secret, algorithm } = dns.tsigKey
  const added = new Set<ActiveFault>()
  const good = { ...ca.settings }
  const running = starting.move()

  function add(fault: Fault): FaultInForce {
    const before = ca.requests[fault.resource]
    const active = ca.addFault(fault)
    added.add(active)
    return {
      get seen() {
        return ca.requests[fault.resource] - before
      },
      get hits() {
        return active.hits
      },
    }
  }

  return {
    sandbox,
    ca: ca.directoryUrl,
    tlsRoot: ca.tlsRoot,
    issuerRoot: ca.issuerRoot,
    resolver: dns.resolver,
    authoritativePort: dns.port,
    servers: dns.servers,
    refusesNonces: ca.settings.nonceReject > 0,
    rfc2136: { nameserver: dns.servers[0], key: name, secret, algorithm },
    clock,
    env,
    publish: async (records) => {
      for (const record of records) dns.add(record)
    },
    unpublish: async (record) => dns.remove(record),
    requests: async () => ({ ...ca.requests }),
    addFault: (fault) => add(toFault(fault)),
    stayProcessing(retryAfter) {
      ca.settings.processingLooks = Number.POSITIVE_INFINITY
      if (retryAfter !== undefined) ca.settings.retryAfter = { order: retryAfter }
      return add({ resource: 'finalize', answer: { until: async () => {} } })
    },
    clearFaults() {
      for (const fault of added) fault.remove()
      added.clear()
      Object.assign(ca.settings, good)
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function toFault(fault: CaFault): Fault {
  const { resource } = fault
  if ('delay' in fault) return { resource, nth: fault.nth, answer: { until: fault.delay } }
  if ('loseAnswer' in fault) return { resource, nth: fault.nth, answer: 'hang-up' }
  const { status, retryAfter } = fault.refuse
  const { type = status === 429 ? 'rateLimited' : 'serverInternal', detail = `Refused with ${status}` } = fault.refuse
  const header = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter
  return {
    resource,
    ...(fault.nth !== undefined && { nth: fault.nth }),
    answer: { status, type, detail, ...(header !== undefined && { retryAfter: String(header) }) },
  }
}
