import { existsSync, globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { namespaceArguments } from './enter.ts'
import { pebbleFile } from './servers/pebble.ts'

/** Debian's package for each program; the servers are started by these paths. */
const programs = {
  '/usr/sbin/named': 'bind9',
  '/usr/sbin/knotd': 'knot',
  '/usr/sbin/unbound': 'unbound',
  '/usr/sbin/pdns_server': 'pdns-server',
  '/usr/sbin/pgbouncer': 'pgbouncer',
  '/usr/sbin/nginx': 'nginx-light',
  '/usr/sbin/haproxy': 'haproxy',
  dig: 'bind9-dnsutils',
  nsupdate: 'bind9-dnsutils',
  'named-checkzone': 'bind9-utils',
  kdig: 'knot-dnsutils',
  lego: 'lego',
  certbot: 'certbot',
  dehydrated: 'dehydrated',
  uacme: 'uacme',
  ip: 'iproute2',
  mount: 'mount',
  openssl: 'openssl',
  keytool: 'default-jre-headless',
  fish: 'fish',
  zsh: 'zsh',
  strace: 'strace',
  tmux: 'tmux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
} as const

/** What the lab needs and this machine lacks, one line each; empty when the lab can run. */
export function missingForLab(): readonly string[] {
  if (process.platform !== 'linux') return [`Linux network namespaces (this is ${process.platform})`]
  const missing = Object.entries(programs)
    .filter(([program]) => !isInstalled(program))
    .map(([program, debian]) => `${program} (Debian package ${debian})`)
  if (globSync('/usr/lib/{,*/}pdns/liblmdbbackend.so').length === 0)
    missing.push('the LMDB backend of PowerDNS (Debian package pdns-backend-lmdb)')
  if (!existsSync(fileURLToPath(new URL('../.lab/packages/stamp', import.meta.url))))
    missing.push('the Nodes and packages that ours are installed with (fetched by npm into .lab/packages)')
  const pebble = missingPebble()
  if (pebble !== null) missing.push(pebble)
  if (isInstalled('unshare') && namespaceArguments() === null)
    missing.push('the right to make a network namespace (as root, or unprivileged user namespaces allowed by the kernel)')
  return missing
}

function isInstalled(program: string): boolean {
  if (program.startsWith('/')) return existsSync(program)
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

function missingPebble(): string | null {
  const wanted = readFileSync(new URL('pebble.version', import.meta.url), 'utf8').trim()
  if (!existsSync(pebbleFile)) return `Pebble ${wanted} (made by Go in .lab/bin)`
  const stamp = fileURLToPath(new URL('../.lab/bin/pebble.version', import.meta.url))
  const found = existsSync(stamp) ? readFileSync(stamp, 'utf8').trim() : 'one of unknown version'
  return found === wanted ? null : `Pebble ${wanted} (.lab/bin has ${found})`
}
