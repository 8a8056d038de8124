import type { CommandRow } from '../packages/cli/src/command-row.ts'
import { COMMANDS } from '../packages/cli/src/command-table.ts'
import { commonOptions } from '../packages/cli/src/common-options.ts'
import { EXIT_MEANINGS } from '../packages/cli/src/program.ts'
import { ENDS, GUIDES } from './command-guides.ts'

type Option = ReturnType<CommandRow['options']>[number]

/** `docs/commands`: a page for each command or group of commands, from the table that the command line itself is made of. */
export function generateCommands(): { path: string; content: string }[] {
  const pages = [...Map.groupBy(COMMANDS, ({ name }) => wordOf(name))].map(([word, rows]) => ({
    path: `docs/commands/${word}.md`,
    content: page(word, rows),
  }))
  return [{ path: 'docs/commands/README.md', content: index() }, ...pages]
}

const wordOf = (name: string) => name.split(' ', 1)[0] ?? name

function index(): string {
  const commands = COMMANDS.map(
    ({ name, about }) => `| [\`${name}\`](${wordOf(name)}.md${name.includes(' ') ? anchorOf(name) : ''}) | ${cell(about)} |`,
  )
  const exits = EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`)
  return `${INDEX}\n${commands.join('\n')}\n\n${EXITS}\n${exits.join('\n')}\n\n${COMMON}\n${optionRows(commonOptions())}\n\n${AFTER}`
}

/** A page of one command has its options below its title; a page of a group has a section for each of its commands. */
function page(word: string, rows: readonly CommandRow[]): string {
  const alone = rows.length === 1 && rows[0]?.name === word
  const guides = (GUIDES[word] ?? []).map(([title, path]) => `[${title}](../${path})`)
  const sections = rows.map((row) => (alone ? described(row) : `## domainctl ${row.name}\n\n${described(row)}`))
  const more = guides.length === 0 ? '' : `\nMore: ${guides.join(', ')}.\n`
  return `${MADE}\n# domainctl ${word}\n\n${sections.join('\n')}${more}\n${FOOT}`
}

function described(row: CommandRow): string {
  const options = row.options()
  const table = options.length === 0 ? '' : `\n| option | |\n|---|---|\n${optionRows(options)}\n`
  const told = [`${sentence(row.about)}${alias(row)}`, looks(row), ENDS[row.name] ?? ''].filter((text) => text !== '')
  const usage =
    `domainctl ${row.name}${options.length === 0 ? '' : ' [options]'}${row.behindDashes ? ' --' : ''} ${row.args}`.trimEnd()
  return `${told.join('\n\n')}\n\n\`\`\`text\n${usage}\n\`\`\`\n${table}\nExamples:\n\n\`\`\`sh\n${row.examples.join('\n')}\n\`\`\`\n`
}

function alias({ alias: other }: CommandRow): string {
  return other === undefined ? '' : ` \`domainctl ${other}\` is the same.`
}

function looks({ onlyLooks }: CommandRow): string {
  if (onlyLooks === undefined) return ''
  const what = 'it only reads the state: it makes none and changes none.'
  return onlyLooks === true
    ? sentence(what)
    : `With \`--${onlyLooks.withFlag.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}\` ${what}`
}

function optionRows(options: readonly Option[]): string {
  return options
    .map(({ flags, description, argChoices, defaultValue, mandatory }) => {
      const choices = argChoices === undefined ? '' : ` One of ${argChoices.map((choice) => `\`${choice}\``).join(', ')}.`
      const usual = defaultValue === undefined ? '' : ` Default: \`${defaultValue}\`.`
      return `| \`${cell(flags)}\` | ${cell(description)}${mandatory ? ' (needed)' : ''}${choices === '' && usual === '' ? '' : `.${choices}${usual}`} |`
    })
    .join('\n')
}

const cell = (text: string) => text.replaceAll('|', '\\|')
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/\.?$/, '.')
const anchorOf = (name: string) => `#domainctl-${name.replaceAll(' ', '-')}`

const MADE = '<!-- Made by scripts/generate-commands.ts from the table of commands: `npm run gen` writes it anew. -->'

const FOOT =
  'Options that every command takes, and exit codes: [all commands](README.md). What it prints with `--json`: [json.md](../guide/json.md).\n'

const INDEX = `${MADE}
# Commands

\`domainctl help COMMAND\` prints what these pages say.

| command | |
|---|---|`

const EXITS = `## Exit codes

| code | meaning |
|---|---|`

const COMMON = `## Options of every command

They may stand before the command or after it. Most are settings, and have a key in the configuration file and a variable in the
environment as well: [configuration.md](../guide/configuration.md).

| option | |
|---|---|`

const AFTER = `## What all commands have in common

- Results go to standard output, progress and messages to standard error. With \`--json\` standard output is exactly one JSON document
  ([json.md](../guide/json.md)), or JSON lines where a command goes on.
- Commands over domains take many names, or \`--from-file FILE\` with one on each line (\`-\` is standard input), do what they can, and
  sum up.
- Ctrl-C stops cleanly, a second one at once. What was begun is in the state, and the same command continues it.
`
