import { type CommandRow, command } from './command-row.ts'

/** `notify …`: channels by which people are told. */
export const NOTIFY_COMMANDS: readonly CommandRow[] = [
  command({
    name: 'notify test',
    args: '[channels...]',
    about: 'send a sample notice to each channel, or to those named, and say what became of it',
    options: () => [],
    examples: ['domainctl notify test', 'domainctl notify test ops --json'],
    onlyLooks: true,
    run: async (context, channels) => (await import('./commands/index.ts')).notifyTest(context, channels),
  }),
  command({
    name: 'notify deliver',
    args: '',
    about: 'send the notices that wait, as `run` does by itself; for where commands run by cron',
    options: () => [],
    examples: ['domainctl notify deliver'],
    run: async (context) => (await import('./commands/index.ts')).notifyDeliver(context),
  }),
]
