import { type CommandRow, command, option, repeatedOrList } from './command-row.ts'
import type { DeployFlags } from './commands/deploy.ts'

/** `deploy`: where certificates serve. */
export const DEPLOY_COMMANDS: readonly CommandRow[] = [
  command<DeployFlags>({
    name: 'deploy',
    args: '[names...]',
    about: 'put certificates to their targets and prove by TLS handshakes that they serve there, else put back what was there',
    options: () => [
      option('--target <names>', 'only to these of their targets, comma separated; may be repeated').argParser(repeatedOrList),
      option('--rollback', 'back to the certificate that was there before, until the next one is issued'),
      option('--force', 'also where it is and is served'),
      option('--all', 'all domains of the tenant that have targets'),
      option('--from-file <file>', 'read the names from a file, one on each line; - is standard input'),
    ],
    examples: [
      'domainctl issue shop.example.com --deploy web',
      'domainctl deploy shop.example.com',
      'domainctl deploy shop.example.com --target web --rollback',
    ],
    run: async (context, args, flags) => (await import('./commands/index.ts')).deploy(context, args, flags),
  }),
]
