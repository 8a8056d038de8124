import type { Option } from 'commander'
import type { CommandRow } from '../command-row.ts'
import { readTypedLine, type TypedLine } from './command-line.ts'

/** Something that the word may become, and what it is. */
export interface Candidate {
  value: string
  about?: string
}

/** What is offered for a word; `files`: what the shell offers for paths. */
export type Offer = { candidates: readonly Candidate[] } | { files: true }

/** Names of what is there, that begin so; asked only when such a name is being typed. */
export interface KnownNames {
  domains(start: string): Promise<readonly string[]>
  providers(): Promise<readonly string[]>
  channels(): Promise<readonly string[]>
  targets(): Promise<readonly string[]>
}

const NOTHING: Offer = { candidates: [] }

/** Options that name what the configuration has. */
const VALUES: Record<string, keyof Omit<KnownNames, 'domains'>> = {
  '--provider': 'providers',
  '--deploy': 'targets',
}

/**
 * What may stand at the end of a command line.
 * @param typed the words behind the name of the program; the last is the one being typed, and may be empty
 */
export async function offerFor(
  typed: readonly string[],
  table: { common: readonly Option[]; rows: readonly CommandRow[] },
  known: KnownNames,
): Promise<Offer> {
  if (typed[0] === 'help') return offerHelp(typed, table.rows)
  const line = readTypedLine(typed, table)
  if (line === null) return { files: true }
  if (line.expects) return beginning(line.current, await valuesOf(line.expects, known))
  if (line.current.startsWith('-')) return beginning(line.current, { candidates: optionsLeft(line) })
  const commands = commandsAt(line, table.rows)
  if (line.row === undefined) return beginning(line.current, { candidates: commands })
  const args = await argumentsOf(line, known)
  return beginning(line.current, 'files' in args ? args : { candidates: [...commands, ...args.candidates] })
}

function offerHelp([, ...typed]: readonly string[], rows: readonly CommandRow[]): Offer {
  const words = typed.slice(0, -1)
  return beginning(typed.at(-1) ?? '', { candidates: commandsAt({ words, args: [] }, rows) })
}

function beginning(start: string, offer: Offer): Offer {
  if ('files' in offer) return offer
  return { candidates: offer.candidates.filter(({ value }) => value.startsWith(start)) }
}

async function valuesOf({ long, flags, argChoices }: Option, known: KnownNames): Promise<Offer> {
  if (argChoices) return { candidates: argChoices.map((value) => ({ value })) }
  const named = VALUES[long ?? '']
  if (named !== undefined) return { candidates: (await known[named]()).map((value) => ({ value })) }
  return /<(?:file|dir|folder|pem|csr)>/.test(flags) ? { files: true } : NOTHING
}

function optionsLeft({ options, given }: TypedLine): Candidate[] {
  return options.flatMap(({ long, description, variadic, parseArg, argChoices }) => {
    // One that collects its values may be given again.
    if (!long || (given.has(long) && !variadic && (parseArg === undefined || argChoices))) return []
    return [{ value: long, about: firstPart(description) }]
  })
}

/** Of a sentence in a list as much as helps to choose. */
function firstPart(description: string): string {
  return (description.split(/[:;(]/, 1)[0] ?? '').trim()
}

function commandsAt({ words, args }: Pick<TypedLine, 'words' | 'args'>, rows: readonly CommandRow[]): Candidate[] {
  if (args.length > 0) return []
  const depth = words.length
  const found = new Map<string, Candidate>()
  for (const { name, about } of rows) {
    const parts = name.split(' ')
    const value = parts[depth]
    if (value === undefined || words.some((word, n) => parts[n] !== word)) continue
    const isWhole = parts.length === depth + 1
    if (isWhole || !found.has(value)) found.set(value, { value, about: isWhole ? firstPart(about) : 'see its commands' })
  }
  return [...found.values()]
}

async function argumentsOf({ row, args, current }: TypedLine, known: KnownNames): Promise<Offer> {
  if (row === undefined) return NOTHING
  const takesMany = row.args.includes('...')
  if (!takesMany && args.length >= row.args.split(' ').filter(Boolean).length) return NOTHING
  const offered = async (): Promise<readonly string[]> => {
    if (row.name === 'providers test') return known.providers()
    if (/channels/.test(row.args)) return known.channels()
    return /\bnames?\b/.test(row.args) ? known.domains(current) : []
  }
  if (/<file>|<from>/.test(row.args)) return { files: true }
  return { candidates: (await offered()).filter((name) => !args.includes(name)).map((value) => ({ value })) }
}
