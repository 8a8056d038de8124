import type { Option } from 'commander'
import type { CommandRow } from '../command-row.ts'

/** What a command line that is still being typed is about. */
export interface TypedLine {
  /** The word that is being typed; empty behind a space. */
  current: string
  /** The command, as far as it is named: `config` of `config sh`. */
  words: string[]
  row?: CommandRow
  /** Options that the line may have here: those of the program, and of its command. */
  options: readonly Option[]
  /** The option whose value is being typed. */
  expects?: Option
  /** Options that are there already, by their long names, with their values. */
  given: ReadonlyMap<string, string | true>
  /** Arguments before the current word. */
  args: string[]
}

/**
 * Reads what was typed behind the name of the program, the current word at the end. Null where nothing of ours follows: behind `--`,
 * where another command stands.
 */
export function readTypedLine(
  typed: readonly string[],
  { common, rows }: { common: readonly Option[]; rows: readonly CommandRow[] },
): TypedLine | null {
  const current = typed.at(-1) ?? ''
  const line: TypedLine = { current, words: [], options: common, given: new Map(), args: [] }
  const given = new Map<string, string | true>()
  for (let i = 0; i < typed.length - 1; i++) {
    const word = typed[i] ?? ''
    if (word === '--') return line.row?.behindDashes ? null : { ...line, given, options: [] }
    if (word.startsWith('-') && word !== '-') {
      const [long, ...value] = word.split('=')
      const option = line.options.find((known) => word === known.short || long === known.long)
      // An option that is not known may be one of a newer version: what follows is read as if it took no value.
      if (!option?.long) continue
      if (!option.required || value.length > 0) given.set(option.long, value.length > 0 ? value.join('=') : true)
      else if (i === typed.length - 2) return { ...line, given, expects: option }
      else given.set(option.long, typed[++i] ?? '')
    } else if (line.row === undefined || isGroup(line, word, rows)) takeWord(line, word, { common, rows })
    else line.args.push(word)
  }
  return { ...line, given }
}

/** `providers` is a command, and `providers test` another. */
function isGroup({ words, args }: TypedLine, word: string, rows: readonly CommandRow[]): boolean {
  return words.length === 1 && args.length === 0 && rows.some(({ name }) => name === `${words[0]} ${word}`)
}

function takeWord(line: TypedLine, word: string, { common, rows }: { common: readonly Option[]; rows: readonly CommandRow[] }) {
  line.words.push(word)
  const row = rows.find(({ name }) => name === line.words.join(' '))
  if (row === undefined) return
  line.row = row
  line.options = [...row.options(), ...common]
}
