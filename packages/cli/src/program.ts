import { DomainctlError } from '@domainctl/core'
import { Command, CommanderError, Help } from 'commander'
import { codeAskedFor, codeHelp } from './code-help.ts'
import type { CommandRow } from './command-row.ts'
import { COMMANDS } from './command-table.ts'
import { commonOptions } from './common-options.ts'
import type { CommonFlags } from './context.ts'
import { EXIT_CODES, EXIT_MIXED, EXIT_UNHEALTHY } from './exit.ts'
import type { Io } from './io.ts'
import { nearest } from './nearest.ts'
import type { Output } from './output/output.ts'
import { shortened } from './output/text.ts'

/**
 * Parses the command line and runs the command that it names.
 * @param act runs it
 * @returns the exit code
 * @throws DomainctlError `USAGE` for a command line that does not fit, else what the command throws
 */
export async function runProgram(argv: readonly string[], io: Io, output: Output, act = runCommand): Promise<number> {
  const code = codeAskedFor(argv)
  if (code !== undefined) return showHelp(await codeHelp(code, io.stdout.columns || 100), true, output)
  let exitCode = 0
  let help = ''
  const program = describeProgram()
  const keep = (text: string) => {
    help += text
  }
  program.exitOverride().configureOutput({
    writeOut: keep,
    writeErr: keep,
    outputError: () => undefined,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    getOutHelpWidth: () => io.stdout.columns || 100,
    getErrHelpWidth: () => io.stderr.columns || 100,
  })
  for (const row of COMMANDS) {
    addCommand(program, row, argv).action(async (...call: unknown[]) => {
      const command = call.at(-1) as Command
      exitCode = await act(row, command.args, command.optsWithGlobals(), io, output)
    })
  }
  requireDashes(argv)
  try {
    await program.parseAsync(withHelpOfSubcommand(argv), { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (!error.code.startsWith('commander.help')) throw usageError(error)
    if (error.exitCode !== 0) refuseIncomplete(program)
    return showHelp(help, error.exitCode === 0, output)
  }
}

/** @throws DomainctlError `USAGE` when options of a command that is to be run would be taken for ours */
function requireDashes(argv: readonly string[]): void {
  const words = argv.filter((argument) => !argument.startsWith('-'))
  const row = COMMANDS.find(({ name, behindDashes }) => behindDashes && words.join(' ').startsWith(`${name} `))
  if (row === undefined || argv.some((argument) => ['--', '--help', '-h'].includes(argument))) return
  throw new DomainctlError('USAGE', `The command that ${row.name} runs has to stand behind --.`, {
    hint: `Such as: domainctl ${row.name} -- ${words.slice(2).join(' ') || 'sh'}`,
  })
}

async function runCommand(row: CommandRow, args: string[], flags: CommonFlags, io: Io, output: Output): Promise<number> {
  const { onlyLooks } = row
  const readOnly = onlyLooks === true || (onlyLooks !== undefined && flags[onlyLooks.withFlag] === true)
  // What `verify` writes is what it has seen.
  output.pipeline?.begin({ name: row.name, onlyLooks: readOnly || row.name === 'verify' })
  if ('runAlone' in row) return row.runAlone({ io, output, flags }, args, flags)
  const { createContext } = await import('./commands/index.ts')
  const context = await createContext(io, output, flags, { readOnly })
  try {
    return await row.run(context, args, flags)
  } finally {
    await context.close()
  }
}

function describeProgram(): Command {
  const program = new Command('domainctl')
    .description('From a domain name to HTTPS that renews itself, with any DNS provider.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true, formatHelp: commandsFirst })
    .addHelpText(
      'after',
      `\n${exitCodesHelp()}\n\n  domainctl help COMMAND has examples of each command, domainctl help CODE explains an error.`,
    )
  for (const option of commonOptions()) program.addOption(option)
  return program
}

/** The commands before the options: of those there are many that most people never need. */
function commandsFirst(command: Command, help: Help): string {
  const text = Help.prototype.formatHelp.call(help, command, help)
  return text.replace(/^(Options:\n[\s\S]*?\n\n)(Commands:\n[\s\S]*)$/m, (_, options: string, commands: string) => {
    return `${commands.trimEnd()}\n\n${options.trimEnd()}\n`
  })
}

/** What a person reads who types the name of the command and nothing else: the road, on less than a screen. */
const ROAD = [
  ['sandbox tour', 'see it work, with nothing but this machine'],
  ['init', 'say once what it needs to know here'],
  ['add NAME', 'take a domain, and learn which DNS records it needs'],
  ['verify NAME', 'see what is missing, at which server, and who must act'],
  ['issue NAME', 'get its certificate'],
  ['list', 'see all domains, the worst first'],
  ['run', 'leave it running: it renews, deploys and watches'],
] as const

function firstSteps(): string[] {
  return [
    'Usage: domainctl [options] [command]',
    '',
    'From a domain name to HTTPS that renews itself, with any DNS provider.',
    '',
    ...ROAD.map(([command, about]) => `  domainctl ${command.padEnd(14)}${about}`),
    '',
    'All commands and options: domainctl --help. Examples of one: domainctl help add.',
  ]
}

/** A command that the command line nowhere names is known by its name alone. */
function addCommand(
  program: Command,
  { name, alias, args, about, options, examples }: CommandRow,
  argv: readonly string[],
): Command {
  const [word = '', subword] = name.split(' ')
  const parent =
    subword === undefined
      ? program
      : (program.commands.find((known) => known.name() === word) ??
        program.command(word).description(`see its commands: ${subcommandsOf(word).join(', ')}`))
  const command = parent.command(`${subword ?? word} ${args}`.trim()).description(about)
  if (alias !== undefined) command.alias(alias)
  if (!argv.includes(word) && !argv.includes(alias ?? word)) return command
  for (const option of options()) command.addOption(option)
  refuseContradictions(command)
  return command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n\n${exitCodesHelp()}`)
}

/** Of `--x` and `--no-x` commander takes the later one, and says nothing. */
function refuseContradictions(command: Command): void {
  const given = new Set<string>()
  for (const { long, negate } of command.options) {
    const positive = long?.replace(/^--no-/, '--')
    if (long === undefined || positive === undefined) continue
    command.on(`option:${long.slice(2)}`, () => {
      given.add(long)
      const other = negate ? positive : long.replace(/^--/, '--no-')
      if (!given.has(other)) return
      throw new DomainctlError('USAGE', `${[long, other].sort().reverse().join(' and ')} were given together.`, {
        hint: 'Leave one of them out.',
      })
    })
  }
}

/** What each exit code means, in the words of the help. */
export const EXIT_MEANINGS = [
  [0, 'done, or nothing to do'],
  [EXIT_CODES.internal, 'a fault of domainctl'],
  [EXIT_CODES.usage, 'usage or configuration'],
  [EXIT_CODES['not-ready'], 'not ready: DNS is not right yet, or a --check has found something to do'],
  [EXIT_CODES['ca-refused'], 'the CA refused'],
  [EXIT_CODES['ca-unavailable'], 'the CA cannot serve now; when to come back is in the error'],
  [EXIT_CODES.provider, 'a provider or a target failed'],
  [EXIT_MIXED, 'several names failed in different ways, or only some of them failed'],
  [EXIT_UNHEALTHY, 'what was looked at is not well'],
  [EXIT_CODES.busy, 'another process is at work on it'],
  [EXIT_CODES.interrupted, 'interrupted'],
] as const

function exitCodesHelp(): string {
  return `Exit codes:\n${EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n')}`
}

/** `help state copy` as `state copy --help`: commander's own shows the group alone. */
function withHelpOfSubcommand(argv: readonly string[]): readonly string[] {
  const [help, ...words] = argv.filter((argument) => !argument.startsWith('-'))
  if (help !== 'help' || !COMMANDS.some(({ name }) => name === words.join(' ') && name.includes(' '))) return argv
  return [...words, ...argv.filter((argument) => argument.startsWith('-')), '--help']
}

function showHelp(help: string, asked: boolean, output: Output): number {
  if (asked) {
    if (output.json) output.document({ help })
    else output.print(help.trimEnd())
    return 0
  }
  if (output.json) throw new DomainctlError('USAGE', 'No command was given.', { hint: 'domainctl --help lists all commands.' })
  output.complain(...firstSteps())
  return EXIT_CODES.usage
}

/**
 * Where commander knows no better answer to a mistake than the whole help: what is wrong.
 * @throws DomainctlError `USAGE` but for a command line without any command
 */
function refuseIncomplete(program: Command): void {
  const [word, wanted] = program.args
  if (word === undefined) return
  if (word === 'help' && wanted !== undefined) {
    const known = [...new Set(COMMANDS.map(({ name }) => name.split(' ', 1)[0] ?? name))]
    const meant = nearest(wanted, known)
    throw new DomainctlError('USAGE', `Unknown command ${shortened(wanted)}.`, {
      hint: meant === undefined ? `Commands are ${known.join(', ')}.` : `Did you mean ${meant}?`,
    })
  }
  const subcommands = subcommandsOf(word)
  if (subcommands.length === 0) return
  throw new DomainctlError('USAGE', `${word} needs a subcommand: ${subcommands.join(', ')}.`, {
    hint: `Such as: domainctl ${word} ${subcommands[0]}`,
  })
}

/** `show` of `config`; none of a command that is no group. */
function subcommandsOf(word: string): string[] {
  return COMMANDS.map(({ name }) => name.split(' ')).flatMap(([group, sub]) => (group === word && sub ? [sub] : []))
}

/** `error: unknown option '--jsn'\n(Did you mean --json?)` of commander as an error of ours. */
function usageError({ message }: CommanderError): DomainctlError {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n')
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/\.?$/, '.')
  return new DomainctlError('USAGE', sentence, {
    hint:
      suggestion?.replace(/^\((.*)\)$/, '$1') ??
      'domainctl --help lists all commands, domainctl help COMMAND the options of one.',
  })
}
