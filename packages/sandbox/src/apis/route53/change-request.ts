import { invalidInput, invalidXml } from './refusal.ts'
import { type ReadElement, readXml } from './xml-reader.ts'

/** A change as it was asked for, before any of it has been looked at. */
export interface AskedChange {
  readonly action: 'CREATE' | 'DELETE' | 'UPSERT'
  readonly name: string
  readonly type: string
  readonly setIdentifier?: string
  readonly multiValueAnswer: boolean
  readonly ttl?: number
  readonly values?: readonly string[]
  readonly alias?: { readonly hostedZoneId: string; readonly dnsName: string; readonly evaluateTargetHealth: string }
}

const ACTIONS = ['CREATE', 'DELETE', 'UPSERT'] as const

/** Of the model of the API: `TTL`. */
const LONGEST_TTL = 2 ** 31 - 1

/** What a `ResourceRecordSet` may have here; the other ways of routing are not there. */
const MEMBERS = ['Name', 'Type', 'SetIdentifier', 'MultiValueAnswer', 'TTL', 'ResourceRecords', 'AliasTarget']

/**
 * The body of ChangeResourceRecordSets
 * (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html).
 * @throws Route53Refusal `InvalidInput`
 */
export function readChangeRequest(body: string): { comment?: string; changes: AskedChange[] } {
  const batch = only(readXml(body, 'ChangeResourceRecordSetsRequest'), 'ChangeBatch')
  const comment = maybe(batch, 'Comment')
  const changes = all(only(batch, 'Changes'), 'Change')
  if (changes.length === 0) throw incomplete('Changes', 'Change')
  return { ...(comment !== undefined && { comment: text(comment) }), changes: changes.map(changeOf) }
}

function changeOf(change: ReadElement): AskedChange {
  const asked = text(only(change, 'Action'))
  const action = ACTIONS.find((known) => known === asked)
  if (!action) throw invalidXml(`cvc-enumeration-valid: Value '${asked}' is not facet-valid with respect to enumeration`)
  const set = only(change, 'ResourceRecordSet')
  for (const member of typeof set === 'string' ? [] : set.keys()) {
    if (!MEMBERS.includes(member)) throw invalidInput(`The Route 53 of the sandbox has no ${member} of a record set.`)
  }
  const [identifier, multiValue, ttl] = ['SetIdentifier', 'MultiValueAnswer', 'TTL'].map((name) => maybe(set, name))
  const records = maybe(set, 'ResourceRecords')
  const alias = maybe(set, 'AliasTarget')
  const read: AskedChange = {
    action,
    name: text(only(set, 'Name')),
    type: text(only(set, 'Type')),
    multiValueAnswer: multiValue !== undefined && text(multiValue) === 'true',
    ...(identifier !== undefined && { setIdentifier: text(identifier) }),
    ...(ttl !== undefined && { ttl: seconds(text(ttl)) }),
    ...(records !== undefined && { values: valuesOf(records) }),
    ...(alias !== undefined && {
      alias: {
        hostedZoneId: text(only(alias, 'HostedZoneId')),
        dnsName: text(only(alias, 'DNSName')),
        evaluateTargetHealth: text(only(alias, 'EvaluateTargetHealth')),
      },
    }),
  }
  checkShape(read)
  return read
}

/** In the words of https://github.com/ansible-collections/community.aws/issues/545. */
function checkShape({ action, name, type, setIdentifier, multiValueAnswer, ttl, values, alias }: AskedChange): void {
  const where = `Change with [Action=${action}, Name=${name}, Type=${type}, SetIdentifier=${setIdentifier ?? 'null'}]`
  const kinds = '[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]'
  const found = alias ? (ttl !== undefined || values ? 'more than one' : 'one') : ttl !== undefined && values ? 'one' : 'none'
  if (found !== 'one') throw invalidInput(`Invalid request: Expected exactly one of ${kinds}, but found ${found} in ${where}`)
  // The model of the API: SetIdentifier tells apart record sets of one name and type, and is there for these alone.
  if ((setIdentifier !== undefined) !== multiValueAnswer) {
    throw invalidInput(`Invalid request: SetIdentifier and MultiValueAnswer are given together, but were not in ${where}`)
  }
}

function valuesOf(records: ReadElement): string[] {
  const values = all(records, 'ResourceRecord').map((record) => text(only(record, 'Value')))
  if (values.length === 0) throw incomplete('ResourceRecords', 'ResourceRecord')
  return values
}

function seconds(given: string): number {
  if (/^\d{1,10}$/.test(given) && Number(given) <= LONGEST_TTL) return Number(given)
  throw invalidXml(`cvc-datatype-valid: '${given}' is not a valid value for TTL`)
}

function all(element: ReadElement, name: string): readonly ReadElement[] {
  return typeof element === 'string' ? [] : (element.get(name) ?? [])
}

function maybe(element: ReadElement, name: string): ReadElement | undefined {
  const [found, ...others] = all(element, name)
  if (others.length > 0) throw invalidXml(`cvc-complex-type.2.4.d: Invalid content was found starting with element '${name}'.`)
  return found
}

function only(element: ReadElement, name: string): ReadElement {
  const found = maybe(element, name)
  if (found === undefined) throw incomplete('the request', name)
  return found
}

function text(element: ReadElement): string {
  if (typeof element === 'string') return element
  throw invalidXml('cvc-type.3.1.2: an element that has to be text has elements in it')
}

function incomplete(element: string, missing: string): Error {
  return invalidXml(`cvc-complex-type.2.4.b: The content of element '${element}' is not complete. '${missing}' is expected.`)
}
