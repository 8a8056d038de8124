/**
 * The body of a request, whether or not it says how long it is; undefined when it has more than `most` octets. What is too much is
 * read and thrown away, so that clients get to read the answer.
 */
export async function readBody(body: ReadableStream<Uint8Array> | null, most: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let octets = 0
  const reader = body?.getReader()
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    octets += part.value.length
    if (octets <= most) chunks.push(part.value)
    else chunks.length = 0
  }
  return octets > most ? undefined : Buffer.concat(chunks)
}
