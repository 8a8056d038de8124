import type { Observation } from '../contracts/dns.ts'
import type { Check } from '../contracts/domainctl.ts'
import type { ProblemCode } from '../domain/diagnosis/problems.ts'
import { type Finding, judgeRecord, type Sighting } from '../domain/diagnosis/record.ts'
import type { Domain, DomainName, ProofState } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { type NeededRecord, neededRecords, recordsOfName } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import { findMisplaced } from './misplaced.ts'
import type { Services } from './services.ts'
import { seenAnswers, sightings } from './sightings.ts'

/** Looks at every record that the proofs of a domain ask for, at every authoritative server. Changes nothing. */
export async function lookAtProofs({ dns }: Pick<Services, 'dns'>, domain: Domain, signal: AbortSignal): Promise<Check[]> {
  // Several addresses of one name are one RRset and one check.
  const needed = neededRecords(domain)
  const sets = Map.groupBy(needed, ({ purpose, type, name }) => `${purpose} ${type} ${name}`)
  const routed = new Set(needed.filter(({ purpose }) => purpose === 'routing').map(({ name }) => name))
  return Promise.all([...sets.values()].map((records) => check(records)))

  async function check(records: NeededRecord[]): Promise<Check> {
    const [first] = records
    if (!first) throw new Error('groupBy made an empty group')
    const { purpose, type, name } = first
    const values = records.map(({ value }) => value)
    const record = { type, name, expected: values }
    const observed = await observe(name, type)
    if (observed instanceof DomainctlError) {
      const { code, message } = observed
      const actor = observed.actor === 'provider' || observed.actor === 'operator' ? observed.actor : 'customer'
      return { purpose, record, seen: [], ok: false, state: 'unknown', problem: code, explanation: message, actor }
    }
    if (type === 'CNAME' && observed.zone.apex === name) {
      const explanation = `${name} is the apex of its zone, where no CNAME can stand beside SOA and NS (RFC 1034 §3.6.2): it needs addresses (--address), or an alias record of its provider.`
      return {
        purpose,
        record,
        seen: seenAnswers(observed),
        ok: false,
        state: 'wrong',
        problem: 'CNAME_AT_APEX' satisfies ProblemCode,
        explanation,
        actor: 'operator',
      }
    }
    const seen = sightings(observed)
    const judged = judgeRecord({ type, name, values, zone: observed.zone.apex }, seen)
    // Only a record that is not there is looked for elsewhere: where all is right nothing more is asked.
    const isAbsent = judged.state === 'missing' && judged.action === 'create'
    const wanted = { purpose, type, name, values }
    const finding = (isAbsent && (await findMisplaced(await dns(), wanted, observed, { routed, signal }))) || judged
    const { state, explanation, actor } = finding
    return {
      purpose,
      record,
      seen: seenAnswers(observed),
      ok: state === 'ok',
      state,
      ...problemOf(finding, records, seen),
      explanation,
      actor,
    }
  }

  async function observe(name: string, type: NeededRecord['type']): Promise<Observation | DomainctlError> {
    try {
      return await (await dns()).observe(name, type, { signal })
    } catch (error) {
      if (error instanceof DomainctlError && error.kind === 'not-ready') return error
      throw error
    }
  }
}

/** The names of a domain with what the checks found of each proof. */
export function withFindings(names: readonly DomainName[], checks: readonly Check[], now: Date): DomainName[] {
  const proof = (name: DomainName, purpose: 'ownership' | 'routing' | 'delegation'): { checkedAt?: Date; state?: ProofState } => {
    const mine = recordsOfName(name).filter((record) => record.purpose === purpose)
    const found = checks.filter(
      ({ purpose: of, record }) =>
        of === purpose && mine.some((wanted) => wanted.name === record.name && wanted.type === record.type),
    )
    if (found.length === 0) return {}
    return { checkedAt: now, state: found.find(({ ok }) => !ok)?.state ?? 'ok' }
  }
  return names.map((name) => ({
    ...name,
    ...(name.ownership && { ownership: withProvenAt({ ...name.ownership, ...proof(name, 'ownership') }, now) }),
    ...(name.routing && { routing: { ...name.routing, ...proof(name, 'routing') } }),
    ...(name.delegation && { delegation: { ...name.delegation, ...proof(name, 'delegation') } }),
  }))
}

/** From the first time that it is seen the name is this tenant's, whatever later looks find (L9). */
function withProvenAt<T extends { state: ProofState; provenAt?: Date }>(ownership: T, now: Date): T {
  return ownership.state === 'ok' && !ownership.provenAt ? { ...ownership, provenAt: now } : ownership
}

/** The error of a domain whose records are not right yet. */
export function notReady(name: string, checks: readonly Check[]): DomainctlError {
  const open = checks.filter(({ ok }) => !ok)
  const actors = [...new Set(open.map(({ actor }) => actor))]
  const what = open.map(({ explanation }) => explanation).join(' ')
  return new DomainctlError(
    'DNS_NOT_READY',
    `${open.length} of ${checks.length} DNS record(s) of ${baseOf(name)} are not right yet. ${what}`,
    {
      hint: `Make the records that are shown, then run: domainctl verify ${name}`,
      actor: actors.length === 1 && actors[0] ? actors[0] : 'customer',
    },
  )
}

function problemOf(
  finding: Finding,
  records: readonly NeededRecord[],
  seen: readonly Sighting[],
): Pick<Check, 'problem' | 'fix'> {
  const [first] = records
  if (!finding.problem || !finding.action || !first) return finding.problem ? { problem: finding.problem } : {}
  const shown = new Set(seen.flatMap(({ values }) => values))
  const { type, name, value, ttl } = records.find(({ value }) => !shown.has(value)) ?? first
  const { action, remove } = finding
  return { problem: finding.problem, fix: { action, type, name, value, ttl, ...(remove && { remove }) } }
}
