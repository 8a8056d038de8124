import { type CommandRow, commandAlone, option, repeated } from './command-row.ts'
import type { SandboxFlags } from './commands/sandbox/flags.ts'

const port = (flag: string, what: string) => option(`${flag} <n>`, `port of ${what} (default: a free one)`)
const sandboxOptions = () => [
  option('--zone <name>', 'zone that is served (default: example.test); may be repeated').argParser(repeated),
  option('--name-servers <n>', 'authoritative servers, at 127.0.0.1, 127.0.0.2 … (default: 1)'),
  option('--lag <duration>', 'how long after the first the other servers show a change (default: 0s)'),
  option('--lifetime <duration>', 'how long certificates live (default: 90d)'),
  option('--nonce-reject <percent>', 'how many good nonces the CA refuses (default: 0)'),
  option('--processing <n>', 'how often an order says processing before it is valid (default: 0)'),
  option('--retry-after <seconds>', 'Retry-After of what is not done yet (default: none)'),
  option('--reuse-authorizations', 'new orders take over what the account has proven before'),
  option('--rate-limits', "the CA refuses what Let's Encrypt's limits would refuse"),
  option('--http-port <n>', 'port at which web servers are asked for HTTP-01 (default: 80)'),
  port('--ca-port', 'the CA'),
  port('--dns-port', 'the authoritative servers'),
  port('--resolver-port', 'the resolver'),
  port('--https-port', 'the HTTPS server'),
  option('--serve <dir>', 'serve the certificates in this folder or in its folders over HTTPS, as export writes them'),
  option('--dir <dir>', 'folder for the roots and for temporary files (default: a new one, removed at the end)'),
]

/** The commands around a CA, name servers and an HTTPS server on loopback. */
export const SANDBOX_COMMANDS: readonly CommandRow[] = [
  commandAlone({
    name: 'sandbox tour',
    args: '',
    about: 'see it all work in some seconds: a domain from add to its renewed certificate, on this machine alone',
    options: () => [],
    examples: ['domainctl sandbox tour'],
    runAlone: async (surroundings) => (await import('./commands/sandbox/tour.ts')).sandboxTour(surroundings),
  }),
  commandAlone<SandboxFlags>({
    name: 'sandbox exec',
    args: '<command> [arguments...]',
    behindDashes: true,
    about: 'start a CA, name servers and an HTTPS server on loopback, run a command with them, and exit with its code',
    options: sandboxOptions,
    examples: [
      'domainctl sandbox exec -- sh',
      'domainctl sandbox exec --serve deployed -- sh pipeline.sh',
      'domainctl sandbox exec --lifetime 6d --nonce-reject 20 -- npm test',
    ],
    runAlone: async (surroundings, args, flags) =>
      (await import('./commands/sandbox/exec.ts')).sandboxExec(surroundings, args, flags),
  }),
  commandAlone<SandboxFlags>({
    name: 'sandbox start',
    args: '',
    about: 'run a CA, name servers and an HTTPS server on loopback until Ctrl-C; print their environment as a line of JSON',
    options: sandboxOptions,
    examples: ['domainctl sandbox start', 'domainctl sandbox start --ca-port 14000 --dns-port 5353 --dir sandbox'],
    runAlone: async (surroundings, _, flags) => (await import('./commands/sandbox/start.ts')).sandboxStart(surroundings, flags),
  }),
  commandAlone({
    name: 'sandbox publish',
    args: '',
    about: "create the records that `records --json` or `add --json` prints in the sandbox's zone, as a customer would",
    options: () => [],
    examples: ['domainctl records shop.example.test --json | domainctl sandbox publish'],
    runAlone: async (surroundings) => (await import('./commands/sandbox/publish.ts')).sandboxPublish(surroundings),
  }),
  commandAlone({
    name: 'sandbox handshake',
    args: '<names...>',
    about: "look at the certificate that the sandbox's HTTPS server shows for names, and verify it",
    options: () => [],
    examples: ['domainctl sandbox handshake shop.example.test www.shop.example.test'],
    runAlone: async (surroundings, names) =>
      (await import('./commands/sandbox/handshake.ts')).sandboxHandshake(surroundings, names),
  }),
]
