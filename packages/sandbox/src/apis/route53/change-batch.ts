import type { AskedChange } from './change-request.ts'
import { TYPES, type ZoneChange } from './checked-changes.ts'
import { nameText } from './names.ts'
import { placeOf, type RecordSet, type RecordSets } from './record-sets.ts'
import { invalidChangeBatch } from './refusal.ts'
import { readValue } from './values.ts'

// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html: of a hosted zone.
const MOST_SETS = 10_000

/**
 * Carries changes out on a copy of what a zone has: one after the other, so that each sees what those before it did.
 * @returns the sets as they are then
 * @throws Route53Refusal `InvalidChangeBatch` with all that cannot be
 */
export function carriedOut(zone: { id: string; name: string }, before: RecordSets, changes: readonly ZoneChange[]): RecordSets {
  const sets: RecordSets = new Map(before)
  const problems: string[] = []
  for (const { action, set } of changes) {
    const place = placeOf(set)
    const there = sets.get(place) ?? []
    const old = there.find(({ setIdentifier }) => setIdentifier === set.setIdentifier)
    const problem = action === 'DELETE' ? deletionProblem(zone, set, old) : additionProblem(zone, sets, action, set, old)
    if (problem !== undefined) {
      problems.push(problem)
      continue
    }
    const others = there.filter((other) => other !== old)
    const now = action === 'DELETE' ? others : [...others, set]
    if (now.length > 0) sets.set(place, now)
    else sets.delete(place)
  }
  // https://github.com/DNSControl/dnscontrol/issues/908
  if (sets.size > MOST_SETS) problems.push(`Exceeded limit MAX_RRSETS_BY_ZONE for zone: ${zone.id}`)
  if (problems.length > 0) throw invalidChangeBatch(problems)
  return sets
}

/** https://github.com/kubernetes-sigs/external-dns/issues/732, https://github.com/boto/boto/issues/2887 */
function deletionProblem(zone: { name: string }, set: RecordSet, old: RecordSet | undefined): string | undefined {
  if (!old) return `Tried to delete resource record set ${titleOf(set)} but it was not found`
  if (contentOf(set) !== contentOf(old)) {
    return `Tried to delete resource record set ${titleOf(set)} but the values provided do not match the current values`
  }
  // https://github.com/airbnb/zonify/issues/1
  if (set.type === 'NS' && set.name === zone.name) return 'A HostedZone must contain at least one NS record for the zone itself.'
  return undefined
}

function additionProblem(
  zone: { name: string },
  sets: RecordSets,
  action: AskedChange['action'],
  set: RecordSet,
  old: RecordSet | undefined,
): string | undefined {
  // https://github.com/kubernetes-sigs/external-dns/issues/5939, with an identifier https://github.com/barnybug/cli53/issues/317
  if (action === 'CREATE' && old) return `Tried to create resource record set ${titleOf(set)} but it already exists`
  const others = (sets.get(placeOf(set)) ?? []).filter((other) => other !== old)
  if (others.length > 0 && set.setIdentifier === undefined) return `${mixed(set)} other RRSets exist with the same name and type.`
  // https://github.com/cert-manager/cert-manager/issues/5388
  if (others.some(({ setIdentifier }) => setIdentifier === undefined)) {
    return `${mixed(set)} a non multivalue answer rrset exists with the same name and type.`
  }
  if (set.type === 'CNAME' && set.name === zone.name) {
    return `RRSet of type CNAME with DNS name ${set.name}. is not permitted at apex in zone ${zone.name}.`
  }
  const what = `RRSet of type ${set.type} with DNS name ${set.name}. is not permitted`
  const there = TYPES.filter((type) => type !== set.type && sets.has(placeOf({ name: set.name, type })))
  // https://github.com/aws/aws-sdk-java/issues/1996
  if (set.type === 'CNAME' && there.length > 0) {
    return `${what} as it conflicts with other records with the same DNS name in zone ${zone.name}.`
  }
  // https://github.com/boto/boto3/issues/1475, both spaces included
  if (there.includes('CNAME')) {
    return `${what} because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone ${zone.name}.`
  }
  const { alias } = set
  const isSelf = alias?.name === set.name
  if (alias && (isSelf || !sets.has(placeOf({ name: alias.name, type: set.type })))) {
    return `Tried to create an alias that targets ${alias.name}., type ${set.type} in zone ${alias.hostedZoneId}, but that target was not found`
  }
  return undefined
}

function titleOf({ name, type, setIdentifier }: RecordSet): string {
  const identifier = setIdentifier === undefined ? '' : `, set-identifier='${setIdentifier}'`
  return `[name='${nameText(name)}', type='${type}'${identifier}]`
}

function mixed({ name, type, setIdentifier }: RecordSet): string {
  const identifier = setIdentifier === undefined ? 'null' : `"${setIdentifier}"`
  return `RRSet with DNS name ${name}., type ${type}, SetIdentifier ${identifier} cannot be created because`
}

/** What has to be the same for a deletion; in which order values come says nothing. */
function contentOf({ type, ttl, values, alias }: RecordSet): string {
  const exact = values.map((value) => {
    const read = readValue(type, value)
    return 'exact' in read ? read.exact : value
  })
  return JSON.stringify([ttl, exact.sort(), alias?.hostedZoneId, alias?.name, alias?.evaluateTargetHealth])
}
