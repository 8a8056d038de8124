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
  const text = await readText(req.raw.body)
  try {
    return JSON.parse(text)
  } catch {
    throw sandboxRefuses('The body is no JSON.', 400)
  }
}

/** What is too much is read and thrown away, so that clients get to read the answer. */
async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = body?.getReader()
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    bytes += part.value.length
    if (bytes <= MOST_BYTES) chunks.push(part.value)
    else chunks.length = 0
  }
  if (bytes > MOST_BYTES) throw sandboxRefuses('The request is too large.', 413)
  return Buffer.concat(chunks).toString()
}
