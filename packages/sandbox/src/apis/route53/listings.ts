import type { HostedZone } from './hosted-zones.ts'
import { inOrder, nameText, orderOf, readName } from './names.ts'
import type { RecordSet } from './record-sets.ts'
import { invalidInput, Route53Refusal } from './refusal.ts'
import type { XmlElement } from './xml-writer.ts'

const MOST_ZONES = 100

/** https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html */
const MOST_RECORD_SETS = 300

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html: what is said of a zone that nobody has changed. */
const SOA = { ttl: 900, tail: 'awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400' }

/** What a listing is asked for by: the query. */
export type Query = (name: string) => string | undefined

/** ListHostedZones. */
export function listHostedZones(zones: readonly HostedZone[], query: Query): XmlElement {
  const [marker, type, delegationSet] = ['marker', 'hostedzonetype', 'delegationsetid'].map(query)
  if (delegationSet !== undefined) {
    throw new Route53Refusal(400, 'NoSuchDelegationSet', `No delegation set found with ID: ${delegationSet}`)
  }
  if (type !== undefined && type !== 'PrivateHostedZone') throw invalidInput(`Invalid hosted zone type: ${type}`)
  const listed = type === undefined ? zones : zones.filter(({ isPrivate }) => isPrivate)
  const start = marker === undefined ? 0 : listed.findIndex(({ id }) => id === marker)
  if (start < 0) throw invalidInput(`The marker ${marker} is not valid.`)
  const { page, next, most } = paged(listed.slice(start), query, MOST_ZONES)
  return [
    'ListHostedZonesResponse',
    [
      ['HostedZones', page.map((zone): XmlElement => ['HostedZone', zoneElements(zone)])],
      ['Marker', marker],
      ['IsTruncated', next !== undefined],
      ['NextMarker', next?.id],
      ['MaxItems', most],
    ],
  ]
}

/** ListHostedZonesByName: by names with their labels reversed, and by ids where names are the same. */
export function listHostedZonesByName(zones: readonly HostedZone[], query: Query): XmlElement {
  const [dnsName, zoneId] = ['dnsname', 'hostedzoneid'].map(query)
  // https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html: the id goes with a name.
  if (zoneId !== undefined && dnsName === undefined) throw invalidInput('HostedZoneId needs a DNSName.')
  const from = dnsName === undefined ? '' : orderOf(nameOf(dnsName, 'InvalidDomainName'))
  const sorted = zones.toSorted((left, right) => inOrder(orderOf(left.name), orderOf(right.name)) || inOrder(left.id, right.id))
  const start = sorted.filter(({ name, id }) => {
    const order = orderOf(name)
    return order > from || (order === from && (zoneId === undefined || id >= zoneId.replace(/^\/hostedzone\//, '')))
  })
  const { page, next, most } = paged(start, query, MOST_ZONES)
  return [
    'ListHostedZonesByNameResponse',
    [
      ['HostedZones', page.map((zone): XmlElement => ['HostedZone', zoneElements(zone)])],
      ['DNSName', dnsName],
      ['HostedZoneId', zoneId],
      ['IsTruncated', next !== undefined],
      ['NextDNSName', next && nameText(next.name)],
      ['NextHostedZoneId', next?.id],
      ['MaxItems', most],
    ],
  ]
}

/** GetHostedZone. */
export function getHostedZone(zone: HostedZone): XmlElement {
  const nameServers = zone.contents.read().get(`${zone.name} NS`)?.[0]?.values ?? []
  const servers = nameServers.map((name): XmlElement => ['NameServer', name.replace(/\.$/, '')])
  return [
    'GetHostedZoneResponse',
    [
      ['HostedZone', zoneElements(zone)],
      zone.isPrivate
        ? ['VPCs', [['VPC', [['VPCRegion', 'us-east-1'], ['VPCId', 'vpc-0sandbox']]]]] // biome-ignore format: one thing
        : ['DelegationSet', [['NameServers', servers]]],
    ],
  ]
}

/** ListResourceRecordSets. */
export function listResourceRecordSets(zone: HostedZone, query: Query): XmlElement {
  const [name, type, identifier] = ['name', 'type', 'identifier'].map(query)
  if (type !== undefined && name === undefined) throw invalidInput('StartRecordType needs a StartRecordName.')
  if (identifier !== undefined && type === undefined) throw invalidInput('StartRecordIdentifier needs a StartRecordType.')
  const from = name === undefined ? [] : [orderOf(nameOf(name, 'InvalidInput')), type ?? '', identifier ?? '']
  const sorted = [...recordSetsOf(zone)].sort((left, right) => comparePlaces(placeInOrder(left), placeInOrder(right)))
  const listed = sorted.filter((set) => comparePlaces(placeInOrder(set), from) >= 0)
  const { page, next, most } = paged(listed, query, MOST_RECORD_SETS)
  return [
    'ListResourceRecordSetsResponse',
    [
      ['ResourceRecordSets', page.map((set): XmlElement => ['ResourceRecordSet', recordSetElements(set)])],
      ['IsTruncated', next !== undefined],
      ['NextRecordName', next && nameText(next.name)],
      ['NextRecordType', next?.type],
      ['NextRecordIdentifier', next?.setIdentifier],
      ['MaxItems', most],
    ],
  ]
}

type Listed = Omit<RecordSet, 'type'> & { readonly type: string }

/** With the SOA, which the book of zones does not have. */
function recordSetsOf(zone: HostedZone): Listed[] {
  const sets = zone.contents.read()
  const [first = ''] = sets.get(`${zone.name} NS`)?.[0]?.values ?? []
  return [...[...sets.values()].flat(), { name: zone.name, type: 'SOA', ttl: SOA.ttl, values: [`${first} ${SOA.tail}`] }]
}

function placeInOrder({ name, type, setIdentifier = '' }: Listed): string[] {
  return [orderOf(name), type, setIdentifier]
}

function comparePlaces(left: readonly string[], right: readonly string[]): number {
  return right.map((part, index) => inOrder(left[index] ?? '', part)).find((order) => order !== 0) ?? 0
}

function zoneElements({ id, name, isPrivate, callerReference, contents }: HostedZone): XmlElement[] {
  return [
    ['Id', `/hostedzone/${id}`],
    ['Name', nameText(name)],
    ['CallerReference', callerReference],
    ['Config', [['PrivateZone', isPrivate]]],
    ['ResourceRecordSetCount', [...contents.read().values()].flat().length + 1],
  ]
}

function recordSetElements({ name, type, setIdentifier, multiValueAnswer, ttl, values, alias }: Listed): XmlElement[] {
  const records = values.map((value): XmlElement => ['ResourceRecord', [['Value', value]]])
  return [
    ['Name', nameText(name)],
    ['Type', type],
    ['SetIdentifier', setIdentifier],
    ['MultiValueAnswer', multiValueAnswer],
    ['TTL', alias ? undefined : ttl],
    ['ResourceRecords', alias ? undefined : records],
    [
      'AliasTarget',
      alias && [
        ['HostedZoneId', alias.hostedZoneId],
        ['DNSName', nameText(alias.name)],
        ['EvaluateTargetHealth', alias.evaluateTargetHealth],
      ],
    ],
  ]
}

/** As many as are asked for, and the first of those after them. More than the most are as many as the most. */
function paged<T>(list: readonly T[], query: Query, most: number): { page: readonly T[]; next: T | undefined; most: number } {
  const asked = query('maxitems')
  if (asked !== undefined && !/^[1-9]\d{0,8}$/.test(asked)) throw invalidInput(`The value ${asked} of MaxItems is not valid.`)
  const count = Math.min(most, Number(asked ?? most))
  return { page: list.slice(0, count), next: list[count], most: count }
}

function nameOf(text: string, code: 'InvalidInput' | 'InvalidDomainName'): string {
  const read = readName(text)
  if ('name' in read) return read.name
  throw new Route53Refusal(400, code, read.problem)
}
