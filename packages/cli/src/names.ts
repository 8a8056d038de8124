import { domainToASCII } from 'node:url'
import { DomainctlError } from '@domainctl/core'
import type { Context } from './context.ts'
import type { Io } from './io.ts'
import { readNameSource, shownSource } from './name-source.ts'
import { shortened } from './output/text.ts'

/** Flags of commands that take many names. */
export interface NameFlags {
  all?: boolean
  /** `-`: standard input. */
  fromFile?: string
}

/** A name and where it was given, for messages. */
interface GivenName {
  name: string
  place: string
}

/**
 * The names that a command is to work on: its arguments, or `--from-file`, or `--all`.
 * @throws DomainctlError `USAGE` when there is none, when a name is given twice, or when these are mixed with `--all`
 */
export async function namesFor(context: Context, typed: readonly string[], flags: NameFlags): Promise<string[]> {
  const given: GivenName[] = typed.map((name, i) => ({ name, place: `argument ${i + 1}` }))
  if (flags.fromFile !== undefined) given.push(...(await namesFromFile(flags.fromFile, context.io)))
  if (flags.all) {
    if (given.length > 0 || flags.fromFile !== undefined) {
      throw new DomainctlError('USAGE', 'Names were given together with --all.', { hint: 'Give either names or --all.' })
    }
    return allNames(context)
  }
  if (given.length === 0) {
    const { fromFile } = flags
    const what = fromFile === undefined ? 'No name was given.' : `There is no name in ${shownSource(fromFile)}.`
    throw new DomainctlError('USAGE', what, {
      hint:
        fromFile === undefined ? 'Give names as arguments, or a file of names with --from-file.' : 'Write one name on each line.',
    })
  }
  refuseTwice(given)
  return given.map(({ name }) => name)
}

async function namesFromFile(file: string, io: Pick<Io, 'cwd' | 'stdin' | 'signal'>): Promise<GivenName[]> {
  const content = await readNameSource(file, io)
  return parseNameList(content).map(({ name, line }) => ({ name, place: `line ${line} of ${shownSource(file)}` }))
}

/** The names in a list: one on each line, `#` begins a comment, blank lines count for nothing. */
export function parseNameList(content: string): { name: string; line: number }[] {
  return content
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .map((text, i) => ({ name: text.replace(/#.*$/, '').trim(), line: i + 1 }))
    .filter(({ name }) => name !== '')
}

function refuseTwice(given: readonly GivenName[]): void {
  const places = new Map<string, string>()
  for (const { name, place } of given) {
    const key = sameName(name)
    const before = places.get(key)
    if (before !== undefined) {
      throw new DomainctlError(
        'USAGE',
        `The name ${JSON.stringify(shortened(name))} was given twice: as ${before} and as ${place}.`,
        {
          hint: 'Leave one of them out.',
        },
      )
    }
    places.set(key, place)
  }
}

/** Equal for two spellings of one name; what is no name stays as it is, for the engine to say what is wrong with it. */
function sameName(name: string): string {
  const [, star = '', base = ''] = /^(\*\.)?(.*?)\.?$/s.exec(name.toLowerCase()) ?? []
  return star + (domainToASCII(base) || base)
}

async function allNames(context: Context): Promise<string[]> {
  const domainctl = await context.domainctl()
  const names: string[] = []
  let cursor: string | undefined
  do {
    const page = await domainctl.list({}, { limit: 1000, ...(cursor !== undefined && { cursor }) })
    names.push(...page.domains.filter(({ status }) => status !== 'deleted').map(({ name }) => name))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return names
}
