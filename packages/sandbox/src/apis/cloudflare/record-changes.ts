import type { SandboxRuntime } from '../../runtime.ts'
import { isId, newId } from './ids.ts'
import { type RecordBody, readPatch, readRecord, type WantedRecord } from './record-input.ts'
import { invalidBody, notHere, recordMissing, refused } from './refusal.ts'
import { ADDRESS_TYPES, type ZoneRecord } from './zone-record.ts'

/** Records of a zone while they are changed, one after the other. */
export interface RecordChanges {
  /** What the zone would hold now. */
  readonly records: readonly ZoneRecord[]
  /** @throws CloudflareRefusal when there is none of this id */
  get(id: string): ZoneRecord
  /** @throws CloudflareRefusal */
  create(body: RecordBody): ZoneRecord
  /** All that is not said is as in a new record; see {@link RecordChanges.edit}. */
  update(id: string, body: RecordBody): ZoneRecord
  /** What is not said stays. */
  edit(id: string, body: RecordBody): ZoneRecord
  /** @returns what was there */
  remove(id: string): ZoneRecord
}

/** https://developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes: on zones that cost nothing. */
const MOST_IN_BATCH = 200

/** https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types */
const LONGEST_TOGETHER = 8192

/** Begins with what the zone holds; the zone itself is not changed. */
export function changesOf(initial: readonly ZoneRecord[], apex: string, runtime: SandboxRuntime): RecordChanges {
  let records = initial
  const get = (id: string): ZoneRecord => {
    const record = records.find((one) => one.id === id)
    if (!record) throw recordMissing()
    return record
  }
  const put = (wanted: WantedRecord, old: ZoneRecord): ZoneRecord => {
    const record = { ...old, ...wanted, modifiedOn: runtime.clock.now() }
    checkBeside(record, records, apex)
    records = records.map((one) => (one.id === old.id ? record : one))
    return record
  }
  return {
    get records() {
      return records
    },
    get,
    create(body) {
      const now = runtime.clock.now()
      const record = { ...readRecord(body, apex), id: newId(runtime), createdOn: now, modifiedOn: now }
      checkBeside(record, records, apex)
      records = [...records, record]
      return record
    },
    update: (id, body) => put(readRecord(body, apex), get(id)),
    edit(id, body) {
      const old = get(id)
      return put(readPatch(body, old, apex), old)
    },
    remove(id) {
      const record = get(id)
      records = records.filter((one) => one !== record)
      return record
    },
  }
}

/** The four lists of a batch, in the order in which they are carried out, whatever their order in the request. */
const LISTS = ['deletes', 'patches', 'puts', 'posts'] as const

/**
 * Carries a batch out on changes: whoever keeps them only when nothing was thrown has all of it, or nothing
 * (https://developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes).
 * @returns the records of each list that was given
 * @throws CloudflareRefusal for the first that cannot be
 */
export function carryOut(batch: RecordBody, changes: RecordChanges): Partial<Record<(typeof LISTS)[number], ZoneRecord[]>> {
  const lists = LISTS.map((list) => [list, readList(batch[list])] as const)
  const count = lists.reduce((sum, [, bodies]) => sum + (bodies?.length ?? 0), 0)
  if (count > MOST_IN_BATCH) throw notHere(`more than ${MOST_IN_BATCH} records in a batch`)
  const made = {
    deletes: (body: RecordBody) => changes.remove(idOf(body)),
    patches: (body: RecordBody) => changes.edit(idOf(body), body),
    puts: (body: RecordBody) => changes.update(idOf(body), body),
    posts: (body: RecordBody) => changes.create(body),
  }
  return Object.fromEntries(lists.flatMap(([list, bodies]) => (bodies ? [[list, bodies.map(made[list])]] : [])))
}

function readList(value: unknown): readonly RecordBody[] | undefined {
  if (value === undefined || value === null) return undefined
  const isList = Array.isArray(value) && value.every((body) => typeof body === 'object' && body !== null)
  if (!isList) throw invalidBody()
  return value
}

function idOf({ id }: RecordBody): string {
  if (typeof id === 'string' && isId(id)) return id
  throw invalidBody()
}

/**
 * What else is at the name of a record must leave room for it.
 * https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/ and
 * https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/existing-ns-record/
 */
function checkBeside(record: ZoneRecord, records: readonly ZoneRecord[], apex: string): void {
  const others = records.filter(({ id, name }) => name === record.name && id !== record.id)
  const has = (...types: readonly string[]) => others.some(({ type }) => types.includes(type))
  const isAddress = ADDRESS_TYPES.includes(record.type)
  // A CNAME that is there twice is told like one beside an address (https://github.com/cisagov/manage.get.gov/pull/4946).
  if (record.type === 'CNAME' && has(...ADDRESS_TYPES)) throw refused(81_053, HOST_EXISTS)
  if (isAddress && has('CNAME')) throw refused(81_054, CNAME_EXISTS)
  if (others.some(({ type, plain }) => type === record.type && plain === record.plain)) {
    throw refused(81_058, 'An identical record already exists.')
  }
  if (record.name !== apex) {
    if (record.type === 'NS' && others.some(({ type }) => type !== 'NS')) {
      throw refused(81_055, 'Non-NS records with that host already exist.')
    }
    if (record.type !== 'NS' && has('NS')) throw refused(81_056, 'NS records with that host already exist.')
    // Cloudflare's pages speak of addresses alone. A CNAME that is served as one suffers nothing else beside it either
    // (RFC 1034 §3.6.2); one that is proxied, or at the apex, is not served as one.
    if (!isAddress && others.some(({ type, proxied }) => type === 'CNAME' && !proxied)) throw refused(81_054, CNAME_EXISTS)
    if (record.type === 'CNAME' && !record.proxied && others.length > 0) throw refused(81_053, HOST_EXISTS)
  }
  const together = [record, ...others].filter(({ type }) => type === record.type)
  if (together.reduce((sum, { content }) => sum + content.length, 0) > LONGEST_TOGETHER) {
    // https://github.com/cisagov/manage.get.gov/issues/5165
    const message = `Combined content length of records with this name and type must not exceed ${LONGEST_TOGETHER} characters.`
    throw refused(83_011, message)
  }
}

/** https://github.com/cloudflare/terraform-provider-cloudflare/issues/1247 */
const HOST_EXISTS = 'An A, AAAA, or CNAME record with that host already exists.'

/** https://github.com/favonia/cloudflare-ddns/issues/990 */
const CNAME_EXISTS =
  'A CNAME record with that host already exists. For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/>.'
