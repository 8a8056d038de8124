import { type CommandRow, command, option } from './command-row.ts'
import type { SuspendFlags } from './commands/suspend.ts'

const fromFile = () => option('--from-file <file>', 'read the names from a file, one on each line; - is standard input')

export const SUSPEND_COMMANDS: readonly CommandRow[] = [
  command<SuspendFlags>({
    name: 'suspend',
    args: '[names...]',
    about: 'put domains aside: nothing is looked at, renewed, deployed or measured until they are resumed; what they serve stays',
    options: () => [option('--reason <text>', 'why, for whoever looks at them'), fromFile()],
    examples: ["domainctl suspend shop.example.com --reason 'has not paid since May'"],
    run: async (context, args, flags) => (await import('./commands/index.ts')).suspend(context, args, flags),
  }),
  command<Omit<SuspendFlags, 'reason'>>({
    name: 'resume',
    args: '[names...]',
    about: 'take suspended domains up again: what is due meanwhile is done next',
    options: () => [fromFile()],
    examples: ['domainctl resume shop.example.com'],
    run: async (context, args, flags) => (await import('./commands/index.ts')).resume(context, args, flags),
  }),
]
