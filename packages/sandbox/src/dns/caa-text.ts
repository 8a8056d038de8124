/** RFC 8659 §4.1.1: flags, tag and value, which may stand without quotes when it has nothing to be quoted. */
const CAA = /^(\d{1,3})\s+([a-z\d]{1,255})\s+(?:"((?:[^"\\]|\\\d{3}|\\\D)*)"|([^\s"\\]+))$/isu

/** RDATA of a CAA record as people write it; undefined for text that is none. */
export function caaData(text: string): Uint8Array | undefined {
  const [, flags = '', tag = '', quoted, bare = ''] = CAA.exec(text) ?? []
  if (tag === '' || Number(flags) > 0xff || !text.isWellFormed()) return undefined
  const value: Uint8Array[] = []
  for (const [character] of (quoted ?? bare).matchAll(/\\\d{3}|\\.|./gsu)) {
    const octets = octetsOf(character)
    if (!octets) return undefined
    value.push(octets)
  }
  // Tags are compared without case (RFC 8659 §4.1), so that one spelling is kept.
  return Uint8Array.from(Buffer.concat([Buffer.of(Number(flags), tag.length), Buffer.from(tag.toLowerCase()), ...value]))
}

/** A CAA record as people write it: the value in quotes, what cannot be printed as `\DDD`. */
export function caaText(rdata: Uint8Array): string {
  const [flags = 0, length = 0] = rdata
  const tag = Buffer.from(rdata.subarray(2, 2 + length)).toString('latin1')
  const value = Array.from(rdata.subarray(2 + length), (octet) => {
    if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`
    const character = String.fromCharCode(octet)
    return character === '"' || character === '\\' ? `\\${character}` : character
  })
  return `${flags} ${tag} "${value.join('')}"`
}

function octetsOf(character: string): Uint8Array | undefined {
  if (!/^\\\d/.test(character)) return Buffer.from(character.startsWith('\\') ? character.slice(1) : character)
  const octet = Number(character.slice(1))
  return octet <= 0xff ? Uint8Array.of(octet) : undefined
}
