import { shown } from './fault.ts'
import type { HostedZone, ListStart, RecordSet } from './types.ts'
import { readName } from './values.ts'

// The answers of the API as the SDK gives them, looked at for their shape: null for what is no such answer.

/** Of ListHostedZones. */
export function hostedZonePage(answer: Record<string, unknown>): { items: HostedZone[]; next: string | undefined } | null {
  const { HostedZones, IsTruncated, NextMarker } = answer
  // The SDK reads a foreign document as an answer without anything in it.
  if (!Array.isArray(HostedZones) || typeof IsTruncated !== 'boolean') return null
  const items = HostedZones.map(hostedZone)
  if (!items.every((item) => item !== null)) return null
  return { items, next: IsTruncated && typeof NextMarker === 'string' ? NextMarker : undefined }
}

function hostedZone(item: unknown): HostedZone | null {
  const { Id, Name, Config } = recordOf(item)
  if (typeof Id !== 'string' || typeof Name !== 'string') return null
  return { id: Id.replace(/^\/hostedzone\//, ''), name: readName(Name), isPrivate: recordOf(Config).PrivateZone === true }
}

/** Of GetHostedZone: none for a private zone. */
export function delegationSet(answer: Record<string, unknown>): string[] | null {
  const { HostedZone, DelegationSet } = answer
  if (hostedZone(HostedZone) === null) return null
  if (DelegationSet === undefined) return []
  const { NameServers } = recordOf(DelegationSet)
  return Array.isArray(NameServers) && NameServers.every((name) => typeof name === 'string') ? NameServers.map(readName) : null
}

/** Of ListResourceRecordSets. */
export function recordSetPage(answer: Record<string, unknown>): { items: RecordSet[]; next: ListStart | undefined } | null {
  const { ResourceRecordSets, IsTruncated, NextRecordName, NextRecordType, NextRecordIdentifier } = answer
  if (!Array.isArray(ResourceRecordSets) || typeof IsTruncated !== 'boolean') return null
  const items = ResourceRecordSets.map(recordSet)
  if (!items.every((item) => item !== null)) return null
  if (!IsTruncated || typeof NextRecordName !== 'string') return { items, next: undefined }
  const type = typeof NextRecordType === 'string' ? { type: NextRecordType } : {}
  const identifier = typeof NextRecordIdentifier === 'string' ? { identifier: NextRecordIdentifier } : {}
  return { items, next: { name: NextRecordName, ...type, ...identifier } }
}

function recordSet(item: unknown): RecordSet | null {
  const { Name, Type, TTL, ResourceRecords, ...more } = recordOf(item)
  if (typeof Name !== 'string' || typeof Type !== 'string') return null
  const special = specialty(more)
  const values = (Array.isArray(ResourceRecords) ? ResourceRecords : []).map((record) => recordOf(record).Value)
  if (!values.every((value) => typeof value === 'string')) return null
  if (special === undefined && (typeof TTL !== 'number' || values.length === 0)) return null
  const ttl = typeof TTL === 'number' ? TTL : 0
  return { name: readName(Name), type: Type, ttl, values, ...(special !== undefined && { special }) }
}

/** Why a set is none that may be replaced; undefined for a simple one. */
function specialty(set: Record<string, unknown>): string | undefined {
  if (set.AliasTarget !== undefined) return `an alias to ${shown(readName(String(recordOf(set.AliasTarget).DNSName)))}`
  if (set.SetIdentifier !== undefined) return `one of several sets, with the identifier ${shown(String(set.SetIdentifier))}`
  if (set.TrafficPolicyInstanceId !== undefined) return 'made by a traffic policy'
  if (set.HealthCheckId !== undefined) return 'tied to a health check'
  return undefined
}

/** Of ChangeResourceRecordSets. */
export function changeId(answer: Record<string, unknown>): string | null {
  const { Id } = recordOf(answer.ChangeInfo)
  return typeof Id === 'string' && Id !== '' ? Id.replace(/^\/change\//, '') : null
}

/** Of GetChange. */
export function isInSync(answer: Record<string, unknown>): boolean | null {
  const { Status } = recordOf(answer.ChangeInfo)
  return typeof Status === 'string' ? Status === 'INSYNC' : null
}

/** Its fields; none for what is no object. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
