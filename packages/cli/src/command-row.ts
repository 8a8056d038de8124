import { Option } from 'commander'
import type { Context, Surroundings } from './context.ts'

/** A command as the command line offers it; the code is imported when it runs. */
export type CommandRow = CommandText &
  (
    | { run(context: Context, args: string[], flags: object): Promise<number> }
    /** For what needs neither configuration nor state: they may be wrong, and are not read. */
    | { runAlone(surroundings: Surroundings, args: string[], flags: object): Promise<number> }
  )

/** What help says of a command, and what it takes. */
interface CommandText {
  /** One word, or two for a command of a group: `config show`. */
  name: string
  /** Another word for it. */
  alias?: string
  /** Its arguments in commander's form. */
  args: string
  about: string
  /** Made only for a command that the command line names: making all of them costs 7 ms of each start. */
  options(): readonly Option[]
  examples: readonly string[]
  /** It only looks: the state is neither made nor changed. Or only with this flag. */
  onlyLooks?: true | { withFlag: string }
  /** Its arguments are another command, with options of its own: they have to stand behind `--`. */
  behindDashes?: boolean
}

/** Gives `run` the flags in the shape that the options of the row make. */
export function command<Flags extends object>(
  row: CommandText & { run(context: Context, args: string[], flags: Flags): Promise<number> },
): CommandRow {
  return { ...row, run: (context, args, flags) => row.run(context, args, flags as Flags) }
}

/** The same for `runAlone`. */
export function commandAlone<Flags extends object>(
  row: CommandText & { runAlone(surroundings: Surroundings, args: string[], flags: Flags): Promise<number> },
): CommandRow {
  return { ...row, runAlone: (surroundings, args, flags) => row.runAlone(surroundings, args, flags as Flags) }
}

export const option = (flags: string, help: string) => new Option(flags, help)

/** Collects the values of an option that may be given several times. */
export const repeated = (value: string, before: string[] = []) => [...before, value]

/** The same, where a value may be a list as well. */
export const repeatedOrList = (value: string, before: string[] = []) => [
  ...before,
  ...value.split(',').map((item) => item.trim()),
]
