import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DigAnswer, dig } from '../dig.ts'
import { requireNamespace } from '../enter.ts'
import { nsupdate } from '../nsupdate.ts'
import { LabError } from '../servers/daemon.ts'
import { startPebble } from '../servers/pebble.ts'
import { freePort } from '../servers/port.ts'
import type { TsigKey } from '../servers/zones.ts'
import { addresses, type Role } from './addresses.ts'
import { startSituationsKnot } from './knot.ts'
import { type Middlebox, startMiddlebox } from './middlebox.ts'
import { startSituationsBind } from './name-servers.ts'
import { type CachingResolver, startCachingResolver } from './resolvers.ts'
import { type LabZone, type Registry, registries, type ZoneName, zones } from './zones.ts'

/** Real servers that can be brought into every situation of issue 4. */
export interface SituationsLab {
  /** The port of all servers. */
  readonly port: number
  readonly resolver: CachingResolver
  readonly middlebox: Middlebox
  /** What `domainctl` needs to work here (cli.md). */
  readonly env: Readonly<Record<string, string>>
  /** `ip:port` of the office's resolver. */
  readonly officeResolver: string
  dig(name: string, type: string, role: Role): Promise<DigAnswer>
  /** Changes a zone at its primary (`add …`, `delete …` of nsupdate), and waits until the servers that transfer at once have it. */
  update(zone: ZoneName | Registry, ...changes: string[]): Promise<void>
  /** Tells the lagging secondary to transfer a zone, and waits until it has it. */
  transfer(zone: ZoneName): Promise<void>
  /** Serves `bogus.test` with further records, signed anew; `expired`: with signatures that have expired. */
  sign(o: { expired: boolean; records: readonly string[] }): Promise<void>
  /** How often each resource of the CA was asked so far. */
  requests(): Promise<Record<string, number>>
  stop(): Promise<void>
}

/** A secondary that has been told has a zone within milliseconds. */
const TRANSFER_WITHIN = 10_000
const LOOK_EVERY = 10

/** Starts all of it, one at a time in a namespace. Throws LabError with the log of the server that did not come up. */
export async function startSituations(): Promise<SituationsLab> {
  await requireNamespace(Object.values(addresses))
  await using starting = new AsyncDisposableStack()
  const port = await freePort()
  const key: TsigKey = { name: 'situations', algorithm: 'hmac-sha256', secret: randomBytes(32).toString('base64') }
  const bind = await startSituationsBind(port, key)
  starting.defer(() => bind.stop())
  const knot = await startSituationsKnot(port)
  starting.defer(() => knot.stop())
  const middlebox = await startMiddlebox(addresses.middlebox, addresses.primary, [port, 53])
  starting.defer(() => middlebox.stop())
  const { trustAnchor } = bind
  const resolver = await startCachingResolver({ port, trustAnchor, office: false })
  starting.defer(() => resolver.stop())
  const office = await startCachingResolver({ port, trustAnchor, office: true })
  starting.defer(() => office.stop())
  const pebble = await startPebble({ dnsServer: `${addresses.resolver}:${port}` })
  starting.defer(() => pebble.stop())

  const ask = (name: string, type: string, role: Role) =>
    dig(name, type, { address: addresses[role], port, recursive: role === 'resolver' || role === 'officeResolver' })
  const update = async (zone: ZoneName | Registry, ...changes: string[]) => {
    const primary = isRegistry(zone) ? 'registry' : 'primary'
    const lines = [`server ${addresses[primary]} ${port}`, `zone ${zone}`, ...changes.map((change) => `update ${change}`)]
    await nsupdate(lines, key)
    const { served = [] }: LabZone = isRegistry(zone) ? {} : zones[zone]
    if (served.includes('knot')) await untilSame(ask, zone, 'knot')
  }
  const running = starting.move()
  return {
    port,
    resolver,
    middlebox,
    env: {
      DOMAINCTL_CA: pebble.directoryUrl,
      DOMAINCTL_CA_ROOT: pebble.tls.rootFile,
      DOMAINCTL_RESOLVER: `${addresses.resolver}:${port}`,
      DOMAINCTL_AUTHORITATIVE_PORT: String(port),
      DOMAINCTL_ALLOW_PRIVATE: '1',
    },
    officeResolver: `${addresses.officeResolver}:${port}`,
    dig: ask,
    update,
    transfer: async (zone) => {
      await bind.control('refresh', zone, 'IN', 'lagging')
      await untilSame(ask, zone, 'lagging')
    },
    sign: (o) => bind.sign('bogus.test', o),
    requests: () => pebble.requests(),
    stop: () => running.disposeAsync(),
  }
}

function isRegistry(zone: string): zone is Registry {
  return registries.some((registry) => registry === zone)
}

/** Until the secondary shows the SOA that the primary does. */
async function untilSame(ask: SituationsLab['dig'], zone: string, secondary: Role): Promise<void> {
  const soaAt = async (role: Role) => (await ask(zone, 'SOA', role)).answer[0]?.data
  const wanted = await soaAt('primary')
  const deadline = performance.now() + TRANSFER_WITHIN
  while ((await soaAt(secondary)) !== wanted) {
    if (performance.now() > deadline)
      throw new LabError(`${secondary} has not transferred ${zone} within ${TRANSFER_WITHIN / 1000} s`)
    await sleep(LOOK_EVERY)
  }
}
