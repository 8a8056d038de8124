/** More than any CA has to say; the rest of a longer text is cut off. */
const MAX_LENGTH = 1000

/**
 * A text that a CA sent, made fit for a terminal, a log line and the state: control, bidirectional and line-breaking
 * characters become spaces, and it ends after 1000 characters.
 */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim()
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH)}…` : clean
}
