/** More than any list of an API is long: what sends more is none, and would fill the memory. */
const MOST_OCTETS = 16 * 1024 * 1024

/**
 * The whole body of an answer, as text.
 * @throws Error when it has more than 16 MiB; else what reading it throws
 */
export async function answerText(response: Response): Promise<string> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop cancels what is still to come.
  for await (const chunk of response.body) {
    length += chunk.length
    if (length > MOST_OCTETS) throw new Error('the answer has more than 16 MiB')
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}
