import type { Observation, ServerAnswer } from '../../contracts/dns.ts'
import type { Check } from '../../contracts/verification.ts'
import type { PlainRecord } from '../../domain/diagnosis/finding.ts'
import { controlsOf, isAlike, keptServed } from '../../domain/diagnosis/wildcard.ts'
import { parentOf } from '../../domain/names.ts'
import { RECORD_TTL } from '../../domain/records.ts'
import { DomainctlError } from '../../errors.ts'
import { type Looking, observe } from './look.ts'

type Answered = Pick<PlainRecord, 'type' | 'value'>

/**
 * What a wildcard shows in place of a record at the name; empty where the name has records of its own, or shows nothing. The
 * first server that answers is asked: one question for each type that it shows something of, and one more where a wildcard
 * may be the reason.
 * @param observations of one name, of types that differ
 */
export async function wildcardBehind(
  { dns, signal }: Pick<Looking, 'dns' | 'signal'>,
  observations: readonly Observation[],
): Promise<Answered[]> {
  const found = await Promise.all(
    observations.map(async ({ name, type, zone, answers }) => {
      const controls = controlsOf(name, zone.apex)
      const first = answers.find(({ outcome }) => outcome === 'answer')
      if (!controls || !first || (first.values.length === 0 && first.cname === undefined)) return undefined
      for (const control of [controls.beside, controls.below]) {
        if (control === undefined) continue
        const asked = await dns.observe(control, type, { signal, zone: { ...zone, servers: [first.server] } })
        const [answer] = asked.answers
        if (answer?.outcome !== 'answer' || !isAlike(first, answer)) return []
      }
      return answeredBy(first, type)
    }),
  )
  const shown = found.filter((answered) => answered !== undefined)
  // One record of its own is enough to keep a wildcard from the name.
  return shown.some((answered) => answered.length === 0) ? [] : distinct(shown.flat())
}

function answeredBy({ values, cname }: ServerAnswer, type: Observation['type']): Answered[] {
  if (cname !== undefined) return [{ type: 'CNAME', value: cname }]
  return type === 'MX' || type === 'SOA' ? [] : values.map((value) => ({ type, value }))
}

function distinct(answered: readonly Answered[]): Answered[] {
  return [...new Map(answered.map((one) => [`${one.type} ${one.value}`, one])).values()]
}

/** Proofs that are records below the name. */
const BELOW: ReadonlySet<string> = new Set(['ownership', 'delegation'])

/**
 * The checks of the proofs, where a record that is made below a name would take the wildcard away that serves the name now:
 * the fix then has what the wildcard shows as records of the name itself. Not where the name gets other records anyway.
 */
export async function keepingServed(looking: Looking, checks: readonly Check[]): Promise<Check[]> {
  const kept = new Set<string>()
  return await Promise.all(
    checks.map(async (check) => {
      const { purpose, record, fix, ok } = check
      const base = parentOf(record.name)
      const isRerouted = checks.some((one) => one.purpose === 'routing' && one.record.name === base && one.fix !== undefined)
      if (ok || !BELOW.has(purpose) || fix?.action !== 'create' || kept.has(base) || isRerouted) return check
      kept.add(base)
      const served = await servedByWildcard(looking, base)
      if (served.length === 0) return check
      const more = served.map((one) => ({ ...one, name: base, ttl: RECORD_TTL }))
      return {
        ...check,
        explanation: `${check.explanation} ${keptServed(base, served)}`,
        fix: { ...fix, more: [...(fix.more ?? []), ...more] },
      }
    }),
  )
}

async function servedByWildcard(looking: Looking, name: string): Promise<Answered[]> {
  const { dns, signal } = looking
  try {
    const first = await observe(looking, name, 'A')
    if (first instanceof DomainctlError) return []
    const isAlias = first.answers.some(({ cname }) => cname !== undefined)
    const others = isAlias ? [] : [await dns.observe(name, 'AAAA', { signal, zone: first.zone })]
    return await wildcardBehind(looking, [first, ...others])
  } catch (error) {
    // What was found before the time was over is told without this.
    if (signal.aborted) return []
    throw error
  }
}
