/** Of the message of others, as the end of a sentence of ours. */
export function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/\.$/, '') ?? ''
}
