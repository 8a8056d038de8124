import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startDaemon, temporaryDirectory } from './daemon.ts'
import { unconfined } from './unconfined.ts'
import { addresses, answersFor, type NameServerOptions, type NameServers, served, type ZoneName, zoneFiles } from './zones.ts'

const listening = [...new Set(served.map(([address]) => address))]

/** One `named` that is four name servers, by a view for each address. BIND listens only on addresses that an interface bears. */
export async function startBind(options: NameServerOptions): Promise<NameServers> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  for (const [zone, text] of Object.entries(zoneFiles)) await writeFile(join(directory, fileOf(zone)), text)
  await writeFile(join(directory, 'named.conf'), configuration(options), { mode: 0o600 })
  const named = await startDaemon({
    name: 'named',
    command: await unconfined('/usr/sbin/named', directory),
    args: ['-g', '-n', '2', '-c', 'named.conf'],
    directory,
    ready: async () => {
      for (const [address, zone] of served) await answersFor(address, options.port, [zone])
      return true
    },
  })
  starting.defer(() => named.stop())
  const running = starting.move()
  return { pids: [named.pid], stop: () => running.disposeAsync() }
}

const fileOf = (zone: string) => (zone === '.' ? 'root.zone' : `${zone}.zone`)

// Its journals keep every change since the start, for whoever asks by IXFR (RFC 1995) what was ever written.
// Nothing is shared with a `named` of the system: no pid file, session key or control channel in /run.
function configuration({ port, keys }: NameServerOptions): string {
  const everywhere = listening.map((address) => `${address};`).join(' ')
  return `
${keys.map((key) => `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`).join('\n')}
controls { };
options {
  directory ".";
  listen-on port ${port} { ${everywhere} };
  listen-on port 53 { ${everywhere} };
  listen-on-v6 { none; };
  pid-file none;
  lock-file none;
  session-keyfile "session.key";
  managed-keys-directory ".";
  dnssec-validation no;
  empty-zones-enable no;
  tcp-listen-queue 512;
  tcp-clients 1000;
  recursion no;
  allow-transfer { 127.0.0.0/8; };
  notify explicit;
  notify-delay 0;
  notify-rate 1000;
  startup-notify-rate 1000;
  serial-query-rate 1000;
  min-refresh-time 1;
  min-retry-time 1;
  update-quota 1000;
  max-journal-size unlimited;
  max-ixfr-ratio unlimited;
};
${view('parent', ['.', 'test'].map(fixedZone))}
${view('primary', [
  updatedZone('example.test', addresses.secondary, port, keys),
  updatedZone('validation.test', addresses.validationSecondary, port, keys),
])}
${view('secondary', [transferredZone('example.test', port)])}
${view('validationSecondary', [transferredZone('validation.test', port)])}
`
}

function view(role: keyof typeof addresses, zones: readonly string[]): string {
  return `view "${role}" {\n  match-destinations { ${addresses[role]}; };\n  ${zones.join('\n  ')}\n};`
}

const fixedZone = (zone: string) => `zone "${zone}" { type primary; file "${fileOf(zone)}"; };`

function updatedZone(zone: ZoneName, secondary: string, port: number, keys: NameServerOptions['keys']): string {
  const updaters = keys.map((key) => `key "${key.name}";`).join(' ')
  return `zone "${zone}" {
    type primary; file "${fileOf(zone)}"; allow-update { ${updaters} };
    also-notify { ${secondary} port ${port}; }; notify-source ${addresses.primary};
  };`
}

const transferredZone = (zone: ZoneName, port: number) =>
  `zone "${zone}" { type secondary; file "${zone}.transferred"; primaries { ${addresses.primary} port ${port}; }; allow-notify { 127.0.0.0/8; }; };`
