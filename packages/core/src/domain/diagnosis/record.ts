import type { NeededRecord } from '../records.ts'
import { canonicalSeen, canonicalWanted, quoted } from './canonical.ts'
import type { Finding, PlainRecord } from './finding.ts'
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
    const said = sightings.map(({ server, rcode }) => `${server}: ${rcode}`).join(', ') || 'its zone has none'
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
  const at = others.map(({ server }) => server).join(', ')
  if (right.length > 0) {
    const explanation = `${label} is right at ${count(right)} but not yet at ${at}: a change reaches secondaries within minutes.`
    return { state: 'missing', problem: 'RECORD_PARTIAL', explanation, action: 'wait', actor: 'provider' }
  }
  const cname = others.find((seen) => seen.cname !== undefined && wanted.type !== 'CNAME')?.cname
  const isOneCname = others.every((seen) => seen.cname === cname)
  if (cname !== undefined && isOneCname && wanted.type !== 'TXT') return addressWanted(wanted, cname)
  if (cname !== undefined) {
    const explanation = `${wanted.name} is a CNAME to ${quoted(cname)}, and no other record can stand beside a CNAME (RFC 1034 §3.6.2). Remove the CNAME, then make the ${wanted.type} record.`
    const aliases = [...new Set(others.flatMap((seen) => seen.cname ?? []))]
    const remove = aliases.map((value): PlainRecord => ({ type: 'CNAME', name: wanted.name, value }))
    return { state: 'wrong', problem: 'RECORD_HIDDEN_BY_CNAME', explanation, action: 'change', actor: 'customer', remove }
  }
  const seenValues = [...new Set(others.flatMap(({ values }) => values))]
  if (seenValues.length === 0) {
    return {
      state: 'missing',
      problem: 'RECORD_MISSING',
      explanation: `${label} is not there (asked ${at}).`,
      action: 'create',
      actor: 'customer',
    }
  }
  const slip = slipIn(wanted, usable)
  if (slip) return slip
  const explanation = `${label} is ${list(seenValues)} and should be ${list(wanted.values)} (asked ${at}).`
  // Other TXT records at the name are fine: ours is missing beside them.
  if (wanted.type === 'TXT')
    return { state: 'missing', problem: 'RECORD_WRONG', explanation, action: 'create', actor: 'customer' }
  return { state: 'wrong', problem: 'RECORD_WRONG', explanation, action: 'change', actor: 'customer' }
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
      const explanation = `${type} ${name} is ${quoted(seen)} and should be ${quoted(value)}. ${slip.why}`
      const remove = [{ type, name, value: seen }]
      return { state: 'wrong', problem: slip.problem, explanation, action: 'change', actor: 'customer', remove }
    }
  }
  return undefined
}

function shows({ type, values }: { type: string; values: string[] }, seen: Sighting): boolean {
  const shown = new Set(seen.values.map((value) => canonicalSeen(type, value)))
  const all = values.every((value) => shown.has(canonicalWanted(type, value)))
  return type === 'TXT' ? all : all && shown.size === values.length
}

function list(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ')
}

function count(answers: readonly Sighting[]): string {
  return answers.length === 1 ? (answers[0]?.server ?? '1 server') : `${answers.length} servers`
}
