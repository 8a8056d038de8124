import { readFile } from 'node:fs/promises'
import { systemClock } from '@domainctl/core'
import type { CaFault, CaResource, FaultInForce, FaultyWorld, PublishedRecord, World } from '../lifecycle/world.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { type Fault, pebblePaths } from './fault-rule.ts'
import { type LabOptions, startLab } from './lab.ts'
import type { Pebble } from './servers/pebble.ts'

const paths: Readonly<Record<CaResource, string>> = pebblePaths

/** With what only Pebble can be told. */
export interface LabWorld extends World {
  readonly pebble: Pebble
}

/** A lab as the world of the lifecycle tests. */
export async function startLabWorld(options: LabOptions = {}): Promise<LabWorld> {
  const { lab, world } = await start(options)
  return { ...world, pebble: lab.pebble }
}

/** Its proxy knows faults that only the lab has. */
export interface FaultyLabWorld extends FaultyWorld {
  readonly proxy: FaultProxy
  readonly pebble: Pebble
}

/** A lab with the fault proxy before its CA. */
export async function startFaultyLabWorld(options: LabOptions = {}): Promise<FaultyLabWorld> {
  await using starting = new AsyncDisposableStack()
  const { lab, world } = await start(options)
  starting.defer(() => lab.stop())
  const proxy = await startFaultProxy(lab.pebble)
  starting.defer(() => proxy.stop())
  const running = starting.move()
  return {
    ...world,
    proxy,
    pebble: lab.pebble,
    ca: proxy.directoryUrl,
    env: { ...world.env, DOMAINCTL_CA: proxy.directoryUrl },
    addFault: (fault) =>
      proxy.add({ path: paths[fault.resource], ...(fault.nth !== undefined && { nth: fault.nth }), fault: toFault(fault) }),
    stayProcessing(retryAfter): FaultInForce {
      const fault = { kind: 'processing', ...(retryAfter !== undefined && { retryAfter }) } as const
      proxy.add({ path: paths.order, fault })
      return proxy.add({ path: paths.finalize, fault })
    },
    clearFaults: () => proxy.clear(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function start(options: LabOptions) {
  const lab = await startLab(options)
  const { ca, resolver, authoritativePort, rfc2136, env, addresses } = lab
  const world: World = {
    ca,
    tlsRoot: await readFile(lab.caRoot, 'utf8'),
    issuerRoot: await readFile(lab.issuerRoot, 'utf8'),
    resolver,
    authoritativePort,
    servers: [`${addresses.primary}:${authoritativePort}`, `${addresses.secondary}:${authoritativePort}`],
    rfc2136,
    refusesNonces: options.pebble?.nonceReject !== 0,
    clock: systemClock(),
    env,
    publish: (records) => lab.nsupdate(records.map((record) => `update add ${record.name} 60 ${record.type} ${data(record)}`)),
    unpublish: ({ name, type }) => lab.nsupdate([`update delete ${name} ${type}`]),
    requests: async () => countResources(await lab.requests()),
    [Symbol.asyncDispose]: () => lab.stop(),
  }
  return { lab, world }
}

/** As RFC 1035 §5.1 writes it. */
function data({ type, value }: PublishedRecord): string {
  if (type === 'TXT') return `"${value}"`
  return type === 'CNAME' ? `${value}.` : value
}

/** Pebble's counts by the names of RFC 8555. */
export function countResources(requests: Record<string, number>): Partial<Record<CaResource, number>> {
  const counts: Partial<Record<CaResource, number>> = {}
  for (const [request, count] of Object.entries(requests)) {
    const path = request.split(' ')[1]
    for (const resource of Object.keys(paths) as CaResource[]) {
      if (paths[resource] === path) counts[resource] = (counts[resource] ?? 0) + count
    }
  }
  return counts
}

function toFault(fault: CaFault): Fault {
  if ('delay' in fault) return { kind: 'delay', until: fault.delay }
  if ('loseAnswer' in fault) return { kind: 'lose-answer' }
  const { status, type, detail = '', retryAfter } = fault.refuse
  return {
    kind: 'refuse',
    status,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(type !== undefined && { problem: { type, detail } }),
  }
}
