import { AcmeProblem } from './problem.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a JSON object.
 * @param what it is, as the start of a sentence
 * @throws AcmeProblem `malformed`
 */
export function parseJsonObject(bytes: Uint8Array, what: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(UTF8.decode(bytes))
  } catch {
    throw malformed(`${what} is not JSON.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is not a JSON object.`)
  return value as Readonly<Record<string, unknown>>
}

/** A request that says something wrong (RFC 8555 §6.7). */
export function malformed(detail: string, status = 400): AcmeProblem {
  return new AcmeProblem('malformed', status, detail)
}
