import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Daemon, startDaemon, temporaryDirectory } from './daemon.ts'
import { addresses, answersFor, type NameServerOptions, type NameServers, type ZoneName, zoneFiles } from './zones.ts'

interface Instance {
  role: Exclude<keyof typeof addresses, 'resolver'>
  zones: readonly ZoneName[]
}

/** An instance of Knot answers for all of its zones at all of its addresses, so each server of the lab is one of its own. */
const instances: readonly Instance[] = [
  { role: 'parent', zones: ['.', 'test'] },
  { role: 'primary', zones: ['example.test', 'validation.test'] },
  { role: 'secondary', zones: ['example.test'] },
  { role: 'validationSecondary', zones: ['validation.test'] },
]

/**
 * The same servers as `startBind`, by Knot DNS. Knot 3.2 sends a NOTIFY one second after an update: the secondaries lag by one to two seconds, which propagation has to wait for.
 */
export async function startKnot(options: NameServerOptions): Promise<NameServers> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  // Together, so that the primary's first NOTIFY finds its secondaries. All are waited for, also when one fails,
  // so that every one which came up is stopped again.
  const starts = await Promise.allSettled(
    instances.map(async (instance) => {
      const knotd = await startInstance(instance, join(directory, instance.role), options)
      starting.defer(() => knotd.stop())
      return knotd.pid
    }),
  )
  const pids = starts.map((start) => {
    if (start.status === 'rejected') throw start.reason
    return start.value
  })
  const running = starting.move()
  return { pids, stop: () => running.disposeAsync() }
}

async function startInstance(instance: Instance, directory: string, options: NameServerOptions): Promise<Daemon> {
  await mkdir(directory, { mode: 0o700 })
  if (!instance.role.endsWith('econdary'))
    for (const zone of instance.zones) await writeFile(join(directory, fileOf(zone)), zoneFiles[zone])
  await writeFile(join(directory, 'knot.conf'), configuration(instance, directory, options), { mode: 0o600 })
  return await startDaemon({
    name: `knot-${instance.role}`,
    command: '/usr/sbin/knotd',
    args: ['-c', 'knot.conf'],
    directory,
    ready: () => answersFor(addresses[instance.role], options.port, instance.zones),
  })
}

const fileOf = (zone: string) => (zone === '.' ? 'root.zone' : `${zone}.zone`)

// The sizes are those of LMDB maps: the defaults reserve gigabytes of address space for each instance.
function configuration({ role, zones }: Instance, directory: string, { port, keys }: NameServerOptions): string {
  return `
server:
    rundir: "${directory}"
    listen: [ ${addresses[role]}@${port}, ${addresses[role]}@53 ]
    udp-workers: 1
    tcp-workers: 2
    background-workers: 2
    tcp-max-clients: 1000
control:
    listen: "${directory}/knot.sock"
log:
  - target: stderr
    any: info
database:
    storage: "${directory}"
    journal-db-max-size: 64M
    kasp-db-max-size: 8M
    timer-db-max-size: 8M
    catalog-db-max-size: 8M
key:
${keys.map((key) => `  - id: ${key.name}\n    algorithm: ${key.algorithm}\n    secret: ${key.secret}`).join('\n')}
acl:
  - id: update
    key: [ ${keys.map((key) => key.name).join(', ')} ]
    action: update
  - id: transfer
    address: 127.0.0.0/8
    action: [ transfer, notify ]
remote:
  - id: primary
    address: ${addresses.primary}@${port}
  - id: example.test
    address: ${addresses.secondary}@${port}
  - id: validation.test
    address: ${addresses.validationSecondary}@${port}
zone:
${zones.map((zone) => `  - domain: ${zone}\n    storage: "${directory}"\n    file: ${fileOf(zone)}\n    zonefile-sync: -1\n${duties[role](zone)}`).join('')}`
}

const transferred = () => '    master: primary\n    acl: transfer\n'

const duties: Record<Instance['role'], (zone: ZoneName) => string> = {
  parent: () => '',
  primary: (zone) => `    notify: ${zone}\n    acl: [ update, transfer ]\n`,
  secondary: transferred,
  validationSecondary: transferred,
}
