import type { RecordType } from '../contracts/dns.ts'
import type { CaaProperty } from '../domain/diagnosis/caa.ts'

/** One record of an answer. */
export interface ResourceRecord {
  /** Lower case, no final dot; a byte that is not a visible ASCII character is `\DDD`, a dot in a label `\.` (RFC 1035 §5.1). */
  name: string
  type: RecordType
  /** Seconds, less than 2³¹. */
  ttl: number
  /**
   * In presentation format: TXT strings joined and read as UTF-8 (bytes that are not become U+FFFD), names as `name` is,
   * CAA as `0 issue "ca.example"`, MX as `10 mail.example`, SOA as its seven fields.
   */
  value: string
  /** Of CAA alone: its fields as they came. */
  caa?: CaaProperty
}

/** The numbers of the types that are read (RFC 1035 §3.2.2, RFC 3596, RFC 8659). */
export const TYPE_NUMBERS: Readonly<Record<RecordType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  CAA: 257,
}
const TYPES = new Map(Object.entries(TYPE_NUMBERS).map(([type, number]) => [number, type as RecordType]))
const OPT = 41
const IN = 1

const HEADER = 12
/** Octets of a name in a message, with the root (RFC 1035 §2.3.4). */
const LONGEST_NAME = 255

/** Jumps within one name: each of its labels may be somewhere else. More of them take time and lead to nothing. */
const MOST_JUMPS = 127

/** What is malformed. */
class Malformed extends Error {}

/** Sections of a message, and what EDNS adds to its rcode. */
export interface Sections {
  answers: ResourceRecord[]
  authorities: ResourceRecord[]
  additionals: ResourceRecord[]
  /** The upper bits of the rcode (RFC 6891 §6.1.3); 0 without EDNS. */
  extendedRcode: number
}

/**
 * The records of a message with one question, those of other classes and types left out unread. Undefined when it is
 * malformed. Never throws; the work is bounded by the length of the message.
 */
export function readSections(message: Buffer): Sections | undefined {
  try {
    return new RecordReader(message).sections()
  } catch (thrown) {
    if (thrown instanceof Malformed) return undefined
    throw thrown
  }
}

class RecordReader {
  readonly #bytes: Buffer
  #at = HEADER
  #extendedRcode: number | undefined

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  sections(): Sections {
    this.#name()
    this.#skip(4)
    return {
      answers: this.#records(this.#bytes.readUInt16BE(6)),
      authorities: this.#records(this.#bytes.readUInt16BE(8)),
      additionals: this.#records(this.#bytes.readUInt16BE(10)),
      extendedRcode: this.#extendedRcode ?? 0,
    }
  }

  #records(count: number): ResourceRecord[] {
    const records: ResourceRecord[] = []
    for (let n = 0; n < count; n += 1) {
      const record = this.#record()
      if (record) records.push(record)
    }
    return records
  }

  #record(): ResourceRecord | undefined {
    const name = this.#name()
    const number = this.#uint16()
    const recordClass = this.#uint16()
    const time = this.#uint32()
    const end = this.#uint16() + this.#at
    if (end > this.#bytes.length) throw new Malformed()
    // The first one counts; where its TTL would be, its first byte extends the rcode.
    if (number === OPT) this.#extendedRcode ??= time >>> 24
    const type = recordClass === IN ? TYPES.get(number) : undefined
    if (type === undefined) {
      this.#at = end
      return undefined
    }
    // One with the upper bit set counts as 0 (RFC 2181 §8).
    const ttl = time < 0x8000_0000 ? time : 0
    const caa = type === 'CAA' ? this.#caa(end) : undefined
    const value = caa ? `${caa.flags} ${caa.tag} ${JSON.stringify(caa.value)}` : this.#data(type, end)
    if (this.#at !== end) throw new Malformed()
    return { name, type, ttl, value, ...(caa && { caa }) }
  }

  #data(type: RecordType, end: number): string {
    switch (type) {
      case 'A':
        return this.#take(4).join('.')
      case 'AAAA':
        return ipv6(this.#take(16))
      case 'TXT':
        return this.#strings(end)
      case 'SOA': {
        const names = [this.#name(), this.#name()]
        return [...names, ...Array.from({ length: 5 }, () => this.#uint32())].join(' ')
      }
      case 'MX':
        return `${this.#uint16()} ${this.#name()}`
      default:
        return this.#name()
    }
  }

  /** Character strings up to `end`, joined before they are read: a letter may be cut in two. */
  #strings(end: number): string {
    const parts: Buffer[] = []
    while (this.#at < end) {
      const length = this.#take(1)[0] ?? 0
      if (this.#at + length > end) throw new Malformed()
      parts.push(this.#take(length))
    }
    const [only] = parts
    return (parts.length === 1 && only ? only : Buffer.concat(parts)).toString('utf8')
  }

  #caa(end: number): CaaProperty {
    const [flags = 0, tagLength = 0] = this.#take(2)
    if (this.#at + tagLength > end) throw new Malformed()
    const tag = this.#take(tagLength).toString('utf8')
    return { flags, tag, value: this.#take(end - this.#at).toString('utf8') }
  }

  /**
   * A name, which may go on at an earlier place of the message (RFC 1035 §4.1.4). Each such jump leads further back than
   * the one before, so there is no circle, and there are at most {@link MOST_JUMPS}: thousands of records could share a chain.
   */
  #name(): string {
    const bytes = this.#bytes
    let name = ''
    let octets = 1
    let jumps = 0
    let at = this.#at
    let back = at
    let end: number | undefined
    for (;;) {
      const length = bytes[at]
      if (length === undefined) throw new Malformed()
      at += 1
      if (length === 0) break
      if (length < 64) {
        octets += length + 1
        if (octets > LONGEST_NAME || at + length > bytes.length) throw new Malformed()
        name += name === '' ? label(bytes, at, at + length) : `.${label(bytes, at, at + length)}`
        at += length
        continue
      }
      const low = bytes[at]
      const target = (length & 0x3f) * 256 + (low ?? 0)
      if (length < 192 || low === undefined || target < HEADER || target >= back) throw new Malformed()
      jumps += 1
      if (jumps > MOST_JUMPS) throw new Malformed()
      end ??= at + 1
      at = target
      back = target
    }
    this.#at = end ?? at
    return name
  }

  #uint16(): number {
    this.#skip(2)
    return this.#bytes.readUInt16BE(this.#at - 2)
  }

  #uint32(): number {
    this.#skip(4)
    return this.#bytes.readUInt32BE(this.#at - 4)
  }

  #take(length: number): Buffer {
    this.#skip(length)
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #skip(length: number): void {
    this.#at += length
    if (this.#at > this.#bytes.length) throw new Malformed()
  }
}

const [DOT, BACKSLASH] = [0x2e, 0x5c]

function label(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte <= 0x20 || byte >= 0x7f || byte === DOT || byte === BACKSLASH) return escaped(bytes.subarray(start, end))
  }
  return bytes.toString('latin1', start, end).toLowerCase()
}

/** As zone files write what would not be read back as it is (RFC 1035 §5.1). */
function escaped(bytes: Buffer): string {
  const one = (byte: number) => {
    if (byte === DOT || byte === BACKSLASH) return `\\${String.fromCharCode(byte)}`
    if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, '0')}`
    return String.fromCharCode(byte).toLowerCase()
  }
  return Array.from(bytes, one).join('')
}

/** The text of 16 bytes by RFC 5952 §4: no leading zeros, the first of the longest runs of zeros as `::`. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  const runs = groups.map((_, from) => {
    const rest = groups.slice(from)
    const until = rest.findIndex((group) => group !== '0')
    return until < 0 ? rest.length : until
  })
  const longest = Math.max(...runs)
  if (longest < 2) return groups.join(':')
  const from = runs.indexOf(longest)
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + longest).join(':')}`
}
