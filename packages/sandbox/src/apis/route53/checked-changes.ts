import type { BookedRRset } from '../zone-book.ts'
import type { AskedChange } from './change-request.ts'
import { readName } from './names.ts'
import { placeOf, type RecordSet } from './record-sets.ts'
import { invalidChangeBatch, invalidInput } from './refusal.ts'
import { readValue } from './values.ts'

// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html: of a request, and of a record set.
const MOST_RECORDS = 1000
const MOST_CHARACTERS = 32_000
const MOST_VALUES = 400

/** The types of records that are here. */
export const TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT'] as const

/** A change of a zone, its names read. */
export interface ZoneChange {
  readonly action: AskedChange['action']
  readonly set: RecordSet
}

/**
 * Makes changes of what was asked for, in a zone.
 * @throws Route53Refusal `InvalidChangeBatch` with all that is wrong with them by themselves; `InvalidInput` for types of
 *   records that the sandbox does not have
 */
export function checkedChanges(zone: { id: string; name: string }, asked: readonly AskedChange[]): ZoneChange[] {
  checkSize(asked)
  const problems: string[] = []
  const changes = asked.flatMap((change): ZoneChange[] => {
    const read = readName(change.name)
    if ('problem' in read) {
      problems.push(read.problem)
      return []
    }
    const { name } = read
    // https://github.com/getmoto/moto/pull/916
    if (!isWithin(zone.name, name)) problems.push(`RRSet with DNS name ${name}. is not permitted in zone ${zone.name}.`)
    const type = typeOf(zone.name, name, change.type)
    problems.push(...problemsOf(type, change.values ?? []))
    const alias = change.alias && aliasOf(zone, type, change.alias, problems)
    const { action, setIdentifier, multiValueAnswer, ttl = 0, values = [] } = change
    const set = { name, type, ttl, values, ...(alias && { alias }) }
    return [{ action, set: setIdentifier === undefined ? set : { ...set, setIdentifier, multiValueAnswer } }]
  })
  problems.push(...repeated(changes))
  if (problems.length > 0) throw invalidChangeBatch(problems)
  return changes
}

/** https://github.com/DNSControl/dnscontrol/issues/1114 and https://github.com/kubernetes-sigs/external-dns/issues/515. */
function checkSize(asked: readonly AskedChange[]): void {
  let [records, characters] = [0, 0]
  for (const { action, values = [] } of asked) {
    const times = action === 'UPSERT' ? 2 : 1
    records += times * values.length
    characters += times * values.join('').length
  }
  if (records > MOST_RECORDS) throw invalidChangeBatch([`Number of records limit of ${MOST_RECORDS} exceeded.`])
  if (characters > MOST_CHARACTERS) throw invalidChangeBatch([`RDATA character limit of ${MOST_CHARACTERS} exceeded.`])
}

function typeOf(apex: string, name: string, type: string): BookedRRset['type'] {
  const known = TYPES.find((one) => one === type)
  if (known) return known
  // https://github.com/DNSControl/dnscontrol/pull/4402
  if (type === 'SOA' && name === apex) throw invalidChangeBatch(['A HostedZone must contain exactly one SOA record.'])
  throw invalidInput(`The Route 53 of the sandbox has no records of type ${type}.`)
}

function problemsOf(type: BookedRRset['type'], values: readonly string[]): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const value of values) {
    const read = readValue(type, value)
    if ('problem' in read) problems.push(`Invalid Resource Record: '${read.problem}'`)
    // https://github.com/kubernetes-sigs/external-dns/issues/1929
    else if (seen.has(read.exact)) problems.push(`Duplicate Resource Record: '${value}'`)
    else seen.add(read.exact)
  }
  // https://github.com/rancher/rancher/issues/10253
  if (values.length > MOST_VALUES) problems.push(`Cannot have more than ${MOST_VALUES} records in a RRSet.`)
  if (type === 'CNAME' && values.length > 1) problems.push('Cannot have more than 1 records in a RRSet of type CNAME.')
  return problems
}

/** An alias to a record set of the same zone; those of other services of AWS are not there. */
function aliasOf(
  zone: { id: string; name: string },
  type: string,
  { hostedZoneId, dnsName, evaluateTargetHealth }: NonNullable<AskedChange['alias']>,
  problems: string[],
): RecordSet['alias'] {
  const target = readName(dnsName)
  if ('problem' in target) {
    problems.push(target.problem)
    return undefined
  }
  const id = hostedZoneId.replace(/^\/hostedzone\//, '')
  // https://github.com/aws/aws-cdk/issues/19643
  if (id !== zone.id || !isWithin(zone.name, target.name)) {
    const alias = `Tried to create an alias that targets ${target.name}., type ${type} in zone ${id}`
    problems.push(
      `${alias}, but the alias target name does not lie within the target zone`,
      `${alias}, but that target was not found`,
    )
  }
  return { hostedZoneId: id, name: target.name, evaluateTargetHealth }
}

/**
 * A set may be named once, or be deleted and then made again; anything else is refused, as
 * https://github.com/barnybug/cli53/issues/81 has seen it for two of the same CREATE.
 */
function repeated(changes: readonly ZoneChange[]): string[] {
  const seen = new Map<string, ZoneChange['action']>()
  return changes.flatMap(({ action, set }) => {
    const key = `${placeOf(set)} ${set.setIdentifier ?? ''}`
    const before = seen.get(key)
    seen.set(key, action)
    if (before === undefined || (before === 'DELETE' && action !== 'DELETE')) return []
    return [`The request contains an invalid set of changes for a resource record set '${set.type} ${set.name}.'`]
  })
}

function isWithin(apex: string, name: string): boolean {
  return name === apex || name.endsWith(`.${apex}`)
}
