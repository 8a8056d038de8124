import type { ErrorCode } from '../../errors.ts'
import type { ProofState } from '../model.ts'
import { PROBLEMS, type ProblemCode, type Severity } from './problems.ts'

/** A record as it is, or should be, in the DNS. */
export interface PlainRecord {
  type: 'TXT' | 'CNAME' | 'A' | 'AAAA' | 'NS' | 'CAA'
  name: string
  value: string
}

/** What an observation means. Times are durations: what is pure knows no clock. */
export interface Finding {
  /** `ok` also beside a problem that is a warning or good to know. */
  state: ProofState
  /** Absent when there is nothing to say. */
  problem?: ProblemCode | ErrorCode
  /** Where it differs from what {@link PROBLEMS} says. */
  severity?: Severity
  /** Sentences for the one who has to act: what is seen where, why it is wrong, what to do. */
  explanation: string
  /** The sentences of `explanation` that say what to do, a step each, as {@link explained} puts them there. */
  advice?: string[]
  /** Absent where no record of this DNS mends it. */
  action?: 'create' | 'change' | 'remove' | 'wait'
  actor: 'customer' | 'operator' | 'provider' | 'ca'
  /** What has to be made in place of the wanted records, the first one first. */
  create?: PlainRecord[]
  /** What was made by mistake, as it is now, and has to go; with `change` the wanted record takes its place. */
  remove?: PlainRecord[]
  /** Seconds until waiting has helped. */
  waitSeconds?: number
}

/**
 * An explanation and the steps that it ends with.
 * @param why what is seen where, and why it is wrong, as sentences
 * @param after what to know about the time after that
 */
export function explained(why: string, advice: readonly string[], after = ''): Required<Pick<Finding, 'explanation' | 'advice'>> {
  return { explanation: `${[why, ...advice].join(' ')}${after}`, advice: [...advice] }
}

/** The explanation without its steps, for a screen that shows those apart. */
export function reasonOf({ explanation, advice = [] }: Pick<Finding, 'explanation' | 'advice'>): string {
  const steps = advice.join(' ')
  const at = steps === '' ? -1 : explanation.indexOf(steps)
  return at < 0 ? explanation : `${explanation.slice(0, at).trimEnd()}${explanation.slice(at + steps.length)}`.trim()
}

/** How bad it is; undefined where there is no problem. Codes of `errors.ts` are errors. */
export function severityOf({ problem, severity }: Pick<Finding, 'problem' | 'severity'>): Severity | undefined {
  if (problem === undefined || severity !== undefined) return severity
  return isProblemCode(problem) ? PROBLEMS[problem].severity : 'error'
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code)
}
