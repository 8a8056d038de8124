import { type CommandRow, command, option, repeatedOrList } from './command-row.ts'
import type { AuditCommandFlags } from './commands/audit.ts'
import type { HistoryFlags } from './commands/history.ts'

const filters = () => [
  option('--event <pattern>', 'only these events, such as record.written or record.*; may be repeated').argParser(repeatedOrList),
  option('--who <who>', 'only what this one did, such as cli:ann'),
  option('--since <time>', 'only from this time on, such as 2026-11-20, 2026-11-20T09:15Z or 2d (two days ago)'),
  option('--until <time>', 'only before this time'),
  option('--limit <n>', 'how many events (default 100)'),
  option('--after <seq>', 'the first events after this one'),
  option('--before <seq>', 'the last events before this one'),
]

/** `history` and `audit`: what happened, and who did it. */
export const AUDIT_COMMANDS: readonly CommandRow[] = [
  command<HistoryFlags>({
    name: 'history',
    args: '<name>',
    about: 'print what happened to a domain, oldest first',
    options: filters,
    examples: [
      'domainctl history shop.example.com',
      'domainctl history shop.example.com --limit 10 --json',
      'domainctl history shop.example.com --event "record.*" --since 7d',
    ],
    onlyLooks: true,
    run: async (context, [name = ''], flags) => (await import('./commands/index.ts')).history(context, name, flags),
  }),
  command<AuditCommandFlags>({
    name: 'audit',
    args: '',
    about: 'print what happened in the whole state, and who did it: the last events, or all of them as JSON lines',
    options: () => [
      option('--domain <name>', 'only of the domain with this name, also of one that was removed'),
      option('--all-tenants', 'of all tenants'),
      ...filters(),
      option('--jsonl', 'all of them, oldest first, each as JSON on a line of its own; go on with --after'),
      option('--follow', 'go on printing what comes, until Ctrl-C'),
    ],
    examples: [
      'domainctl audit',
      'domainctl audit --event "record.*" --since 2d',
      'domainctl audit --domain shop.example.com --who cli:ann --json',
      'domainctl audit --jsonl --after 1200 >> audit.jsonl',
    ],
    onlyLooks: true,
    run: async (context, _, flags) => (await import('./commands/index.ts')).audit(context, flags),
  }),
]
