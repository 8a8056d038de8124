import { readBody } from '../read-body.ts'
import type { ApiContext } from '../start-provider-api.ts'
import { sandboxRefuses } from './refusal.ts'

/** Several times what a domain's records are. */
const MOST_BYTES = 1024 * 1024

/**
 * The body of a request. GoDaddy also reads XML, which is left out here.
 * @throws GoDaddyRefusal 400 for what is no JSON: the documentation has "Request was malformed", and nobody has told its code
 */
export async function readJson({ req }: ApiContext): Promise<unknown> {
  const type = req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw sandboxRefuses('The sandbox takes application/json alone.', 415)
  const octets = await readBody(req.raw.body, MOST_BYTES)
  if (octets === undefined) throw sandboxRefuses('The request is too large.', 413)
  try {
    return JSON.parse(octets.toString())
  } catch {
    throw sandboxRefuses('The body is no JSON.', 400)
  }
}
