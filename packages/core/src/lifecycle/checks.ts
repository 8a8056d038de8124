import type { Check } from '../contracts/verification.ts'
import { closingOf } from '../domain/diagnosis/closing.ts'
import { judgeRecord } from '../domain/diagnosis/record.ts'
import { besideWildcard, withoutWildcard } from '../domain/diagnosis/wildcard.ts'
import type { Domain, DomainName, ProofState } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { type NeededRecord, neededRecords, recordsOfName } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import { blind, type InTime, type Looking, observe, type Subject, toCheck } from './looking/look.ts'
import { lookAtRouting, type RoutingWanted } from './looking/routing.ts'
import { keepingServed, wildcardBehind } from './looking/wildcards.ts'
import { findMisplaced } from './misplaced.ts'
import { seenAnswers, sightings } from './sightings.ts'

/** Looks at every record that the proofs of a domain ask for, at every authoritative server. Changes nothing. */
export async function lookAtProofs(looking: Looking, domain: Domain, inTime: InTime = (_, work) => work()): Promise<Check[]> {
  // Several addresses of one name are one RRset and one check.
  const needed = neededRecords(domain)
  const sets = Map.groupBy(needed, ({ purpose, type, name }) => `${purpose} ${type} ${name}`)
  const routed = new Set(needed.filter(({ purpose }) => purpose === 'routing').map(({ name }) => name))
  const routes = [...routed].map((name): RoutingWanted => {
    const mine = needed.filter((record) => record.purpose === 'routing' && record.name === name)
    const target = mine.find(({ type }) => type === 'CNAME')?.value
    return {
      name,
      ...(target !== undefined && { target }),
      addresses: mine.filter(({ type }) => type !== 'CNAME').map(({ value }) => value),
    }
  })
  const proofs = [...sets.values()].filter(([first]) => first?.purpose !== 'routing')
  const [own, routing] = await Promise.all([
    Promise.all(proofs.map((records) => inTime(ofRecords(records), () => lookAtRecords(looking, records, routed)))),
    Promise.all(routes.map((wanted) => inTime(ofRoute(wanted), () => lookAtRouting(looking, wanted, routed)))),
  ])
  const order = [...sets.keys()]
  const checks = await keepingServed(looking, [...own.flat(), ...routing.flat()])
  return checks.toSorted((a, b) => order.indexOf(keyOf(a)) - order.indexOf(keyOf(b)))
}

function ofRecords([first]: readonly NeededRecord[]): Subject {
  if (!first) throw new Error('groupBy made an empty group')
  return { purpose: first.purpose, record: { type: first.type, name: first.name, expected: [] } }
}

function ofRoute({ name, target, addresses = [] }: RoutingWanted): Subject {
  const type = target !== undefined ? 'CNAME' : addresses.some((address) => !address.includes(':')) ? 'A' : 'AAAA'
  return { purpose: 'routing', record: { type, name, expected: target === undefined ? addresses : [target] } }
}

const keyOf = ({ purpose, record: { type, name } }: Check): string => `${purpose} ${type} ${name}`

/** What it looks like when a wildcard answers in place of the record. */
const MAY_BE_WILDCARD: ReadonlySet<string> = new Set(['RECORD_WRONG', 'RECORD_HIDDEN_BY_CNAME'])

/** @param routed the names that the domain wants routed */
async function lookAtRecords(looking: Looking, records: readonly NeededRecord[], routed: ReadonlySet<string>): Promise<Check[]> {
  const [first] = records
  if (!first) throw new Error('groupBy made an empty group')
  const { dns, signal, now } = looking
  const { purpose, type, name } = first
  const values = records.map(({ value }) => value)
  const subject = { purpose, record: { type, name, expected: values } }
  const observed = await observe(looking, name, type)
  if (observed instanceof DomainctlError) return [toCheck(subject, blind(observed), { seen: [], now })]
  const seen = seenAnswers(observed)
  const set = { type, name, values, zone: observed.zone.apex }
  const judged = judgeRecord(set, sightings(observed))
  const wildcard = MAY_BE_WILDCARD.has(judged.problem ?? '') ? await wildcardBehind(looking, [observed]) : []
  if (wildcard.length > 0) {
    const missing = judgeRecord(set, sightings(observed).map(withoutWildcard))
    return [toCheck(subject, besideWildcard(missing, wildcard), { seen, now })]
  }
  // Only a record that is not there is looked for elsewhere: where all is right nothing more is asked.
  const isAbsent = judged.state === 'missing' && judged.action !== 'wait'
  const wanted = { purpose, type, name, values }
  const finding = (isAbsent && (await findMisplaced(dns, wanted, observed, { routed, signal }))) || judged
  return [toCheck(subject, finding, { seen, now })]
}

/** The names of a domain with what the checks found of each proof. */
export function withFindings(names: readonly DomainName[], checks: readonly Check[], now: Date): DomainName[] {
  const checksOf = (name: DomainName, purpose: 'ownership' | 'routing' | 'delegation') => {
    const mine = recordsOfName(name).filter((record) => record.purpose === purpose)
    return checks.filter(
      ({ purpose: of, record }) =>
        of === purpose && mine.some((wanted) => wanted.name === record.name && wanted.type === record.type),
    )
  }
  const proof = (found: readonly Check[]): { checkedAt?: Date; state?: ProofState } =>
    found.length === 0 ? {} : { checkedAt: now, state: found.find(({ ok }) => !ok)?.state ?? 'ok' }
  return names.map((name) => ({
    ...name,
    ...(name.ownership && { ownership: ownershipAfter(name.ownership, checksOf(name, 'ownership'), now) }),
    ...(name.routing && { routing: { ...name.routing, ...proof(checksOf(name, 'routing')) } }),
    ...(name.delegation && { delegation: { ...name.delegation, ...proof(checksOf(name, 'delegation')) } }),
  }))
}

/**
 * From the first time that it is seen the name is this tenant's, whatever later looks find (L9). That it is away is
 * remembered from the first look at which every server that answers lacks it (L1).
 */
function ownershipAfter(
  before: NonNullable<DomainName['ownership']>,
  [check]: readonly Check[],
  now: Date,
): NonNullable<DomainName['ownership']> {
  if (!check) return before
  const looked = { ...before, checkedAt: now, state: check.ok ? 'ok' : check.state }
  if (looked.state === 'unknown') return looked
  const { missingSince, ...seen } = looked
  if (looked.state === 'ok') return { ...seen, provenAt: seen.provenAt ?? now }
  // Behind in a cache, it is there all the same.
  const isThere = check.problem === 'RECORD_PARTIAL' || check.problem?.startsWith('CACHE_')
  return isThere ? seen : { ...looked, missingSince: missingSince ?? now }
}

/** The error of a domain whose records are not right yet. */
export function notReady(name: string, checks: readonly Check[]): DomainctlError {
  const open = checks.filter(({ ok }) => !ok)
  const actors = [...new Set(open.map(({ actor }) => actor))]
  // What stands in the way of a zone stands in the way of all its records: said once.
  const what = [...new Set(open.map(({ explanation }) => explanation))].join(' ')
  return new DomainctlError('DNS_NOT_READY', `${openOf(open.length, checks.length, baseOf(name))} not right yet. ${what}`, {
    hint: closingOf(checks),
    actor: actors.length === 1 && actors[0] ? actors[0] : 'customer',
  })
}

/** How a sentence about what is not right begins: `2 of 7 checks of a.example are`. */
function openOf(open: number, all: number, name: string): string {
  if (all === 1) return `The only check of ${name} is`
  return `${open} of ${all} checks of ${name} ${open === 1 ? 'is' : 'are'}`
}
