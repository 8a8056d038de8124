import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Daemon, startDaemon, temporaryDirectory } from '../servers/daemon.ts'
import { answersFor } from '../servers/zones.ts'
import { addresses } from './addresses.ts'
import { fileOf, type LabZone, type ZoneName, zoneTable } from './zones.ts'

const mine = zoneTable.filter(([, { served = [] }]) => served.includes('knot'))
const isPrimary = ({ served = [] }: LabZone) => served[0] === 'knot'

/** Knot's part of the situations. BIND has to be there: its zones are transferred at once. */
export async function startSituationsKnot(port: number): Promise<Pick<Daemon, 'stop'>> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  for (const [zone, of] of mine) if (isPrimary(of)) await writeFile(join(directory, `${zone}.zone`), fileOf(zone, of))
  await writeFile(join(directory, 'knot.conf'), configuration(directory, port), { mode: 0o600 })
  const knotd = await startDaemon({
    name: 'knot',
    command: '/usr/sbin/knotd',
    args: ['-c', 'knot.conf'],
    directory,
    ready: () =>
      answersFor(
        addresses.knot,
        port,
        mine.map(([zone]) => zone),
      ),
  })
  starting.defer(() => knotd.stop())
  const running = starting.move()
  return { stop: () => running.disposeAsync() }
}

// The sizes are those of LMDB maps: the defaults reserve gigabytes of address space.
function configuration(directory: string, port: number): string {
  return `
server:
    rundir: "${directory}"
    listen: [ ${addresses.knot}@${port}, ${addresses.knot}@53 ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
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
acl:
  - id: notify
    address: 127.0.0.0/8
    action: [ transfer, notify ]
remote:
  - id: primary
    address: ${addresses.primary}@${port}
zone:
${mine.map(([zone, of]) => entry(zone, of, directory)).join('')}`
}

function entry(zone: ZoneName, of: LabZone, directory: string): string {
  const transferred = isPrimary(of) ? '' : '    master: primary\n    acl: notify\n'
  return `  - domain: ${zone}\n    storage: "${directory}"\n    file: ${zone}.zone\n    zonefile-sync: -1\n${transferred}`
}
