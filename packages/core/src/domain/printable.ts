/** Text that others sent, quoted, shortened and made safe for a terminal: no controls, no bidirectional marks. */
export function printable(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text
  return JSON.stringify(short).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
