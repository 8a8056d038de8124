import { type CommandRow, command } from './command-row.ts'

/** `state …`: what keeps all the rest. */
export const STATE_COMMANDS: readonly CommandRow[] = [
  command({
    name: 'state copy',
    args: '<from> <to>',
    about: 'copy a whole state to another place, such as from a file to Postgres; compares both, and goes on where it stopped',
    options: () => [],
    examples: [
      'domainctl state copy file:.domainctl/state.db postgres://domainctl@db.example.net/domainctl',
      'domainctl state copy postgres://domainctl@db.example.net/domainctl file:backup/state.db',
    ],
    run: async (context, [from = '', to = '']) => (await import('./commands/index.ts')).stateCopy(context, from, to),
  }),
]
