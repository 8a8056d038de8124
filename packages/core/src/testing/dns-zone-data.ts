import type { Answer, CaaData } from 'dns-packet'
import type { AskedQuestion, DnsHandler, DnsReply } from './dns-server.ts'

/** A record of a zone: `name type value`; TXT values are plain text, names without final dot, CAA `0 issue ca.test; a=b`. */
export interface ZoneRecord {
  name: string
  type: 'TXT' | 'CNAME' | 'A' | 'AAAA' | 'NS' | 'CAA' | 'MX'
  value: string
}

/** A zone with its records; the SOA is there by itself. May be changed while it is served. */
export interface ZoneData {
  apex: string
  records: ZoneRecord[]
}

const NXDOMAIN = 3
const REFUSED = 5
const TTL = 300

/** Lines `name type value` as records; `value` may contain spaces. */
export function zoneData(apex: string, lines: readonly string[]): ZoneData {
  const records = lines.map((line) => {
    const [name = '', type = '', ...value] = line.split(' ')
    return { name: name === '.' ? '' : name, type: type as ZoneRecord['type'], value: value.join(' ') }
  })
  return { apex, records }
}

/** A handler that serves these zones with authority, with referrals and glue at their cuts (RFC 1034 §4.3.2); else REFUSED. */
export function authoritative(zones: readonly ZoneData[]): DnsHandler {
  return (question) => {
    const zone = closest(zones, lower(question.name))
    return zone ? answerFrom(zone, question) : { rcode: REFUSED }
  }
}

/** A handler that answers as a recursive resolver which knows all of these zones; SERVFAIL for the rest. */
export function recursive(zones: readonly ZoneData[]): DnsHandler {
  return (question) => {
    const name = lower(question.name)
    const zone = closest(zones, name)
    if (!zone) return { rcode: 2 }
    const reply = answerFrom(
      { ...zone, records: zone.records.filter(({ name: at, type }) => type !== 'NS' || at === zone.apex) },
      question,
    )
    return { ...reply, aa: false }
  }
}

function answerFrom(zone: ZoneData, asked: AskedQuestion): DnsReply {
  const name = lower(asked.name)
  const cut = zone.records.find(({ type, name: at }) => type === 'NS' && at !== zone.apex && isWithin(name, at))
  if (cut) {
    const delegation = zone.records.filter(({ type, name: at }) => type === 'NS' && at === cut.name)
    return { authorities: delegation.map(encoded), additionals: glueFor(zone, delegation) }
  }
  const exists = existsIn(zone, name)
  const here = exists ? zone.records.filter((record) => record.name === name) : synthesized(zone, name)
  const soa: Answer = {
    type: 'SOA',
    name: zone.apex || '.',
    ttl: TTL,
    data: {
      mname: `ns.${zone.apex}`,
      rname: `hostmaster.${zone.apex}`,
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 86400,
      minimum: 60,
    },
  }
  if (asked.type === 'SOA' && name === zone.apex) return { aa: true, answers: [soa] }
  const answers = here.filter(({ type }) => type === asked.type || type === 'CNAME')
  if (answers.length > 0) return { aa: true, answers: answers.map(encoded), additionals: glueFor(zone, answers) }
  return { aa: true, rcode: exists || here.length > 0 ? 0 : NXDOMAIN, authorities: [soa] }
}

function existsIn(zone: ZoneData, name: string): boolean {
  return name === zone.apex || zone.records.some((record) => isWithin(record.name, name))
}

/** The records of the wildcard below the closest name above that exists (RFC 4592 §3.3.1). */
function synthesized(zone: ZoneData, name: string): ZoneRecord[] {
  let encloser = name
  while (!existsIn(zone, encloser)) encloser = encloser.slice(encloser.indexOf('.') + 1)
  return zone.records.filter((record) => record.name === `*.${encloser}`).map((record) => ({ ...record, name }))
}

function glueFor(zone: ZoneData, records: readonly ZoneRecord[]): Answer[] {
  const hosts = records.filter(({ type }) => type === 'NS').map(({ value }) => value)
  return zone.records.filter(({ name, type }) => hosts.includes(name) && (type === 'A' || type === 'AAAA')).map(encoded)
}

function closest(zones: readonly ZoneData[], name: string): ZoneData | undefined {
  return zones.filter(({ apex }) => isWithin(name, apex)).toSorted((a, b) => b.apex.length - a.apex.length)[0]
}

function encoded({ name, type, value }: ZoneRecord): Answer {
  const frame = { name: name || '.', ttl: TTL, class: 'IN' } as const
  if (type === 'TXT') return { ...frame, type, data: [value] }
  if (type === 'MX') {
    const [preference = '', exchange = ''] = value.split(' ')
    return { ...frame, type, data: { preference: Number(preference), exchange } }
  }
  if (type !== 'CAA') return { ...frame, type, data: value }
  const [flags = '', tag = '', ...rest] = value.split(' ')
  return { ...frame, type, data: { flags: Number(flags), tag: tag as CaaData['tag'], value: rest.join(' ') } }
}

function isWithin(name: string, apex: string): boolean {
  return apex === '' || name === apex || name.endsWith(`.${apex}`)
}

function lower(name: string): string {
  return name === '.' ? '' : name.toLowerCase()
}
