import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startDaemon, temporaryDirectory } from '../servers/daemon.ts'
import { unconfined } from '../servers/unconfined.ts'
import { answersFor } from '../servers/zones.ts'
import { addresses } from './addresses.ts'
import { internalZones } from './zones.ts'

const run = promisify(execFile)

/** A recursive resolver as Internet providers run it: it validates DNSSEC and keeps what it has seen. */
export interface CachingResolver {
  /** Forgets everything at and below a name, as when the time of each record were over. */
  forget(name: string): Promise<void>
  stop(): Promise<void>
}

/** Starts Unbound. `office`: the one of an office, which knows zones that the Internet does not. */
export async function startCachingResolver(o: { port: number; trustAnchor: string; office: boolean }): Promise<CachingResolver> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const address = o.office ? addresses.officeResolver : addresses.resolver
  await writeFile(join(directory, 'root.hints'), `. 60 IN NS ns.nic.test.\nns.nic.test. 60 IN A ${addresses.registry}\n`)
  await writeFile(join(directory, 'root.ds'), `${o.trustAnchor}\n`)
  await writeFile(join(directory, 'unbound.conf'), configuration(directory, address, o.port) + (o.office ? office : ''))
  const unbound = await startDaemon({
    name: o.office ? 'office-resolver' : 'resolver',
    command: await unconfined('/usr/sbin/unbound', directory),
    args: ['-d', '-p', '-c', 'unbound.conf'],
    directory,
    ready: () => answersFor(address, o.port, ['example.test', 'hosting.test']),
  })
  starting.defer(() => unbound.stop())
  const running = starting.move()
  return {
    forget: async (name) => {
      await run('/usr/sbin/unbound-control', ['-c', join(directory, 'unbound.conf'), 'flush_zone', name])
    },
    stop: () => running.disposeAsync(),
  }
}

// `test` is one of the zones that Unbound answers by itself unless told otherwise (RFC 6761 §6.2).
const configuration = (directory: string, address: string, port: number) => `
server:
  directory: "${directory}"
  chroot: ""
  username: ""
  use-syslog: no
  logfile: ""
  interface: ${address}@${port}
  do-ip6: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  root-hints: "root.hints"
  module-config: "validator iterator"
  trust-anchor-file: "root.ds"
  trust-anchor-signaling: no
remote-control:
  control-enable: yes
  control-interface: "${directory}/control.sock"
  control-use-cert: no
`

const office = internalZones
  .map((zone) => `server:\n  domain-insecure: "${zone}"\nstub-zone:\n  name: "${zone}"\n  stub-addr: ${addresses.internal}@53\n`)
  .join('')
