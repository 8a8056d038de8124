import { type CommandRow, command, commandAlone } from './command-row.ts'

/** `config …`: what this installation is set up to do. */
export const CONFIG_COMMANDS: readonly CommandRow[] = [
  command({
    name: 'config show',
    args: '',
    about: 'print the merged configuration and where each value came from; secrets as (set)',
    options: () => [],
    examples: ['domainctl config show', 'domainctl config show --json'],
    run: async (context) => (await import('./commands/index.ts')).configShow(context),
  }),
  commandAlone({
    name: 'config check',
    args: '',
    about: 'say everything that is wrong with the configuration, each with its line and what mends it; does no work',
    options: () => [],
    examples: ['domainctl config check', 'domainctl config check --config staging.yaml --json'],
    runAlone: async (surroundings) => (await import('./commands/index.ts')).configCheck(surroundings),
  }),
]
