import type { Problem } from '../contracts/issuer.ts'
import { printable } from './printable.ts'

const ACME_ERROR = 'urn:ietf:params:acme:error:'

/** An order has at most 100 names. */
const MAX_SUBPROBLEMS = 100

/** A refusal in the CA's own words: always the cause of the DomainctlError that tells of it. */
export class AcmeProblemError extends Error {
  override readonly name = 'AcmeProblemError'
  readonly problem: Problem
  /** It was at what every order begins with. */
  readonly concernsAll: boolean

  constructor(problem: Problem, concernsAll = false) {
    super(`${problem.detail} (${problem.type})`)
    this.problem = problem
    this.concernsAll = concernsAll
  }
}

/**
 * Reads a problem document (RFC 7807; sub-problems: RFC 8555 §6.7.1) as leniently as its sender may have written it.
 * Null when `data` is not an object with at least a `type` or a `detail`.
 * @param status of the answer, for a document that does not repeat it
 */
export function parseProblem(data: unknown, status: number): Problem | null {
  if (!isRecord(data) || (typeof data.type !== 'string' && typeof data.detail !== 'string')) return null
  const problem: Problem = {
    type: textOr(data.type, 'about:blank'),
    detail: textOr(data.detail, textOr(data.title, 'no detail given')),
    status: typeof data.status === 'number' ? data.status : status,
  }
  if (typeof data.instance === 'string' && URL.canParse(data.instance)) problem.instance = printable(data.instance)
  if (!Array.isArray(data.subproblems)) return problem
  const subproblems = data.subproblems
    .slice(0, MAX_SUBPROBLEMS)
    .filter(isRecord)
    .map((sub) => ({
      type: textOr(sub.type, 'about:blank'),
      detail: textOr(sub.detail, textOr(sub.title, 'no detail given')),
      ...(isRecord(sub.identifier) && typeof sub.identifier.value === 'string'
        ? { identifier: printable(sub.identifier.value) }
        : {}),
    }))
  return subproblems.length === 0 ? problem : { ...problem, subproblems }
}

/** The last part of the type, such as `rateLimited`; the whole type when it is not one of ACME's. */
export function problemKind(problem: { type: string }): string {
  return problem.type.startsWith(ACME_ERROR) ? problem.type.slice(ACME_ERROR.length) : problem.type
}

/** One sentence: what the CA says, its type, and for each sub-problem which identifier and why. */
export function describeProblem(problem: Problem): string {
  const subproblems = (problem.subproblems ?? []).map((sub) => `${sub.identifier ?? 'an identifier'}: ${say(sub)}`)
  return [say(problem), ...subproblems].join('; ')
}

function say(problem: { type: string; detail: string }): string {
  return `${problem.detail.replace(/\.$/, '')} (${problemKind(problem)})`
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOr(value: unknown, otherwise: string): string {
  const text = typeof value === 'string' ? printable(value) : ''
  return text === '' ? otherwise : text
}
