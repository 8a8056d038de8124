import type { NeededRecord } from '../records.ts'
import { canonicalSeen, canonicalWanted, cut, quoted } from './canonical.ts'
import { explained, type Finding, type PlainRecord } from './finding.ts'
import { andMore, safe } from './sentence.ts'
import { slipOf } from './slips.ts'

/** What one authoritative server showed at the name and type of a record. */
export interface Sighting {
  server: string
  rcode: string
  /** Gave an authoritative answer, also a negative one. */
  usable: boolean
  values: string[]
  /** The CNAME that stands at the name instead. */
  cname?: string
}

/**
 * Judges the records of one name and type by what every authoritative server shows. TXT records may have others beside
 * them; a CNAME stands alone; addresses must be exactly those that are wanted. `zone` is the apex of their zone.
 */
export function judgeRecord(
  wanted: Pick<NeededRecord, 'type' | 'name'> & { values: string[]; zone?: string },
  sightings: readonly Sighting[],
): Finding {
  const usable = sightings.filter(({ usable }) => usable)
  const label = `${wanted.type} ${wanted.name}`
  if (usable.length === 0) {
    const said = andMore(sightings.map(({ server, rcode }) => `${server}: ${rcode}`)) || 'its zone has none'
    return {
      state: 'unknown',
      problem: 'DNS_UNREACHABLE',
      explanation: `No name server of the zone gave an answer about ${label} (${said}).`,
      action: 'wait',
      actor: 'provider',
    }
  }
  const right = usable.filter((seen) => shows(wanted, seen))
  if (right.length === usable.length)
    return { state: 'ok', explanation: `${label} is right at ${count(usable)}.`, actor: 'customer' }
  const others = usable.filter((seen) => !shows(wanted, seen))
  if (right.length > 0) {
    const at = andMore(others.map(({ server }) => server))
    const explanation = `${label} is right at ${count(right)} but not yet at ${at}. A change reaches all servers of a domain within minutes.`
    return { state: 'missing', problem: 'RECORD_PARTIAL', explanation, action: 'wait', actor: 'provider' }
  }
  if (isSpread(wanted, usable)) {
    const explanation = `${label}: no server shows all of ${list(wanted.values)} yet, but each of them is at some server (asked ${askedOf(usable)}). A change reaches all servers of a domain within minutes.`
    return { state: 'missing', problem: 'RECORD_PARTIAL', explanation, action: 'wait', actor: 'provider' }
  }
  const cname = others.find((seen) => seen.cname !== undefined && wanted.type !== 'CNAME')?.cname
  const isOneCname = others.every((seen) => seen.cname === cname)
  if (cname !== undefined && isOneCname && wanted.type !== 'TXT') return addressWanted(wanted, cname)
  if (cname !== undefined) {
    const why = `${wanted.name} is a CNAME to ${quoted(cname)}, and no other record can stand beside a CNAME (RFC 1034 §3.6.2).`
    const text = explained(why, [`Remove the CNAME, then make the ${wanted.type} record.`])
    const aliases = [...new Set(others.flatMap((seen) => seen.cname ?? []))]
    const remove = aliases.map((value): PlainRecord => ({ type: 'CNAME', name: wanted.name, value }))
    return { state: 'wrong', problem: 'RECORD_HIDDEN_BY_CNAME', ...text, action: 'change', actor: 'customer', remove }
  }
  const seenValues = [...new Set(others.flatMap(({ values }) => values))]
  if (seenValues.length === 0) {
    return {
      state: 'missing',
      problem: 'RECORD_MISSING',
      explanation: notThere(wanted, others),
      action: 'create',
      actor: 'customer',
    }
  }
  const slip = slipIn(wanted, usable)
  if (slip) return slip
  const why = `${label} is ${list(seenValues)} and should be ${list(wanted.values)} (asked ${askedOf(others)}).`
  if (wanted.type === 'TXT') return otherText(wanted, seenValues, why)
  return { state: 'wrong', problem: 'RECORD_WRONG', explanation: why, action: 'change', actor: 'customer' }
}

function notThere({ type, name, zone }: { type: string; name: string; zone?: string }, asked: readonly Sighting[]): string {
  const servers = zone ? `The name servers of ${zone}` : 'The name servers'
  return `${servers} do not have ${type} ${name} (asked ${askedOf(asked)}). If you made it less than 30 minutes ago, it may just be late: look again before you change anything. If you made it earlier, it was made at another company or under another name.`
}

/** Other TXT records at the name are fine, and ours is missing beside them; an old one of ours is to be changed. */
function otherText(
  { type, name, values: [value = ''] }: { type: NeededRecord['type']; name: string; values: string[] },
  seen: readonly string[],
  why: string,
): Finding {
  const prefix = value.slice(0, value.indexOf('=') + 1)
  const old = seen.filter((text) => prefix !== '' && text.startsWith(prefix))
  const [first] = old
  if (first !== undefined && old.length === 1) {
    const text = explained(why, ['Change the value of that record: do not add a second one.'])
    const remove = [{ type, name, value: first }]
    return { state: 'missing', problem: 'RECORD_WRONG', ...text, action: 'change', actor: 'customer', remove }
  }
  const text = explained(why, [`Add the record, and leave ${andMore(seen.map(quoted))} as it is.`])
  return { state: 'missing', problem: 'RECORD_WRONG', ...text, action: 'create', actor: 'customer' }
}

function addressWanted(
  { type, name, values }: { type: NeededRecord['type']; name: string; values: string[] },
  cname: string,
): Finding {
  return {
    state: 'wrong',
    problem: 'RECORD_VALUE_KIND',
    explanation: `${name} is a CNAME to ${quoted(cname)} and should be the address ${list(values)}: an ${type} record holds addresses, and cannot stand beside a CNAME (RFC 1034 §3.6.2).`,
    action: 'change',
    actor: 'customer',
    remove: [{ type: 'CNAME', name, value: cname }],
  }
}

/** A slip in a value that every server shows. */
function slipIn(
  { type, name, values, zone }: { type: NeededRecord['type']; name: string; values: string[]; zone?: string },
  usable: readonly Sighting[],
): Finding | undefined {
  const [first, ...others] = usable
  const common = (first?.values ?? []).filter((value) => others.every((other) => other.values.includes(value)))
  for (const seen of common) {
    for (const value of values) {
      const slip = slipOf({ type, name, value, zone }, seen)
      if (!slip) continue
      // In quotes, nobody could tell the quotation marks that are the fault.
      const is = slip.problem === 'RECORD_VALUE_QUOTED' ? safe(cut(seen)) : `${quoted(seen)} and should be ${quoted(value)}`
      const text = explained(`${type} ${name} is ${is}. ${slip.why}`, [slip.advice])
      const remove = [{ type, name, value: seen }]
      return { state: 'wrong', problem: slip.problem, ...text, action: 'change', actor: 'customer', remove }
    }
  }
  return undefined
}

function shows({ type, values }: { type: string; values: string[] }, seen: Sighting): boolean {
  const shown = new Set(seen.values.map((value) => canonicalSeen(type, value)))
  const all = values.every((value) => shown.has(canonicalWanted(type, value)))
  return type === 'TXT' ? all : all && shown.size === values.length
}

/** Whether the servers show all values together and nothing else, though none of them shows all. */
function isSpread({ type, values }: { type: string; values: string[] }, usable: readonly Sighting[]): boolean {
  const wanted = new Set(values.map((value) => canonicalWanted(type, value)))
  const shown = new Set(usable.flatMap((seen) => seen.values.map((value) => canonicalSeen(type, value))))
  const isAlone = type === 'TXT' || wanted.size === shown.size
  return wanted.size > 1 && isAlone && [...wanted].every((value) => shown.has(value))
}

/** Servers without their addresses: each once, also where it has several. */
export function askedOf(sightings: readonly Pick<Sighting, 'server'>[]): string {
  return andMore([...new Set(sightings.map(({ server }) => server.replace(/ \([^)]*\)$/, '')))])
}

function list(values: readonly string[]): string {
  return andMore(values.map(quoted))
}

function count(answers: readonly Sighting[]): string {
  return answers.length === 1 ? (answers[0]?.server ?? '1 server') : `${answers.length} servers`
}
