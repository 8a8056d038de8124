import { type CommandRow, command, option } from './command-row.ts'
import type { RotateKeyFlags } from './commands/state-key.ts'
import type { StateMigrateFlags } from './commands/state-upkeep.ts'
import type { StateVerifyFlags } from './commands/state-verify.ts'

/** `state …`: what keeps all the rest. */
export const STATE_COMMANDS: readonly CommandRow[] = [
  command({
    name: 'state copy',
    args: '<from> <to>',
    about: 'copy a whole state to another place, such as from a file to Postgres; compares both, and goes on where it stopped',
    options: () => [],
    examples: [
      'domainctl state copy file:.domainctl/state.db postgres://domainctl@db.example.net/domainctl',
      'domainctl state copy postgres://domainctl@db.example.net/domainctl file:.domainctl/state.db',
    ],
    run: async (context, [from = '', to = '']) => (await import('./commands/index.ts')).stateCopy(context, from, to),
  }),
  command<RotateKeyFlags>({
    name: 'state rotate-key',
    args: '',
    about: 'give the state another encryption key while others work on it, and seal every secret anew; goes on where it stopped',
    options: () => [
      option('--new-key-file <file>', 'the new key, made if the file is not there; needed where the key is given'),
      option('--finish', 'run with the new key: the old one opens nothing any more'),
      option('--abandon', 'run with the old key: the new one opens nothing any more'),
    ],
    examples: [
      'domainctl state rotate-key',
      'domainctl state rotate-key --new-key-file /etc/domainctl/state.key.new',
      'DOMAINCTL_ENCRYPTION_KEY_FILE=/etc/domainctl/state.key.new domainctl state rotate-key --finish',
    ],
    run: async (context, _, flags) => (await import('./commands/index.ts')).stateRotateKey(context, flags),
  }),
  command({
    name: 'state backup',
    args: '<file>',
    about: 'keep all of the state in a new file while others work on it; the encryption key is not in it',
    options: () => [],
    examples: [
      'domainctl state backup backups/2027-01-31.db',
      'domainctl state backup /var/backups/domainctl.db --state postgres://domainctl@db.example.net/domainctl --json',
    ],
    onlyLooks: true,
    run: async (context, [file = '']) => (await import('./commands/index.ts')).stateBackup(context, file),
  }),
  command<StateMigrateFlags>({
    name: 'state migrate',
    args: '',
    about:
      'bring the state to the version of this domainctl, as the first command that writes does; a file is backed up first, in an empty Postgres database the tables are made',
    options: () => [option('--check', 'change nothing: exit with 3 when it is of an older version, or without tables')],
    examples: ['domainctl state migrate', 'domainctl state migrate --check --json'],
    run: async (context, _, flags) => (await import('./commands/index.ts')).stateMigrate(context, flags),
  }),
  command<StateVerifyFlags>({
    name: 'state verify',
    args: '',
    about: 'read all of a state, every row and every secret, and say what is wrong with it; changes nothing',
    options: () => [option('--without-secrets', 'leave what is sealed alone: no encryption key is needed')],
    examples: ['domainctl state verify', 'domainctl state verify --state file:backups/2027-01-31.db --without-secrets --json'],
    onlyLooks: true,
    run: async (context, _, flags) => (await import('./commands/index.ts')).stateVerify(context, flags),
  }),
]
