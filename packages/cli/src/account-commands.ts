import { type CommandRow, command, option } from './command-row.ts'
import type { AccountExportFlags, AccountImportFlags, AccountListFlags } from './commands/account.ts'

/** `account …`: CA accounts. Which one, `--ca` and `--account` say. */
export const ACCOUNT_COMMANDS: readonly CommandRow[] = [
  command<AccountListFlags>({
    name: 'account list',
    args: '',
    about: 'list the accounts at CAs: contact, key, and how many domains have their certificates from each',
    options: () => [option('--check', 'ask each CA how its accounts are')],
    examples: ['domainctl account list', 'domainctl account list --check --json'],
    onlyLooks: true,
    run: async (context, _, flags) => (await import('./commands/index.ts')).accountList(context, flags),
  }),
  command({
    name: 'account rotate-key',
    args: '',
    about: 'give the account another key; orders under way go on, and killed anywhere no key is lost',
    options: () => [],
    examples: ['domainctl account rotate-key', 'domainctl account rotate-key --ca letsencrypt --account shop'],
    run: async (context) => (await import('./commands/index.ts')).accountRotateKey(context),
  }),
  command({
    name: 'account update',
    args: '',
    about: 'tell the CA another contact address (--email)',
    options: () => [],
    examples: ['domainctl account update --email ops@example.com'],
    run: async (context) => (await import('./commands/index.ts')).accountUpdate(context),
  }),
  command({
    name: 'account deactivate',
    args: '',
    about: 'end the account at the CA, for good; certificates stay, and the next issue makes another account',
    options: () => [],
    examples: ['domainctl account deactivate --ca letsencrypt', 'domainctl account deactivate --account old --yes'],
    run: async (context) => (await import('./commands/index.ts')).accountDeactivate(context),
  }),
  command<AccountImportFlags>({
    name: 'account import',
    args: '',
    about: 'take over an account that is there, by its key',
    options: () => [
      option('--key <file>', 'its private key: PEM, or a JWK as certbot has it; - is standard input').makeOptionMandatory(),
    ],
    examples: [
      'domainctl account import --ca letsencrypt --key account.pem',
      'domainctl account import --ca letsencrypt --account certbot --key private_key.json',
    ],
    run: async (context, _, flags) => (await import('./commands/index.ts')).accountImport(context, flags),
  }),
  command<AccountExportFlags>({
    name: 'account export-key',
    args: '',
    about: 'write the key of the account into a file that only you can read: whoever has it is the account',
    options: () => [option('--out <file>', 'a new file').makeOptionMandatory()],
    examples: ['domainctl account export-key --ca letsencrypt --out letsencrypt-account.pem'],
    run: async (context, _, flags) => (await import('./commands/index.ts')).accountExportKey(context, flags),
  }),
]
