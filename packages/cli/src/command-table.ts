import { ACCOUNT_COMMANDS } from './account-commands.ts'
import { AUDIT_COMMANDS } from './audit-commands.ts'
import { type CommandRow, command, option, repeated, repeatedOrList } from './command-row.ts'
import type { AddFlags } from './commands/add.ts'
import type { DoctorFlags } from './commands/doctor.ts'
import type { ExportFlags } from './commands/export.ts'
import type { HealthFlags } from './commands/health.ts'
import type { IssueFlags } from './commands/issue.ts'
import type { ListFlags } from './commands/list.ts'
import type { ProvidersTestFlags } from './commands/providers.ts'
import type { RecordsFlags } from './commands/records.ts'
import type { ReleaseFlags } from './commands/release.ts'
import type { RemoveFlags } from './commands/remove.ts'
import type { RenewFlags } from './commands/renew.ts'
import type { RevokeFlags } from './commands/revoke.ts'
import type { RunFlags } from './commands/run.ts'
import type { VerifyFlags } from './commands/verify.ts'
import { completionCommands } from './completion-commands.ts'
import { CONFIG_COMMANDS } from './config-commands.ts'
import { DEPLOY_COMMANDS } from './deploy-command.ts'
import { healthCheckOptions, measuredOptions } from './health-options.ts'
import { IMPORT_COMMANDS } from './import-commands.ts'
import { INIT_COMMANDS } from './init-command.ts'
import { NOTIFY_COMMANDS } from './notify-commands.ts'
import { SANDBOX_COMMANDS } from './sandbox-commands.ts'
import { STATE_COMMANDS } from './state-commands.ts'
import { SUSPEND_COMMANDS } from './suspend-commands.ts'

const fromFile = () => option('--from-file <file>', 'read the names from a file, one on each line; - is standard input')
const all = () => option('--all', 'all domains of the tenant')
const label = () => option('--label <key=value>', 'label; may be repeated').argParser(repeated)
const wait = (what = 'wait until the records are there') => [
  option('--wait', what),
  option('--timeout <duration>', 'wait, but no longer than this, such as 30s or 1h (with --wait alone: 10m)'),
]
const domainOptions = () => [
  option('--provider <name>', 'DNS provider that writes the records; manual: a person does'),
  option('--ownership <mode>', 'whether an ownership TXT record is needed').choices(['auto', 'txt', 'none']),
  option('--san <names>', 'further names of the certificate, comma separated; may be repeated').argParser(repeatedOrList),
  option('--wildcard', 'also *.NAME'),
  option('--challenge <type>', 'how the names are proven to the CA: over DNS (default) or over HTTP').choices([
    'dns-01',
    'http-01',
  ]),
  option('--delegate <zone>', 'delegate the challenge into this validation zone by CNAME'),
  option('--target <host>', 'the names must be a CNAME to this host'),
  option('--address <ips>', 'the names must have exactly these addresses, comma separated; may be repeated').argParser(
    repeatedOrList,
  ),
  option('--probe', 'the names must answer over HTTP before a certificate is ordered'),
  option('--no-probe', 'not any more'),
  option('--probe-path <path>', 'what the probe asks for (default: /.well-known/domainctl)'),
  option('--probe-token <text>', 'what the answer must be, so that only your own servers can give it'),
  option('--contact <email>', "contact address of this domain's certificates"),
  option('--key-type <type>', 'type of the certificate key (default: ec256)').choices(['ec256', 'ec384', 'rsa2048', 'rsa4096']),
  option('--csr <file>', 'certificate request in PEM or DER, for a key of your own; NAME may be left out then'),
  option('--no-csr', 'not any more: the next certificate gets a key made here'),
  option('--reuse-key', 'renewals keep the key of the certificate'),
  option('--no-reuse-key', 'not any more'),
  option('--preferred-chain <name>', 'the chain below the root with this common name, where the CA offers several'),
  option('--no-preferred-chain', 'not any more'),
  option('--profile <name>', 'certificate profile of the CA'),
  option('--deploy <targets>', 'targets where the certificate is to serve, comma separated; may be repeated').argParser(
    repeatedOrList,
  ),
  option('--no-deploy', 'not any more'),
  option('--upstream <url>', 'where its traffic goes, for targets that route it'),
  option('--no-upstream', 'not any more'),
  label(),
]

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  ...INIT_COMMANDS,
  command<AddFlags>({
    name: 'add',
    args: '[names...]',
    about: 'add domains and say which DNS records to make; with --apply make them at the provider',
    options: () => [
      ...domainOptions(),
      ...healthCheckOptions(),
      option('--apply', 'make the routing and delegation records at the provider, once ownership is proven'),
      option('--force', 'with --apply: replace records that domainctl did not make, and keep them to be put back'),
      option('--unapply', 'take away what --apply made and put back what it replaced; the domain stays'),
      ...wait('with --apply: wait until the ownership record is seen'),
      fromFile(),
    ],
    examples: [
      'domainctl add shop.example.com',
      'domainctl add example.com --san www.example.com --provider rfc2136',
      'domainctl add --from-file names.txt --label customer=acme --target edge.example.net',
      'domainctl add shop.example.com --target edge.example.net --provider cloudflare --apply',
      'domainctl add shop.example.com --unapply',
    ],
    run: async (context, args, flags) => (await import('./commands/index.ts')).add(context, args, flags),
  }),
  command<VerifyFlags>({
    name: 'verify',
    args: '[names...]',
    about: 'check the DNS records of domains: what is expected, what is seen where, who must act',
    options: () => [...wait(), all(), fromFile()],
    examples: [
      'domainctl verify shop.example.com',
      'domainctl verify --all --json',
      'domainctl verify shop.example.com --wait --timeout 1h',
    ],
    run: async (context, args, flags) => (await import('./commands/index.ts')).verify(context, args, flags),
  }),
  command<IssueFlags>({
    name: 'issue',
    args: '[names...]',
    about: 'get certificates; adds the names that are not there, so this one command is enough in a zone of your own',
    options: () => [
      ...domainOptions(),
      ...healthCheckOptions(),
      option('--force', 'order anew although there is a good certificate'),
      option('--no-preflight', 'without checking first that the names point where they should'),
      ...wait(),
      all(),
      fromFile(),
    ],
    examples: [
      'domainctl issue example.com --wildcard --provider rfc2136 --email you@example.com --accept-tos',
      'domainctl issue --from-file names.txt --concurrency 8',
      'domainctl issue shop.example.com --provider manual --wait',
    ],
    run: async (context, args, flags) => (await import('./commands/index.ts')).issue(context, args, flags),
  }),
  ...DEPLOY_COMMANDS,
  command<RenewFlags>({
    name: 'renew',
    args: '[names...]',
    about: 'renew certificates: those that are due, or these names when they are due',
    options: () => [
      option('--force', 'renew although it is not due'),
      option('--dry-run', 'show what is due and why: asks no CA and changes nothing'),
      ...wait(),
      option('--all', 'every certificate of the tenant, with --force also those that are not due'),
      fromFile(),
    ],
    examples: ['domainctl renew', 'domainctl renew --dry-run', 'domainctl renew shop.example.com --force'],
    onlyLooks: { withFlag: 'dryRun' },
    run: async (context, args, flags) => (await import('./commands/index.ts')).renew(context, args, flags),
  }),
  command<ListFlags>({
    name: 'list',
    args: '',
    about:
      'list domains with what is left of their certificates, the worst first; of more than 100 a page in the order of their names',
    options: () => [
      option('--status <status>', 'only with this status').choices([
        'pending_dns',
        'pending_probe',
        'issuing',
        'active',
        'failed',
        'suspended',
        'deleted',
      ]),
      option('--expiring <duration>', 'only with a certificate that expires within this time, such as 14d'),
      label(),
      option('--limit <n>', 'domains on a page'),
      option('--cursor <cursor>', 'continue after the page that ended with this cursor'),
      option('--sort <order>', 'by name, or the worst of all, which reads all of them').choices(['name', 'worst']),
      option('--watch', 'go on until Ctrl-C: a table on a terminal, else a line for each change; with --json as JSON lines'),
      option('--interval <duration>', 'between two looks of --watch (default: 5s)'),
    ],
    examples: [
      'domainctl list',
      'domainctl list --status failed --json',
      'domainctl list --expiring 14d --label customer=acme',
      'domainctl list --sort worst --limit 20',
      'domainctl list --watch',
    ],
    onlyLooks: true,
    run: async (context, _, flags) => (await import('./commands/index.ts')).list(context, flags),
  }),
  command({
    name: 'show',
    args: '<name>',
    about: 'show all that is known of a domain',
    options: () => [],
    examples: ['domainctl show shop.example.com', 'domainctl show shop.example.com --json'],
    onlyLooks: true,
    run: async (context, [name = '']) => (await import('./commands/index.ts')).show(context, name),
  }),
  command<RecordsFlags>({
    name: 'records',
    args: '<name>',
    about: 'print the DNS records that a domain needs, and what is there now',
    options: () => [
      option('--format <format>', 'a table, lines of a zone file, Terraform, or JSON (the same as --json)')
        .choices(['table', 'zone', 'terraform', 'json'])
        .default('table'),
    ],
    examples: [
      'domainctl records shop.example.com',
      'domainctl records shop.example.com --format zone >> example.com.zone',
      'domainctl records shop.example.com --format terraform > shop.tf',
    ],
    onlyLooks: true,
    run: async (context, [name = ''], flags) => (await import('./commands/index.ts')).records(context, name, flags),
  }),
  command<DoctorFlags>({
    name: 'doctor',
    args: '[name]',
    about:
      'look at all that a name needs and change nothing; also for a name that is not there, as the options describe it; without a name: at this installation, its CAs and what is left of their limits',
    options: domainOptions,
    examples: [
      'domainctl doctor',
      'domainctl doctor shop.example.com',
      'domainctl doctor shop.example.com --target edge.example.net --json',
    ],
    onlyLooks: true,
    run: async (context, [name], flags) => (await import('./commands/index.ts')).doctor(context, name, flags),
  }),
  command<HealthFlags>({
    name: 'health',
    alias: 'check',
    args: '[names...]',
    about:
      'measure names now as their visitors meet them: DNS, TCP, TLS, HTTP and the endpoint of the application; without names, what checks have found; exit 8 when unhealthy',
    options: () => [
      ...measuredOptions(),
      option(
        '--watch',
        'go on until Ctrl-C: a table on a terminal, else a line for each change; with --json a line for each look',
      ),
      option('--interval <duration>', 'between two looks of --watch (default: 30s; 5s where nothing is measured)'),
      option('--history <duration>', 'measure nothing: what checks have found in this time, such as 7d (at most 30d)'),
      all(),
      fromFile(),
    ],
    examples: [
      'domainctl health shop.example.com',
      'domainctl health --all --json',
      'domainctl health shop.example.com --history 30d',
      'domainctl health shop.example.com --endpoint /healthz --endpoint-text ok',
      'domainctl health --watch',
    ],
    onlyLooks: true,
    run: async (context, args, flags) => (await import('./commands/index.ts')).health(context, args, flags),
  }),
  ...AUDIT_COMMANDS,
  command<ExportFlags>({
    name: 'export',
    args: '<name>',
    about: 'write certificate and key as cert.pem, chain.pem, fullchain.pem and privkey.pem, all replaced at one moment',
    options: () => [
      option('--out <dir>', 'folder for the files; made when it is not there').makeOptionMandatory(),
      option('--pkcs12', 'also keystore.p12, which Java and Windows read; its password: DOMAINCTL_PKCS12_PASSWORD, or'),
      option('--password-env <name>', 'the variable of the environment that holds the password'),
      option('--password-file <file>', 'the file that holds it'),
      option('--empty-password', 'an empty password: whoever can read keystore.p12 has the key'),
      option('--plain-files', 'files without links, replaced one by one: for what copies folders and does not follow links'),
    ],
    examples: [
      'domainctl export shop.example.com --out /etc/tls/shop',
      'domainctl export shop.example.com --out /etc/tls/shop --pkcs12 --password-file /run/secrets/keystore',
    ],
    onlyLooks: true,
    run: async (context, [name = ''], flags) => (await import('./commands/index.ts')).exportCertificate(context, name, flags),
  }),
  command<RemoveFlags>({
    name: 'remove',
    args: '[names...]',
    about: 'remove domains: takes our DNS records away and keeps the names in quarantine for 7 days',
    options: () => [
      option('--abandon-records', 'leave records there whose provider is not configured any more, or refuses for good'),
      fromFile(),
    ],
    examples: ['domainctl remove shop.example.com', 'domainctl remove --from-file gone.txt --yes'],
    run: async (context, args, flags) => (await import('./commands/index.ts')).remove(context, args, flags),
  }),
  command<ReleaseFlags>({
    name: 'release',
    args: '[names...]',
    about: 'end the quarantine of removed domains now: their certificates and keys are erased, and others can have the names',
    options: () => [option('--reason <text>', 'why, for the audit'), fromFile()],
    examples: ["domainctl release old.example.com --reason 'sold to another customer'"],
    run: async (context, args, flags) => (await import('./commands/index.ts')).release(context, args, flags),
  }),
  ...SUSPEND_COMMANDS,
  command<RevokeFlags>({
    name: 'revoke',
    args: '[names...]',
    about: 'have the CA revoke the live certificates of domains; the domains stay, and are due for new ones',
    options: () => [option('--reason <reason>', 'why, such as keyCompromise, superseded or cessationOfOperation'), fromFile()],
    examples: ['domainctl revoke shop.example.com --reason keyCompromise', 'domainctl revoke --from-file gone.txt --yes'],
    run: async (context, args, flags) => (await import('./commands/index.ts')).revoke(context, args, flags),
  }),
  ...IMPORT_COMMANDS,
  ...ACCOUNT_COMMANDS,
  command({
    name: 'challenge',
    args: '<token>',
    about: 'print what answers the HTTP-01 challenge of this token (its key authorization); exit 3 when there is none',
    options: () => [],
    examples: ['domainctl challenge -- LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0'],
    onlyLooks: true,
    run: async (context, [token = '']) => (await import('./commands/index.ts')).challenge(context, token),
  }),
  command({
    name: 'providers',
    args: '',
    about: 'list the configured DNS providers: whether each credential works, what it may do, and what else there is',
    options: () => [],
    examples: ['domainctl providers', 'domainctl providers --json'],
    onlyLooks: true,
    run: async (context) => (await import('./commands/index.ts')).providers(context),
  }),
  command<ProvidersTestFlags>({
    name: 'providers test',
    args: '<name>',
    about: 'try a DNS provider: make a TXT record in a zone of yours, see it at every name server, and remove it',
    options: () => [option('--zone <zone>', 'in which zone (default: the only one that the provider has)')],
    examples: ['domainctl providers test cloudflare --zone example.com', 'domainctl providers test route53 --zone example.com'],
    run: async (context, [name = ''], flags) => (await import('./commands/index.ts')).providersTest(context, name, flags),
  }),
  ...CONFIG_COMMANDS,
  command<RunFlags>({
    name: 'run',
    args: '',
    about: 'leave it running: looks at awaited records, orders, renews, and tries again what failed, whenever it is due',
    options: () => [option('--once', 'do what is due now, then end: for cron and CI')],
    examples: [
      'domainctl run',
      'domainctl run --once',
      'domainctl run --live-file /run/domainctl/live --metrics-file /var/lib/node_exporter/domainctl.prom',
    ],
    run: async (context, _, flags) => (await import('./commands/index.ts')).run(context, flags),
  }),
  ...NOTIFY_COMMANDS,
  ...STATE_COMMANDS,
  ...SANDBOX_COMMANDS,
  ...completionCommands(() => COMMANDS),
]
