import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startDaemon, temporaryDirectory } from '../servers/daemon.ts'
import { freePort } from '../servers/port.ts'
import { unconfined } from '../servers/unconfined.ts'
import { answersFor, type TsigKey } from '../servers/zones.ts'
import { addresses, bindRoles, type Role } from './addresses.ts'
import { makeKey, makePlainKey, policy, signFile } from './dnssec.ts'
import { fileOf, internalFileOf, internalZones, registries, registryFiles, type ZoneName, zones, zoneTable } from './zones.ts'

const run = promisify(execFile)

/** BIND's part of the situations: the registry, the customers' primary, the secondary that lags, and others. */
export interface SituationsBind {
  /** The DS record of the root, which validating resolvers trust. */
  readonly trustAnchor: string
  /** What BIND's operator tells it (rndc(8)). */
  control(...command: string[]): Promise<void>
  /** Signs a zone that is signed by hand anew, with further records, and serves it. */
  sign(zone: ZoneName, o: { expired: boolean; records: readonly string[] }): Promise<void>
  stop(): Promise<void>
}

/** One `named` with a view for each of its servers. */
export async function startSituationsBind(port: number, key: TsigKey): Promise<SituationsBind> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const at = (file: string) => join(directory, file)
  await mkdir(at('keys'), { mode: 0o700 })
  await writeFile(at('policy.conf'), policy)
  const ds = new Map([['test', await makeKey('test', directory)]])
  for (const [zone, { signed }] of zoneTable) {
    if (signed) ds.set(zone, await (signed === 'policy' ? makeKey : makePlainKey)(zone, directory))
  }
  const trustAnchor = await makeKey('.', directory)
  for (const [zone, text] of registryFiles(ds)) await writeFile(at(registryFile(zone)), text)
  for (const [zone, of] of zoneTable) await writeFile(at(`${zone}.zone`), fileOf(zone, of))
  for (const zone of internalZones) await writeFile(at(`${zone}.internal`), internalFileOf(zone))
  const sign = (zone: ZoneName, { expired, records }: { expired: boolean; records: readonly string[] }) =>
    signFile({ zone, text: fileOf(zone, { ...zones[zone], records }), directory, file: `${zone}.zone`, expired })
  for (const [zone, { signed }] of zoneTable) if (signed === 'expired') await sign(zone, { expired: true, records: [] })

  const controlPort = await freePort(port)
  await writeFile(at('rndc.key'), `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };\n`, { mode: 0o600 })
  await writeFile(at('named.conf'), configuration(port, controlPort, key.name), { mode: 0o600 })
  const served = zoneTable.flatMap(([zone, { served = [] }]) =>
    served.filter((role) => bindRoles.some((bind) => bind === role)).map((role) => [role, zone] as const),
  )
  const named = await startDaemon({
    name: 'named',
    command: await unconfined('/usr/sbin/named', directory),
    args: ['-g', '-n', '2', '-c', 'named.conf'],
    directory,
    ready: async () => {
      for (const [role, zone] of [['registry', 'test'] as const, ...served]) await answersFor(addresses[role], port, [zone])
      return true
    },
  })
  starting.defer(() => named.stop())
  const control = async (...command: string[]) => {
    await run('/usr/sbin/rndc', ['-s', addresses.registry, '-p', String(controlPort), '-k', at('rndc.key'), ...command])
  }
  const running = starting.move()
  return {
    trustAnchor,
    control,
    sign: async (zone, o) => {
      await sign(zone, o)
      await control('reload', zone, 'IN', 'primary')
    },
    stop: () => running.disposeAsync(),
  }
}

// Nothing is shared with a `named` of the system: no pid file or session key in /run.
function configuration(port: number, controlPort: number, key: string): string {
  const everywhere = bindRoles.map((role) => `${addresses[role]};`).join(' ')
  return `
include "rndc.key";
include "policy.conf";
controls { inet ${addresses.registry} port ${controlPort} allow { 127.0.0.0/8; } keys { "${key}"; }; };
options {
  directory ".";
  key-directory "keys";
  listen-on port ${port} { ${everywhere} };
  listen-on port 53 { ${everywhere} };
  listen-on-v6 { none; };
  pid-file none;
  lock-file none;
  session-keyfile "session.key";
  managed-keys-directory ".";
  dnssec-validation no;
  empty-zones-enable no;
  recursion no;
  minimal-responses no-auth-recursive;
  allow-transfer { 127.0.0.0/8; };
  notify explicit;
  notify-delay 0;
  serial-query-rate 1000;
};
${bindRoles.map((role) => view(role, zonesIn(role, port, key))).join('\n')}
`
}

const registryFile = (zone: string) => (zone === '.' ? 'root.zone' : `${zone}.zone`)

function view(role: Role, lines: readonly string[]): string {
  return `view "${role}" {\n  match-destinations { ${addresses[role]}; };\n  ${lines.join('\n  ')}\n};`
}

function zonesIn(role: (typeof bindRoles)[number], port: number, key: string): string[] {
  const updated = `allow-update { key "${key}"; };`
  if (role === 'registry')
    return (['.', ...registries] as const).map((zone) => {
      const signed = zone === '.' || zone === 'test' ? 'dnssec-policy "lab";' : ''
      return `zone "${zone}" { type primary; file "${registryFile(zone)}"; ${updated} ${signed} };`
    })
  if (role === 'internal') return internalZones.map((zone) => `zone "${zone}" { type primary; file "${zone}.internal"; };`)
  return zoneTable.flatMap(([zone, { served = [], signed }]) => {
    const [first, ...others] = served
    // The lagging secondary is told nothing, and would ask by itself after a day.
    if (first !== role)
      return others.some((other) => other === role)
        ? [`zone "${zone}" { type secondary; file "${zone}.transferred"; primaries { ${addresses.primary} port ${port}; }; };`]
        : []
    const told = others.includes('knot')
      ? `also-notify { ${addresses.knot} port ${port}; }; notify-source ${addresses.primary};`
      : 'notify no;'
    const how = { policy: `${updated} dnssec-policy "lab";`, expired: '', none: updated }[signed ?? 'none']
    return [`zone "${zone}" { type primary; file "${zone}.zone"; ${how} ${told} };`]
  })
}
