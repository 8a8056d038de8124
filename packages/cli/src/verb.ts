import type { Check, Domainctl, DomainctlError, DomainReport, VerbOptions } from '@domainctl/core'
import type { NextCommand } from './next.ts'

/** What became of one name. Fields of a command's own are printed with `--json` as they are. */
export interface Outcome {
  /** Null when the state has no such domain. */
  domain: DomainReport | null
  /** There was nothing to do. */
  skipped?: boolean
  error?: DomainctlError
  checks?: Check[]
  next: NextCommand[]
}

/** How a command works on one name and how it tells people what came of it. */
export interface Verb<T extends Outcome> {
  work(domainctl: Domainctl, name: string, o: Required<VerbOptions>): Promise<T>
  /** What to do after a failure. */
  afterFailure?(name: string, error: DomainctlError): NextCommand[]
  /** Where there are several names: what to do after those that went well, in place of a command for each. */
  nextOfSeveral?: NextCommand
  /** Instead of the error's own message, where `describe` has told people the details. */
  summarize?(result: NameResult<T>): string | undefined
  /** Lines for stdout; the error of a failure is printed by the batch itself. */
  describe(result: NameResult<T>): string[]
  /** Where there are several names: a table of them, with details of those only that failed. */
  overview?: Overview<T>
  /** Names in work at the same time where the configuration says nothing; absent: its own default. */
  width?: number
}

export interface Overview<T extends Outcome> {
  /** All that is kept of a name that is not told in detail. */
  row(result: NameResult<T>): string[]
  /** The rows of all names, in the order given, as lines. */
  table(rows: readonly string[][]): string[]
  /** How many of those that failed are told in detail: the first ones. */
  mostDetailed: number
  /** Says that so many others failed as well. */
  andMore(others: number): string[]
}

/** An outcome with its name; that of a failure has none of the command's own fields. */
export type NameResult<T extends Outcome> = ((T & { error?: DomainctlError }) | Outcome) & { name: string }
