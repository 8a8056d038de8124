import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { CommandRow } from '../command-row.ts'
import { COMMANDS } from '../command-table.ts'
import { commonOptions } from '../common-options.ts'
import { readTypedLine } from '../completion/command-line.ts'
import { DOCUMENTS } from './documents.ts'
import { LINES } from './lines.ts'
import { schemaFiles } from './published.ts'
import { closed } from './shape.ts'

let files: Ajv2020 | undefined
const validators = new Map<string, ValidateFunction>()

/** Whether a value is as a file of docs/schema says, with nothing beside it. Null: it is; else what is wrong. */
export function faultOf(file: string, value: unknown): string | null {
  // A pattern says what a time is: formats are words to Ajv without another package.
  files ??= new Ajv2020({
    schemas: [...schemaFiles().values()].map(closed),
    validateFormats: false,
    strict: true,
    allErrors: true,
  })
  const validate = validators.get(file) ?? files.getSchema(file)
  if (!validate) return `there is no schema ${file}`
  validators.set(file, validate as ValidateFunction)
  if (validate(value) === true) return null
  const errors = validate.errors?.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
  return `it is not as docs/schema/${file} says:\n  ${[...new Set(errors)].slice(0, 20).join('\n  ')}`
}

/** The command that a command line names, by its name or its alias. */
function rowOf(argv: readonly string[]): CommandRow | undefined {
  const words = [...ourWords(argv)]
  // `check` is another name of `health`, and `config check` is neither.
  const first = words.findIndex((word) => COMMANDS.some(({ name, alias }) => alias === word || name.split(' ')[0] === word))
  const named = COMMANDS.find(({ alias }) => alias === words[first])
  if (named) words[first] = named.name
  return readTypedLine([...words, ''], { common: commonOptions(), rows: COMMANDS })?.row
}

/** Behind `--` stands what is no option of ours. */
function ourWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end < 0 ? argv : argv.slice(0, end)
}

/** What a command line asks standard output to be. */
type Asked = 'text' | 'document' | 'lines'

function asked(argv: readonly string[], row: CommandRow | undefined): Asked {
  const flags = ourWords(argv)
  const has = (flag: string) => flags.includes(flag)
  const json =
    has('--json') || has('--format=json') || (row?.name === 'records' && flags[flags.indexOf('--format') + 1] === 'json')
  if (has('--help') || has('-h') || has('--version') || has('-V')) return json ? 'document' : 'text'
  if (row?.name === 'sandbox start' || has('--jsonl')) return 'lines'
  if (row?.name === 'run') return json || !has('--once') ? 'lines' : 'text'
  if ((row?.name === 'health' || row?.name === 'list') && has('--watch')) return json ? 'lines' : 'text'
  return json ? 'document' : 'text'
}

/**
 * Holds what a command line has printed on standard output to what docs/schema says of it.
 * @throws Error with all that is wrong
 */
export function checkOutput(argv: readonly string[], stdout: string): void {
  const row = rowOf(argv)
  const form = asked(argv, row)
  // What `sandbox exec` prints is another command's.
  if (form === 'text' || row?.name === 'sandbox exec') return
  const fault = form === 'lines' ? faultOfLines(row, stdout) : faultOfDocument(row, stdout)
  if (fault === null) return
  throw new Error(`domainctl ${argv.join(' ')}: ${fault}\nIt printed:\n${stdout.slice(0, 4_000)}`)
}

function faultOfDocument(row: CommandRow | undefined, stdout: string): string | null {
  const value = parsed(stdout)
  if (value === undefined) return 'it printed something else than one JSON document.'
  const [only, ...more] = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (more.length === 0 && (only === 'error' || only === 'help' || only === 'version')) return faultOf(`${only}.json`, value)
  if (row === undefined) return 'it names no command, and is no error.'
  return DOCUMENTS[row.name] ? faultOf(`${row.name.replaceAll(' ', '-')}.json`, value) : `${row.name} has no document.`
}

function faultOfLines(row: CommandRow | undefined, stdout: string): string | null {
  const whole = parsed(stdout)
  if (typeof whole === 'object' && whole !== null && Object.keys(whole).join() === 'error') return faultOf('error.json', whole)
  if (row === undefined || !LINES[row.name]) return stdout === '' ? null : 'it names no command that prints lines.'
  // What a process that was stopped was writing has no end.
  for (const line of stdout.split('\n').slice(0, -1)) {
    const value = parsed(line)
    const isError = typeof value === 'object' && value !== null && Object.keys(value).join() === 'error'
    const fault =
      value === undefined
        ? 'it is no JSON.'
        : isError
          ? faultOf('error.json', value)
          : faultOf(`${row.name.replaceAll(' ', '-')}-line.json`, value)
    if (fault !== null) return `the line ${line.slice(0, 500)}: ${fault}`
  }
  return null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
