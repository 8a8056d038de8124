import { type Actor, type DomainctlError, ERRORS, type ErrorCode, type ErrorKind } from '@domainctl/core'
import type { Io } from './io.ts'
import { mark } from './output/marks.ts'
import type { Output } from './output/output.ts'
import { hanging } from './output/prose.ts'
import { printable, shortened } from './output/text.ts'
import { when } from './time.ts'

/** What a process answers with; the table of cli.md. */
export const EXIT_CODES = {
  internal: 1,
  usage: 2,
  'not-ready': 3,
  'ca-refused': 4,
  'ca-unavailable': 5,
  provider: 6,
  unhealthy: 8,
  busy: 9,
  interrupted: 130,
} as const satisfies Record<ErrorKind, number>

/** What was looked at is not well. */
export const EXIT_UNHEALTHY = 8

/** Several names failed in different ways, or only some of them failed. */
export const EXIT_MIXED = 7

/** `Error` of cli.md. */
export interface ErrorReport {
  code: ErrorCode
  message: string
  hint: string
  actor: Actor
  /** ISO 8601 UTC. */
  retryAt?: string
  docs: string
  cause?: CauseReport
}

/** What is shown of a cause: never its other fields, which may hold requests with credentials. */
export interface CauseReport {
  message: string
  code?: string
  /** The CA's problem document (RFC 7807). */
  problem?: unknown
  cause?: CauseReport
}

/** How deep chains of causes are followed. */
const DEEPEST_CAUSE = 8

export function exitCodeOf(error: DomainctlError): number {
  // Of this copy's table: the error may be one of another copy, which knows other kinds or none.
  return EXIT_CODES[ERRORS[error.code].kind]
}

/**
 * The exit code of work on several names: 0 if none failed, the shared code if all failed alike, else 7; 130 when a
 * signal stopped any of them.
 */
export function exitCodeOfAll(outcomes: readonly (DomainctlError | undefined)[]): number {
  const codes = new Set(outcomes.map((error) => (error ? exitCodeOf(error) : 0)))
  if (codes.has(EXIT_CODES.interrupted)) return EXIT_CODES.interrupted
  const [only = 0] = codes
  return codes.size > 1 ? EXIT_MIXED : only
}

/** The shape that programs get. */
export function reportError(error: DomainctlError): ErrorReport {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    actor: error.actor,
    ...(error.retryAt && { retryAt: error.retryAt.toISOString() }),
    docs: error.docs,
    ...(error.cause !== undefined && { cause: reportCause(error.cause, 1) }),
  }
}

/**
 * What people read: what happened and why, what to do next, when to try again. `name` goes before it where there are
 * several; `message` stands for the error's own.
 */
export function describeError(
  error: DomainctlError,
  o: { now: Date; output: Output; name?: string; message?: string },
): string[] {
  const { paintMessage, verbose, messageColumns: columns } = o.output
  // Most messages say the name; those of the layers below do not know it.
  const name = shortened(o.name ?? '')
  const message = o.message ?? error.message
  const about = message.includes(name) ? '' : `${printable(name)}: `
  const lines = [
    ...hanging(`${about}${printable(message)}`, { lead: `${mark(paintMessage, 'fail')} `, columns }),
    ...hanging(printable(error.hint), { lead: '  ', columns }),
  ]
  if (error.retryAt) lines.push(...hanging(`Try again ${when(error.retryAt, o.now)}.`, { lead: '  ', columns }))
  lines.push(`  ${paintMessage('faint', `${error.code}: domainctl help ${error.code}`)}`)
  if (verbose) lines.push(...describeCauses(error))
  return lines
}

/** A failure in the form that was asked for; on stderr when the one document was printed before. */
export function printError(error: DomainctlError, io: Pick<Io, 'now'>, output: Output): void {
  if (output.json && !output.answered()) output.document({ error: reportError(error) })
  else output.complain(...describeError(error, { now: io.now(), output }))
}

function describeCauses(error: DomainctlError): string[] {
  const lines: string[] = []
  let cause: unknown = error
  for (let depth = 0; cause instanceof Error && depth < DEEPEST_CAUSE; depth++) {
    if (depth > 0) lines.push(`  caused by ${printable(cause.message)}`)
    const problem = problemOf(cause)
    if (problem !== undefined) lines.push(`    ${printable(JSON.stringify(problem))}`)
    for (const frame of cause.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []) lines.push(`    ${frame.trim()}`)
    cause = cause.cause
  }
  return lines
}

function reportCause(cause: unknown, depth: number): CauseReport {
  if (!(cause instanceof Error)) return { message: typeof cause === 'string' ? cause : 'see the message' }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  const problem = problemOf(cause)
  return {
    message: cause.message,
    ...(code !== undefined && { code }),
    ...(problem !== undefined && { problem }),
    ...(cause.cause !== undefined && depth < DEEPEST_CAUSE && { cause: reportCause(cause.cause, depth + 1) }),
  }
}

function problemOf(cause: Error): unknown {
  return 'problem' in cause && typeof cause.problem === 'object' && cause.problem !== null ? cause.problem : undefined
}
