import { type CommandRow, commandAlone, option } from './command-row.ts'
import type { InitFlags } from './commands/init.ts'

/** `init`, which needs no configuration: it writes one. */
export const INIT_COMMANDS: readonly CommandRow[] = [
  commandAlone<InitFlags>({
    name: 'init',
    args: '',
    about: 'ask for what domainctl needs to know here (or take it as flags), try it, and write domainctl.config.yaml',
    options: () => [
      option('--contact <address>', 'the same as --email'),
      option(
        '--provider <type>',
        'DNS provider that writes your records; manual: you do. Its credentials are read from the environment',
      ),
      option('--force', 'replace a configuration that is there'),
      option('--dry-run', 'print the file on standard output and write nothing'),
      option('--no-check', 'try nothing: neither the CA, nor the provider, nor the state is asked'),
    ],
    examples: [
      'domainctl init',
      'domainctl init --email you@example.com --accept-tos --provider cloudflare --no-input',
      'domainctl init --ca letsencrypt-staging --dry-run',
    ],
    runAlone: async (surroundings, _, flags) => (await import('./commands/index.ts')).init(surroundings, flags),
  }),
]
