import { type CommandRow, command, option, repeatedOrList } from './command-row.ts'
import type { ImportFlags } from './commands/import.ts'

export const IMPORT_COMMANDS: readonly CommandRow[] = [
  command<ImportFlags>({
    name: 'import',
    args: '<client> [dir]',
    about:
      'take over certificates, keys and accounts of certbot, lego, dehydrated or acme.sh; nothing is issued, and nothing of theirs changed',
    options: () => [
      option('--only <names>', 'these certificates alone, comma separated; may be repeated').argParser(repeatedOrList),
      option('--dry-run', 'only say what would be imported'),
      option('--provider <name>', "DNS provider that writes the records of renewals (default: the one that fits the client's)"),
      option('--challenge <type>', 'how the names are proven from now on (default: as the client did)').choices([
        'dns-01',
        'http-01',
      ]),
      option('--deploy <targets>', 'targets where the certificates are to serve, comma separated; may be repeated').argParser(
        repeatedOrList,
      ),
      option('--staging', 'also what came from CAs for tests'),
      option('--no-accounts', 'leave the accounts at CAs: renewals go by those of the state'),
    ],
    examples: [
      'domainctl import certbot --dry-run',
      'domainctl import certbot /etc/letsencrypt --deploy web',
      'domainctl import lego /etc/lego --provider cloudflare',
      'domainctl import acme.sh ~/.acme.sh --only shop.example.com',
    ],
    onlyLooks: { withFlag: 'dryRun' },
    run: async (context, args, flags) => (await import('./commands/index.ts')).importFrom(context, args, flags),
  }),
]
