import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../lab/lab.ts'
import { startPebble } from '../lab/servers/pebble.ts'
import { run } from './measure.ts'

/** Another client, with the settings that make it fastest without leaving its work undone. */
export interface Rival {
  program: string
  settings: string
  /** Wall time of one certificate for a new name, in ms. */
  issue(name: string): number
  /** The same, to be started by the caller. */
  command?(name: string): { command: readonly [string, ...string[]]; env: NodeJS.ProcessEnv }
  stop?(): Promise<void>
}

/** lego with its own RFC 2136 provider; `check` is its look at the authoritative servers before the CA is told. */
export async function lego(lab: Lab, directory: string, check: boolean): Promise<Rival> {
  const path = join(directory, check ? 'lego' : 'lego-unchecked')
  const { nameserver, key, secret, algorithm } = lab.rfc2136
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    LEGO_CA_CERTIFICATES: lab.caRoot,
    RFC2136_NAMESERVER: nameserver,
    RFC2136_TSIG_KEY: `${key}.`,
    RFC2136_TSIG_SECRET: secret,
    RFC2136_TSIG_ALGORITHM: `${algorithm}.`,
    RFC2136_POLLING_INTERVAL: '1',
    RFC2136_TTL: '60',
    RFC2136_SEQUENCE_INTERVAL: '1',
  }
  const unmount = check ? await mountHosts(lab, directory) : undefined
  const account = ['--server', lab.ca, '--path', path, '--email', 'bench@example.test', '--accept-tos', '--key-type', 'ec256']
  const dns = ['--dns', 'rfc2136', '--dns.resolvers', lab.resolver, ...(check ? [] : ['--dns.disable-cp'])]
  const command = (name: string): [string, ...string[]] => ['lego', ...account, ...dns, '--domains', name, 'run']
  return {
    program: 'lego',
    settings: check ? 'propagation check, polled every second' : 'no propagation check',
    issue: (name) => run(command(name), { env }).ms,
    command: (name) => ({ command: command(name), env }),
    ...(unmount && { stop: unmount }),
  }
}

/** lego looks the name servers' addresses up through the system, which knows nothing of the lab. */
async function mountHosts(lab: Lab, directory: string): Promise<() => Promise<void>> {
  const hosts = join(directory, 'hosts')
  const host = (address: string, name: string) => `${address} ${name} ${name}.\n`
  const { primary, secondary } = lab.addresses
  await writeFile(hosts, `127.0.0.1 localhost\n${host(primary, 'ns1.example.test')}${host(secondary, 'ns2.example.test')}`)
  return mount(hosts, '/etc/hosts')
}

/** In the mount namespace of the bench alone. */
function mount(file: string, over: string): () => Promise<void> {
  run(['mount', '--bind', file, over])
  return async () => void run(['umount', over])
}

/**
 * uacme with a hook of two nsupdate calls; it has no propagation check, so the hook waits for none. Its version 1.7 does
 * not understand a challenge without a token, which Pebble 2.10 offers, so it gets Debian's Pebble 2.4.
 */
export async function uacme(lab: Lab, directory: string): Promise<Rival> {
  const pebble = await startPebble({ program: '/usr/bin/pebble', dnsServer: lab.resolver, nonceReject: 0 })
  const path = join(directory, 'uacme')
  await mkdir(path, { recursive: true })
  const hook = join(directory, 'uacme-hook.sh')
  const [host, port] = lab.rfc2136.nameserver.split(':')
  await writeFile(
    hook,
    `#!/bin/sh
# uacme calls: begin|done|failed METHOD IDENTIFIER TOKEN AUTH
[ "$2" = dns-01 ] || exit 1
case $1 in
  begin) change="add _acme-challenge.$3. 60 TXT \\"$5\\"" ;;
  *) change="delete _acme-challenge.$3. TXT \\"$5\\"" ;;
esac
printf 'server ${host} ${port}\\nupdate %s\\nsend\\n' "$change" | nsupdate -k '${lab.tsigKeyFile}'
`,
    { mode: 0o700 },
  )
  const env = { PATH: process.env.PATH, HOME: directory }
  const unmount = mount(pebble.tls.rootFile, '/etc/ssl/certs/ca-certificates.crt')
  const settings = ['-a', pebble.directoryUrl, '-c', path, '-t', 'EC', '-y']
  run(['uacme', ...settings, 'new', 'bench@example.test'], { env })
  return {
    program: 'uacme',
    settings: 'Pebble 2.4, no propagation check, nsupdate as hook',
    stop: async () => {
      await unmount()
      await pebble.stop()
    },
    issue: (name) => run(['uacme', ...settings, '-h', hook, 'issue', name], { env }).ms,
  }
}
