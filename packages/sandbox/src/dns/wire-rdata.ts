import type { NameReader } from './name-reader.ts'
import { TYPE } from './resource-record.ts'
import { WireError } from './wire-name.ts'

/** A part of RDATA: so many octets, a name, one or more character strings, a CAA tag, or whatever is left. */
type Field = number | 'name' | 'string' | 'strings' | 'tag' | 'rest'

/**
 * The form of RDATA by type: the ones that are checked, and all others whose names may come compressed (RFC 3597 §4).
 * Any other type is opaque (RFC 3597 §3).
 */
const FORMS: ReadonlyMap<number, readonly Field[]> = new Map<number, readonly Field[]>([
  [TYPE.A, [4]],
  [TYPE.NS, ['name']],
  [3, ['name']], // MD
  [4, ['name']], // MF
  [TYPE.CNAME, ['name']],
  [TYPE.SOA, ['name', 'name', 20]],
  [7, ['name']], // MB
  [8, ['name']], // MG
  [9, ['name']], // MR
  [TYPE.PTR, ['name']],
  [13, ['string', 'string']], // HINFO
  [14, ['name', 'name']], // MINFO
  [TYPE.MX, [2, 'name']],
  [TYPE.TXT, ['strings']],
  [17, ['name', 'name']], // RP
  [18, [2, 'name']], // AFSDB
  [21, [2, 'name']], // RT
  [24, [18, 'name', 'rest']], // SIG
  [26, [2, 'name', 'name']], // PX
  [TYPE.AAAA, [16]],
  [30, ['name', 'rest']], // NXT
  [TYPE.SRV, [6, 'name']],
  [35, [4, 'string', 'string', 'string', 'name']], // NAPTR
  [36, [2, 'name']], // KX
  [TYPE.DNAME, ['name']],
  [99, ['strings']], // SPF
  [TYPE.CAA, [1, 'tag', 'rest']],
])

/**
 * RDATA as a zone keeps it: of the form that its type asks for, names uncompressed and in lower case.
 * @throws WireError
 */
export function readRdata(names: NameReader, type: number, start: number, end: number): Uint8Array {
  const parts: Uint8Array[] = []
  let at = start
  for (const field of FORMS.get(type) ?? ['rest']) {
    const part = readField(names, field, at, end)
    if (part.next > end) throw new WireError(`RDATA of type ${type} is cut off`)
    parts.push(part.octets)
    at = part.next
  }
  if (at !== end) throw new WireError(`RDATA of type ${type} is too long`)
  return new Uint8Array(Buffer.concat(parts))
}

function readField(names: NameReader, field: Field, at: number, end: number): { octets: Uint8Array; next: number } {
  const { message } = names
  const until = (next: number) => ({ octets: message.subarray(at, next), next })
  if (typeof field === 'number') return until(at + field)
  switch (field) {
    case 'name':
      return names.readOctets(at)
    case 'string':
      return until(endOfString(message, at, end))
    case 'strings': {
      let next = endOfString(message, at, end)
      while (next < end) next = endOfString(message, next, end)
      return until(next)
    }
    case 'tag': {
      // RFC 8659 §4.1: at least one letter or digit, and nothing else.
      const tag = until(endOfString(message, at, end))
      if (!/^[a-z\d]+$/i.test(String.fromCharCode(...tag.octets.subarray(1)))) throw new WireError('a CAA tag is none')
      return tag
    }
    case 'rest':
      return until(end)
  }
}

function endOfString(message: Uint8Array, at: number, end: number): number {
  if (at >= end) throw new WireError('a character string is missing')
  return at + 1 + (message[at] ?? 0)
}
