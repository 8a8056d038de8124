import { ancestryOf } from './name-path.ts'
import { CLASS, type ResourceRecord } from './resource-record.ts'
import { HEADER_LENGTH, viewOf } from './wire-message.ts'
import { writeName } from './wire-name.ts'

/** Where a compression pointer still reaches (RFC 1035 §4.1.4). */
const POINTER_REACH = 0x4000
/** Type, class, TTL and the length of RDATA. */
const FIXED_LENGTH = 10

/**
 * A message with records of class IN behind its question, their owners' names compressed; the counts are left as they are.
 * dns-packet cannot: it takes escaped dots for separators and knows no compression. Names in RDATA stay as they are, which
 * every reader has to take.
 * @param head the message up to its question
 * @param question its name, as far as there is one
 */
export function withRecords(head: Uint8Array, question: string, records: readonly ResourceRecord[]): Uint8Array {
  if (records.length === 0) return head
  const writer = new RecordWriter(head, question, records)
  for (const record of records) writer.add(record)
  return writer.octets()
}

class RecordWriter {
  readonly #octets: Uint8Array
  readonly #view: DataView
  readonly #pointers = new Map<string, number>()
  #end: number

  constructor(head: Uint8Array, question: string, records: readonly ResourceRecord[]) {
    // Text has at least as many characters as its name has octets without the first length and the root's.
    const lengths = records.map(({ name, rdata }) => name.length + 2 + FIXED_LENGTH + rdata.length)
    this.#octets = new Uint8Array(lengths.reduce((sum, length) => sum + length, head.length))
    this.#octets.set(head)
    this.#view = viewOf(this.#octets)
    this.#end = head.length
    this.#remember(ancestryOf(question), HEADER_LENGTH)
  }

  add({ name, type, ttl, rdata }: ResourceRecord): void {
    this.#name(name)
    this.#view.setUint16(this.#end, type)
    this.#view.setUint16(this.#end + 2, CLASS.IN)
    this.#view.setUint32(this.#end + 4, ttl)
    this.#view.setUint16(this.#end + 8, rdata.length)
    this.#end += FIXED_LENGTH
    this.#push(rdata)
  }

  octets(): Uint8Array {
    return this.#octets.subarray(0, this.#end)
  }

  #name(name: string): void {
    const known = this.#pointers.get(name)
    if (known !== undefined) {
      this.#pointTo(known)
      return
    }
    const names = ancestryOf(name)
    const fresh = names.findIndex((suffix) => suffix === '' || this.#pointers.has(suffix))
    const suffix = names[fresh] ?? ''
    const start = this.#end
    const pointer = this.#pointers.get(suffix)
    this.#push(writeName(pointer === undefined ? name : name.slice(0, -suffix.length - 1)))
    if (pointer !== undefined) {
      // In place of the root.
      this.#end -= 1
      this.#pointTo(pointer)
    }
    this.#remember(names.slice(0, fresh), start)
  }

  #pointTo(place: number): void {
    this.#view.setUint16(this.#end, 0xc000 | place)
    this.#end += 2
  }

  /** Each name that ends a name just written can be pointed to. */
  #remember(names: readonly string[], start: number): void {
    let at = start
    for (const name of names) {
      if (name === '' || at >= POINTER_REACH) return
      this.#pointers.set(name, at)
      at += (this.#octets[at] ?? 0) + 1
    }
  }

  #push(octets: Uint8Array): void {
    this.#octets.set(octets, this.#end)
    this.#end += octets.length
  }
}
