/** As much of a value as a person needs to know it again. */
const LONGEST = 100

/**
 * Octets from outside as text in quotes for a message: ASCII as it is, everything else as `\xNN`, so that nothing of it
 * reaches a terminal or a log as more than text; shortened.
 * @param octets each character is one octet (latin1)
 */
export function quoted(octets: string): string {
  const shown = octets.slice(0, LONGEST).replace(/[^ -~]|["\\]/g, (octet) => {
    return octet === '"' || octet === '\\' ? `\\${octet}` : `\\x${octet.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `"${shown}${octets.length > LONGEST ? '…' : ''}"`
}
