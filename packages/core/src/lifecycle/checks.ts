import type { Observation } from '../contracts/dns.ts'
import type { Check, SeenAnswer } from '../contracts/domainctl.ts'
import { type Finding, judgeRecord, type Sighting } from '../domain/diagnosis/record.ts'
import type { Domain, DomainName } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { type NeededRecord, neededRecords, recordsOfName } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import type { Services } from './services.ts'

/** Looks at every record that the proofs of a domain ask for, at every authoritative server. Changes nothing. */
export async function lookAtProofs({ dns }: Pick<Services, 'dns'>, domain: Domain, signal: AbortSignal): Promise<Check[]> {
  // Several addresses of one name are one RRset and one check.
  const sets = Map.groupBy(neededRecords(domain), ({ purpose, type, name }) => `${purpose} ${type} ${name}`)
  return Promise.all([...sets.values()].map((records) => check(records)))

  async function check(records: NeededRecord[]): Promise<Check> {
    const [first] = records
    if (!first) throw new Error('groupBy made an empty group')
    const { purpose, type, name } = first
    const values = records.map(({ value }) => value)
    const record = { type, name, expected: values }
    const observed = await observe(name, type)
    if (observed instanceof DomainctlError) {
      const { code, message, actor } = observed
      return {
        purpose,
        record,
        seen: [],
        ok: false,
        problem: code,
        explanation: message,
        actor: actor === 'provider' || actor === 'operator' ? actor : 'customer',
      }
    }
    const finding = judgeRecord({ type, name, values }, sightings(observed))
    return {
      purpose,
      record,
      seen: seenAnswers(observed),
      ok: finding.state === 'ok',
      ...problemOf(finding, first),
      explanation: finding.explanation,
      actor: finding.actor,
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

/** What each server said, for people and programs. */
export function seenAnswers(observation: Observation): SeenAnswer[] {
  return observation.answers.map(({ server, rcode, values, cname, ttl }) => ({
    server: `${server.name} (${server.address})`,
    rcode,
    values: cname !== undefined && values.length === 0 ? [`CNAME ${cname}`] : values,
    ...(ttl !== undefined && { ttl }),
  }))
}

/** The names of a domain with what the checks found of each proof. */
export function withFindings(names: readonly DomainName[], checks: readonly Check[], now: Date): DomainName[] {
  const state = (name: DomainName, purpose: 'ownership' | 'routing' | 'delegation') => {
    const mine = recordsOfName(name).filter((record) => record.purpose === purpose)
    const found = checks.filter(
      ({ purpose: of, record }) =>
        of === purpose && mine.some((wanted) => wanted.name === record.name && wanted.type === record.type),
    )
    if (found.length === 0) return {}
    const worst = found.find(({ ok }) => !ok)
    return {
      checkedAt: now,
      state: !worst
        ? 'ok'
        : UNKNOWN.has(worst.problem ?? '')
          ? 'unknown'
          : worst.problem === 'RECORD_WRONG'
            ? 'wrong'
            : 'missing',
    } as const
  }
  return names.map((name) => ({
    ...name,
    ...(name.ownership && { ownership: { ...name.ownership, ...state(name, 'ownership') } }),
    ...(name.routing && { routing: { ...name.routing, ...state(name, 'routing') } }),
    ...(name.delegation && { delegation: { ...name.delegation, ...state(name, 'delegation') } }),
  }))
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

const UNKNOWN = new Set(['DNS_UNREACHABLE', 'DNS_ZONE_NOT_FOUND'])

function sightings({ answers }: Observation): Sighting[] {
  return answers.map(({ server, rcode, outcome, values, cname }) => ({
    server: `${server.name} (${server.address})`,
    rcode,
    usable: outcome === 'answer',
    values,
    ...(cname !== undefined && { cname }),
  }))
}

function problemOf(finding: Finding, { type, name, value, ttl }: NeededRecord): Pick<Check, 'problem' | 'fix'> {
  if (!finding.problem) return {}
  return { problem: finding.problem, ...(finding.action && { fix: { action: finding.action, type, name, value, ttl } }) }
}
