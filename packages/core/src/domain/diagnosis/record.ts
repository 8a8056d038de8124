import type { ProofState } from '../model.ts'
import type { NeededRecord } from '../records.ts'

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

/** What a record's sightings mean. */
export interface Finding {
  state: ProofState
  /** Absent when the record is right. */
  problem?: 'RECORD_MISSING' | 'RECORD_PARTIAL' | 'RECORD_WRONG' | 'RECORD_HIDDEN_BY_CNAME' | 'DNS_UNREACHABLE'
  explanation: string
  action?: 'create' | 'change' | 'wait'
  actor: 'customer' | 'operator' | 'provider'
}

/**
 * Judges the records of one name and type by what every authoritative server shows. TXT records may have others beside
 * them; a CNAME stands alone; addresses must be exactly those that are wanted.
 */
export function judgeRecord(
  wanted: Pick<NeededRecord, 'type' | 'name'> & { values: string[] },
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
  if (cname !== undefined) {
    const explanation = `${wanted.name} is a CNAME to ${cname}, and no other record can stand beside a CNAME (RFC 1034 §3.6.2).`
    return { state: 'wrong', problem: 'RECORD_HIDDEN_BY_CNAME', explanation, action: 'change', actor: 'customer' }
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
  const explanation = `${label} is ${list(seenValues)} and should be ${list(wanted.values)} (asked ${at}).`
  // Other TXT records at the name are fine: ours is missing beside them.
  if (wanted.type === 'TXT')
    return { state: 'missing', problem: 'RECORD_WRONG', explanation, action: 'create', actor: 'customer' }
  return { state: 'wrong', problem: 'RECORD_WRONG', explanation, action: 'change', actor: 'customer' }
}

function shows(wanted: { type: string; values: string[] }, seen: Sighting): boolean {
  const values = new Set(seen.values.map(canonical))
  const all = wanted.values.every((value) => values.has(canonical(value)))
  return wanted.type === 'TXT' ? all : all && values.size === wanted.values.length

  function canonical(value: string): string {
    if (wanted.type === 'TXT') return value
    const lower = value.toLowerCase().replace(/\.$/, '')
    // One IPv6 address has many spellings; the URL parser knows the canonical one (RFC 5952).
    return wanted.type === 'AAAA' && URL.canParse(`http://[${lower}]`) ? new URL(`http://[${lower}]`).hostname : lower
  }
}

function list(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ')
}

function count(answers: readonly Sighting[]): string {
  return answers.length === 1 ? (answers[0]?.server ?? '1 server') : `${answers.length} servers`
}
