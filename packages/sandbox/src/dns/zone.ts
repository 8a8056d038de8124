import { parentOf } from './name-path.ts'
import { type ResourceRecord, TYPE } from './resource-record.ts'
import { isLater, nextSoa, serialOf } from './soa.ts'
import type { ChangeableZone, ZoneChange } from './zone-changes.ts'

/** The records of one name and type; they share a TTL (RFC 2181 §5.2). */
export interface RRset {
  readonly ttl: number
  /** By its own octets, so that one is found among thousands; in the order in which they came. */
  readonly rdata: ReadonlyMap<string, Uint8Array>
}

/** The RRsets of a name by type. */
export type RRsets = ReadonlyMap<number, RRset>

interface Node {
  readonly sets: Map<number, { ttl: number; readonly rdata: Map<string, Uint8Array> }>
  /** How many names one label down exist: with some, the name exists though it has no records (RFC 4592 §2.2.2). */
  children: number
}

/** A zone at one server: its names, what is at them, and the rules by which that changes (RFC 2136 §3.4.2). */
export class Zone implements ChangeableZone {
  readonly apex: string
  readonly #nodes = new Map<string, Node>()

  /** @param records its SOA and NS records and whatever else is there from the start */
  constructor(apex: string, records: Iterable<ResourceRecord>) {
    this.apex = apex
    for (const record of records) this.#put(record)
  }

  /** The RRsets of exactly this name: none for an empty non-terminal, undefined when the name does not exist. */
  sets(name: string): RRsets | undefined {
    return this.#nodes.get(name)?.sets
  }

  types(name: string): readonly number[] {
    return [...(this.sets(name)?.keys() ?? [])]
  }

  at(name: string): readonly ResourceRecord[] {
    return [...(this.sets(name) ?? [])].flatMap(([type, set]) => recordsOf(name, type, set))
  }

  /** All records, the SOA first. */
  *records(): Generator<ResourceRecord> {
    yield this.soa
    for (const [name, { sets }] of this.#nodes) {
      for (const [type, set] of sets) if (type !== TYPE.SOA) yield* recordsOf(name, type, set)
    }
  }

  /** Its SOA, which a zone never loses. */
  get soa(): ResourceRecord {
    const set = this.sets(this.apex)?.get(TYPE.SOA)
    const [soa] = set ? recordsOf(this.apex, TYPE.SOA, set) : []
    if (!soa) throw new Error(`the zone ${this.apex}. has lost its SOA`)
    return soa
  }

  /** @returns whether anything changed */
  apply(changes: readonly ZoneChange[]): boolean {
    const before = this.soa
    let changed = false
    for (const change of changes) changed = this.#applyOne(change) || changed
    // An update that brought an SOA has named the serial itself (RFC 2136 §3.6).
    if (changed && this.soa.rdata === before.rdata) this.#replace({ ...before, rdata: nextSoa(before.rdata) })
    return changed
  }

  #applyOne(change: ZoneChange): boolean {
    switch (change.change) {
      case 'add':
        return this.#add(change.record)
      case 'remove':
        return this.#remove(change.record)
      case 'remove-rrset':
        return this.#removeSet(change.name, change.type)
      case 'remove-name':
        return this.types(change.name).filter((type) => this.#removeSet(change.name, type)).length > 0
    }
  }

  /** RFC 2136 §3.4.2.2. */
  #add(record: ResourceRecord): boolean {
    const { name, type, ttl, rdata } = record
    if (meetsCname(this, record)) return false
    if (type === TYPE.SOA) {
      if (name !== this.apex || !isLater(serialOf(rdata), serialOf(this.soa.rdata))) return false
      this.#replace(record)
      return true
    }
    const set = this.sets(name)?.get(type)
    if (set?.ttl === ttl && set.rdata.has(keyOf(rdata))) return false
    // A name has one CNAME at most (RFC 1034 §3.6.2).
    if (type === TYPE.CNAME) this.#replace(record)
    else this.#put(record)
    return true
  }

  /** RFC 2136 §3.4.2.4. */
  #remove({ name, type, rdata }: Omit<ResourceRecord, 'ttl'>): boolean {
    const set = this.#nodes.get(name)?.sets.get(type)
    if (!set?.rdata.has(keyOf(rdata))) return false
    if (set.rdata.size === 1) return this.#removeSet(name, type)
    return set.rdata.delete(keyOf(rdata))
  }

  /** RFC 2136 §3.4.2.3. The SOA and the last NS of the apex stay. */
  #removeSet(name: string, type: number): boolean {
    if (name === this.apex && (type === TYPE.SOA || type === TYPE.NS)) return false
    if (!this.#nodes.get(name)?.sets.delete(type)) return false
    this.#prune(name)
    return true
  }

  /** Puts a record into its set, the whole of which takes its TTL. */
  #put({ name, type, ttl, rdata }: ResourceRecord): void {
    const { sets } = this.#node(name)
    const set = sets.get(type) ?? { ttl, rdata: new Map<string, Uint8Array>() }
    set.ttl = ttl
    set.rdata.set(keyOf(rdata), rdata)
    sets.set(type, set)
  }

  /** Makes a record the only one of its set. */
  #replace(record: ResourceRecord): void {
    this.#node(record.name).sets.get(record.type)?.rdata.clear()
    this.#put(record)
  }

  #node(name: string): Node {
    const known = this.#nodes.get(name)
    if (known) return known
    const node: Node = { sets: new Map(), children: 0 }
    this.#nodes.set(name, node)
    if (name !== this.apex) this.#node(parentOf(name)).children += 1
    return node
  }

  /** Takes away a name at which nothing is any more, and those above it that existed for it alone. */
  #prune(name: string): void {
    const node = this.#nodes.get(name)
    if (!node || node.sets.size > 0 || node.children > 0 || name === this.apex) return
    this.#nodes.delete(name)
    const parent = parentOf(name)
    const above = this.#nodes.get(parent)
    if (above) above.children -= 1
    this.#prune(parent)
  }
}

/** The records of a set. */
export function recordsOf(name: string, type: number, { ttl, rdata }: RRset): ResourceRecord[] {
  return Array.from(rdata.values(), (octets) => ({ name, type, ttl, rdata: octets }))
}

/** Whether a CNAME and other data would meet at the name of the record. */
export function meetsCname(zone: Pick<ChangeableZone, 'types'>, { name, type }: Pick<ResourceRecord, 'name' | 'type'>): boolean {
  const types = zone.types(name)
  return type === TYPE.CNAME ? types.some((other) => other !== TYPE.CNAME) : types.includes(TYPE.CNAME)
}

function keyOf(rdata: Uint8Array): string {
  return Buffer.from(rdata.buffer, rdata.byteOffset, rdata.byteLength).toString('latin1')
}
