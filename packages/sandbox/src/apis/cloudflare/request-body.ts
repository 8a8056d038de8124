import { readBody } from '../read-body.ts'
import type { ApiContext } from '../start-provider-api.ts'
import type { RecordBody } from './record-input.ts'
import { invalidBody, notHere, refused } from './refusal.ts'

/** Several times what a batch of 200 records has. */
const MOST_BODY_BYTES = 1024 * 1024

/**
 * The JSON object of a request.
 * @throws CloudflareRefusal
 */
export async function bodyOf({ req }: ApiContext): Promise<RecordBody> {
  // https://github.com/timothymiller/cloudflare-ddns/issues/61
  if (!/^application\/json(?:;|$)/i.test(req.header('content-type') ?? '')) {
    throw refused(9207, 'Content-type must be application/json.')
  }
  const octets = await readBody(req.raw.body, MOST_BODY_BYTES)
  if (octets === undefined) throw notHere(`a body of more than ${MOST_BODY_BYTES} bytes`)
  const body = parsed(octets.toString())
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalidBody()
  return body as RecordBody
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidBody()
  }
}
