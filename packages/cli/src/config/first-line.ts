/** Of what others threw, as the end of a sentence of ours. */
export function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return (text.split('\n', 1)[0] ?? '').replace(/\.$/, '')
}
