/** One CAA record's fields, as they are in the DNS (RFC 8659 §4.1). */
export interface CaaProperty {
  flags: number
  tag: string
  value: string
}

const TAG = /^[a-z\d]+$/

/** RFC 8659 §4.1: letters and digits, in any case. */
export function isTag(tag: string): boolean {
  return TAG.test(tag.toLowerCase())
}

/** The data of the record in a zone file, whatever octets are in it (RFC 1035 §5.1). */
export function caaData({ flags, tag, value }: CaaProperty): string {
  return `${flags} ${isTag(tag) ? tag : `"${escaped(tag)}"`} "${escaped(value)}"`
}

function escaped(value: string): string {
  const octets = [...Buffer.from(value, 'utf8')]
  return octets.map((octet) => (octet >= 0x20 && octet <= 0x7e ? plain(octet) : `\\${String(octet).padStart(3, '0')}`)).join('')
}

function plain(octet: number): string {
  const character = String.fromCharCode(octet)
  return character === '"' || character === '\\' ? `\\${character}` : character
}

/** As it is written in a zone; what others put into it is made safe for a terminal. */
export function caaText({ flags, tag, value }: CaaProperty): string {
  return `${flags} ${isTag(tag) ? visible(tag) : `"${visible(tag)}"`} "${visible(value)}"`
}

function visible(value: string): string {
  const short = value.length > 200 ? `${value.slice(0, 199)}…` : value
  return short.replace(/["\\]/g, '\\$&').replace(/[^ -~…]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
}
