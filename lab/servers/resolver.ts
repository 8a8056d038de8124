import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Daemon, startDaemon, temporaryDirectory } from './daemon.ts'
import type { ServerCertificate } from './server-certificate.ts'
import { unconfined } from './unconfined.ts'
import { addresses, answersFor } from './zones.ts'

/** Where the resolver answers over HTTPS as well (RFC 8484, at /dns-query), and with what certificate. */
export interface ResolverHttps {
  port: number
  certificate: Pick<ServerCertificate, 'certificateFile' | 'keyFile'>
}

/**
 * A recursive resolver (Unbound, which Let's Encrypt validates with too). It follows the delegations from the lab's own
 * root, at port 53, so that a broken delegation fails here as it would on the Internet. It asks each question anew. BIND
 * would not do: with all its limits at 0 it still answers "no such name" from its cache until the second is over.
 */
export async function startResolver(port: number, https?: ResolverHttps): Promise<Pick<Daemon, 'pid' | 'stop'>> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  await writeFile(join(directory, 'root.hints'), `. 60 IN NS ns.nic.test.\nns.nic.test. 60 IN A ${addresses.parent}\n`)
  await writeFile(join(directory, 'unbound.conf'), configuration(directory, port, https))
  const unbound = await startDaemon({
    name: 'resolver',
    command: await unconfined('/usr/sbin/unbound', directory),
    args: ['-d', '-p', '-c', 'unbound.conf'],
    directory,
    ready: () => answersFor(addresses.resolver, port, ['example.test', 'validation.test']),
  })
  starting.defer(() => unbound.stop())
  const running = starting.move()
  return { pid: unbound.pid, stop: () => running.disposeAsync() }
}

// `test` is one of the zones that Unbound answers by itself unless told otherwise (RFC 6761 section 6.2). An entry of
// the host cache lives for a second, so that a server which was away is asked again as soon as it is back.
const configuration = (directory: string, port: number, https?: ResolverHttps) => `
server:
  directory: "${directory}"
  chroot: ""
  username: ""
  use-syslog: no
  logfile: ""
  interface: ${addresses.resolver}@${port}
${https ? overHttps(https) : ''}  do-ip6: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  root-hints: "root.hints"
  module-config: "iterator"
  qname-minimisation: no
  target-fetch-policy: "0 0 0 0 0"
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  infra-host-ttl: 1
  incoming-num-tcp: 512
  outgoing-num-tcp: 128
remote-control:
  control-enable: no
`

const overHttps = ({ port, certificate }: ResolverHttps) => `  interface: ${addresses.resolver}@${port}
  https-port: ${port}
  tls-service-pem: "${certificate.certificateFile}"
  tls-service-key: "${certificate.keyFile}"
`
