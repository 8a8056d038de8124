import { readRecordName } from './names.ts'
import { readData, WRITABLE_TYPES, type WritableType } from './record-data.ts'
import { type GoDaddyRefusal, invalidBody, type RefusedField, sandboxRefuses } from './refusal.ts'

/** A record that is to be written. */
export interface NewRecord {
  readonly type: WritableType
  /** With the domain, in lower case. */
  readonly name: string
  /** As the book of zones has it. */
  readonly value: string
  /** Seconds. */
  readonly ttl: number
}

/** One type of records at one name. */
export type Place = Pick<NewRecord, 'type' | 'name'>

/** https://github.com/josteink/le-godaddy-dns/pull/1 */
const SHORTEST_TTL = 600

/** What a record gets that is written without one (https://github.com/acmesh-official/acme.sh/issues/1601). */
const DEFAULT_TTL = 600

const MOST_PRIORITY = 0xffff

/** Of the model of a record (https://developer.godaddy.com/doc/endpoint/domains, `DNSRecord`). */
const PROPERTIES = ['data', 'name', 'port', 'priority', 'protocol', 'service', 'ttl', 'type', 'weight']
const SRV_PROPERTIES = ['port', 'protocol', 'service', 'weight']

/**
 * The type of records, from a path or a record.
 * @throws GoDaddyRefusal 422 for one that GoDaddy does not write, such as CAA (https://github.com/AnalogJ/lexicon/pull/545)
 */
export function readType(text: unknown): WritableType {
  const type = WRITABLE_TYPES.find((one) => one === text)
  if (type) return type
  if (text === 'SOA' || text === 'SRV') throw sandboxRefuses(`The sandbox has no records of type ${text} for GoDaddy.`)
  throw invalidBody()
}

/** What a path says of all records of a body, as it stands there; the records say the rest. */
export interface Where {
  readonly type?: string
  readonly name?: string
}

/**
 * Reads the records of a body.
 * @throws GoDaddyRefusal 422
 */
export function readRecords(apex: string, body: unknown, where: Where = {}): NewRecord[] {
  // https://github.com/lmammino/godaddy-dns/issues/31
  if (!Array.isArray(body)) throw invalidBody(unexpectedType('records', 'array'))
  // https://github.com/AnalogJ/lexicon/pull/522: an empty array is no way to take records away.
  if (body.length === 0) throw invalidBody()
  const items = body.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw invalidBody()
    return Object.fromEntries(Object.entries(item))
  })
  const fields = items.flatMap(problemsOf)
  if (fields.length > 0) throw invalidBody(...fields)
  return items.map((item) => readRecord(apex, item, where))
}

/** What is wrong with the fields of a record by themselves. */
function problemsOf({ data, name, type, ttl }: Record<string, unknown>, index: number): RefusedField[] {
  const path = (field: string) => `records[${index}].${field}`
  const problems: RefusedField[] = []
  for (const [field, value] of Object.entries({ data, name, type })) {
    if (value !== undefined && typeof value !== 'string') problems.push(unexpectedType(path(field), 'string'))
  }
  if (ttl !== undefined && !Number.isSafeInteger(ttl)) problems.push(unexpectedType(path('ttl'), 'integer'))
  else if (ttl !== undefined && Number(ttl) < SHORTEST_TTL) {
    const message = `must have a minimum value of ${SHORTEST_TTL}`
    problems.push({ path: path('ttl'), code: 'UNKNOWN_RESTRICTION', message })
  }
  return problems
}

/** In the words that are known for an array. */
function unexpectedType(path: string, type: string): RefusedField {
  return { path, code: 'UNEXPECTED_TYPE', message: `is not a ${type}` }
}

function readRecord(apex: string, item: Record<string, unknown>, where: Where): NewRecord {
  const unknown = Object.keys(item).find((property) => !PROPERTIES.includes(property))
  if (unknown !== undefined) throw sandboxRefuses('A record has a property that the documentation of GoDaddy does not.')
  const { data, priority, ttl } = item
  if (typeof data !== 'string') throw invalidBody()
  if (SRV_PROPERTIES.some((property) => item[property] !== undefined)) {
    throw sandboxRefuses('Nobody has told what the properties of SRV records do to others.')
  }
  if (priority !== undefined && !isPriority(priority)) throw sandboxRefuses('The priority is none of 0 to 65535.')
  const { type, name } = placeOf(apex, item, where)
  return { type, name, value: readData(type, data, priority), ttl: typeof ttl === 'number' ? ttl : DEFAULT_TTL }
}

function isPriority(priority: unknown): priority is number {
  return Number.isInteger(priority) && Number(priority) >= 0 && Number(priority) <= MOST_PRIORITY
}

/** Records may say again what the path has said. */
function placeOf(apex: string, { type, name }: Record<string, unknown>, where: Where): Place {
  // https://github.com/AnalogJ/lexicon/pull/522
  if (where.type !== undefined && type !== undefined && type !== where.type) throw invalidBody()
  const place = readPlace(apex, where.type ?? type, where.name ?? name)
  if (name !== undefined && readRecordName(apex, name) !== place.name) {
    throw sandboxRefuses('Nobody has told what becomes of a record that is put to the place of another name.')
  }
  return place
}

/**
 * Where records are to be written.
 * @throws GoDaddyRefusal 422, also for no name (https://github.com/kubernetes-sigs/external-dns/issues/4226)
 */
export function readPlace(apex: string, type: unknown, name: unknown): Place {
  const place = { type: readType(type), name: readRecordName(apex, name) }
  if (place.name === undefined) throw invalidBody()
  if (place.type === 'NS' && place.name === apex) throw ownNameServers()
  return { ...place, name: place.name }
}

function ownNameServers(): GoDaddyRefusal {
  return sandboxRefuses('Nobody has told how the name servers of a domain are changed by its records.')
}
