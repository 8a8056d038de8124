import { DS, type Found, findInZone } from './find-in-zone.ts'
import { parentOf } from './name-path.ts'
import { readName } from './name-reader.ts'
import { RCODE, type ResourceRecord, TYPE } from './resource-record.ts'
import { negativeTtl } from './soa.ts'
import { type RRset, recordsOf, type Zone } from './zone.ts'
import type { ZoneSet } from './zone-set.ts'

/** How many aliases are followed; a loop ends here too. */
export const LONGEST_CHAIN = 16

/** What is said about a question. */
export interface Answer {
  readonly rcode: number
  readonly authoritative: boolean
  readonly answer: readonly ResourceRecord[]
  readonly authority: readonly ResourceRecord[]
  readonly additional: readonly ResourceRecord[]
  /** Where the last alias of `answer` leads, when it was not followed. */
  readonly leadsTo?: string
  /** Whether `authority` delegates to servers that know more. */
  readonly isReferral?: true
}

/** An answer that is nothing but its RCODE. */
export function refusal(rcode: number): Answer {
  return { rcode, authoritative: false, answer: [], authority: [], additional: [] }
}

/** Answers a question of class IN from the zones of one server (RFC 1034 §4.3.2). */
export function answerQuestion(zones: ZoneSet, name: string, type: number): Answer {
  const zone = zones.closest(type === DS && zones.get(name) ? parentOf(name) : name)
  const chain: ResourceRecord[] = []
  let at = name
  for (let aliases = 1; ; aliases++) {
    const found = findInZone(zone, at, type)
    const alias = aliasAt(found, type)
    if (!alias) return withChain(chain, answerAt(zones, zone, found, at, type))
    chain.push(...recordsOf(at, TYPE.CNAME, alias))
    at = targetOf(alias)
    // Into other zones nobody follows who is authoritative: what they hold is theirs to say.
    if (zones.closest(at) !== zone || aliases === LONGEST_CHAIN) {
      return { rcode: RCODE.NOERROR, authoritative: true, answer: chain, authority: [], additional: [], leadsTo: at }
    }
  }
}

/** The alias that stands where a question's name was found; undefined when the question ends there. */
function aliasAt(found: Found, type: number): RRset | undefined {
  return found.end === 'node' && type !== TYPE.CNAME && type !== TYPE.ANY ? found.sets.get(TYPE.CNAME) : undefined
}

function targetOf({ rdata }: RRset): string {
  const [target] = rdata.values()
  if (!target) throw new Error('an RRset has a record')
  return readName(target, 0).name
}

/** RFC 6604: AA is about the first name of a chain, the RCODE about the last. */
function withChain(chain: ResourceRecord[], last: Answer): Answer {
  return chain.length === 0 ? last : { ...last, authoritative: true, answer: [...chain, ...last.answer] }
}

function answerAt(zones: ZoneSet, zone: Zone, found: Found, name: string, type: number): Answer {
  const said = { rcode: RCODE.NOERROR, authoritative: true, answer: [], authority: [], additional: [] }
  if (found.end === 'cut') {
    const authority = recordsOf(found.name, TYPE.NS, found.set)
    const additional = addressesOf(zones, zone, found.set)
    return { ...said, authoritative: false, authority, additional, isReferral: true }
  }
  if (found.end === 'nowhere') return { ...said, rcode: RCODE.NXDOMAIN, authority: negativeSoa(zone) }
  // RFC 8482 §4.1: ANY is answered with one RRset of those that are there.
  const [chosen, set] = type === TYPE.ANY ? ([...found.sets][0] ?? []) : [type, found.sets.get(type)]
  if (chosen === undefined || !set) return { ...said, authority: negativeSoa(zone) }
  const additional = chosen === TYPE.NS ? addressesOf(zones, zone, set) : []
  return { ...said, answer: recordsOf(name, chosen, set), additional }
}

/** RFC 2308 §3. */
function negativeSoa({ soa }: Zone): ResourceRecord[] {
  return [{ ...soa, ttl: negativeTtl(soa.ttl, soa.rdata) }]
}

/** Addresses of name servers, as far as this server knows them: from the zone that holds their name, or else glue. */
function addressesOf(zones: ZoneSet, zone: Zone, servers: RRset): ResourceRecord[] {
  return [...servers.rdata.values()].flatMap((rdata) => {
    const { name } = readName(rdata, 0)
    const own = addressesAt(zones.closest(name), name)
    return own.length > 0 ? own : addressesAt(zone, name)
  })
}

function addressesAt(zone: Zone, name: string): ResourceRecord[] {
  return zone.at(name).filter(({ type }) => type === TYPE.A || type === TYPE.AAAA)
}
