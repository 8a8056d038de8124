import type { ProblemDocument } from './problem.ts'
import type { ProblemAnswer } from './settings.ts'

/** What the CA says to a request, before it is written to a connection. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Each a `Link` of its own (RFC 8288). */
  readonly links?: readonly string[]
  readonly body?: string
}

/** A resource as JSON. */
export function json(
  status: number,
  value: object,
  more: { headers?: Record<string, string>; links?: readonly string[] } = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...more.headers },
    body: JSON.stringify(value),
    ...(more.links && { links: more.links }),
  }
}

/** A problem document (RFC 7807). */
export function problemAnswer(document: ProblemDocument, headers: Readonly<Record<string, string>> = {}): Answer {
  // RFC 8288: a refusal may bring a link of its own, such as to the terms.
  const { link, ...rest } = headers
  return {
    status: document.status,
    headers: { 'content-type': 'application/problem+json', ...rest },
    body: JSON.stringify(document),
    ...(link !== undefined && { links: [link] }),
  }
}

/** What a fault answers; a type without a scheme is one of ACME's. */
export function faultAnswer({ status, type, detail, retryAfter, subproblems = [] }: ProblemAnswer): Answer {
  const full = (type: string) => (type.includes(':') ? type : `urn:ietf:params:acme:error:${type}`)
  const inner = subproblems.map((each) => ({ ...each, type: full(each.type) }))
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...(retryAfter !== undefined && { 'retry-after': retryAfter }) },
    body: JSON.stringify({ type: full(type), detail, status, ...(inner.length > 0 && { subproblems: inner }) }),
  }
}

/** A line of text for people. */
export function text(line: string): Answer {
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${line}\n` }
}
