import { ancestryOf } from './name-path.ts'
import { CLASS, type ResourceRecord } from './resource-record.ts'
import { labelsOf, writeName } from './wire-name.ts'

/** Where a compression pointer still reaches (RFC 1035 §4.1.4). */
const POINTER_REACH = 0x4000

/**
 * Writes records behind the question of a message, their owners' names compressed. dns-packet cannot: it takes escaped dots
 * for separators and knows no compression. Names in RDATA stay as they are, which every reader has to take.
 */
export class RecordWriter {
  readonly #parts: Uint8Array[] = []
  readonly #pointers = new Map<string, number>()
  #length: number

  /**
   * @param start octets of the message so far
   * @param question its name, which stands at octet 12 when there is one
   */
  constructor(start: number, question?: string) {
    this.#length = start
    if (question !== undefined) this.#remember(question, 12)
  }

  /** Adds one record of class IN. */
  add({ name, type, ttl, rdata }: ResourceRecord): void {
    this.#name(name)
    const fixed = Buffer.alloc(10)
    fixed.writeUInt16BE(type, 0)
    fixed.writeUInt16BE(CLASS.IN, 2)
    fixed.writeUInt32BE(ttl, 4)
    fixed.writeUInt16BE(rdata.length, 8)
    this.#push(fixed)
    this.#push(rdata)
  }

  /** All records so far. */
  octets(): Uint8Array {
    return Buffer.concat(this.#parts)
  }

  #name(name: string): void {
    const start = this.#length
    const known = ancestryOf(name).find((suffix) => suffix === '' || this.#pointers.has(suffix)) ?? ''
    const fresh = labelsOf(name).slice(0, labelsOf(name).length - labelsOf(known).length)
    this.#push(writeName(fresh.join('.')).subarray(0, -1))
    const pointer = this.#pointers.get(known)
    this.#push(pointer === undefined ? Uint8Array.of(0) : Uint8Array.of(0xc0 | (pointer >> 8), pointer & 0xff))
    this.#remember(name, start)
  }

  /** Each name that ends a name just written can be pointed to. */
  #remember(name: string, start: number): void {
    let at = start
    for (const suffix of ancestryOf(name)) {
      if (suffix === '' || this.#pointers.has(suffix) || at >= POINTER_REACH) return
      this.#pointers.set(suffix, at)
      at += (writeName(labelsOf(suffix)[0] ?? '').at(0) ?? 0) + 1
    }
  }

  #push(octets: Uint8Array): void {
    this.#parts.push(octets)
    this.#length += octets.length
  }
}
