import { DomainctlError, type RRset, type Zone } from '@domainctl/core'
import { type Answer, TYPE } from './message.ts'
import { canonicalName } from './name.ts'
import { type Primary, query } from './primary.ts'
import { RCODE, refusal, refusedUpdate } from './rcode.ts'
import { decodeRdata } from './rdata.ts'
import { rrsetIsPresent, updateOf } from './update.ts'

/** A set as it stands at the server, with its octets: two ways to cut a TXT into strings are two different records. */
export interface StoredRRset {
  rrset: RRset
  rdata: Uint8Array[]
}

/**
 * The set that the zone has at exactly this name, or null. A query alone cannot tell it from what a wildcard stands in
 * for (RFC 4592), so a set that is seen is confirmed by a prerequisite, which looks at the zone itself (RFC 2136 §3.2).
 *
 * @throws `PROVIDER_ZONE_NOT_FOUND`, `PROVIDER_REFUSED`, and what {@link Primary.ask} throws.
 */
export async function readRRset(
  primary: Primary,
  zone: Zone,
  name: string,
  type: RRset['type'],
  signal: AbortSignal,
): Promise<StoredRRset | null> {
  const answer = await primary.ask(query(name, TYPE[type]), signal)
  const what = `a query for ${type} ${name}`
  if (answer.rcode === RCODE.NXDOMAIN) return null
  if (answer.rcode !== RCODE.NOERROR) throw refusal(answer.rcode, what, primary.label)
  if (!answer.authoritative) throw notItsZone(primary, zone, what)
  const stored = storedIn(answer, name, type)
  if (stored === null) return null

  const question = updateOf(zone.name, [{ prerequisites: [rrsetIsPresent(name, TYPE[type])], updates: [] }])
  const { rcode } = await primary.ask(question, signal)
  if (rcode === RCODE.NXRRSET) return null
  if (rcode !== RCODE.NOERROR) throw refusedUpdate(rcode, name, zone.name, primary.label)
  return stored
}

function storedIn(answer: Answer, name: string, type: RRset['type']): StoredRRset | null {
  const owner = canonicalName(name)
  const records = answer.answers.filter((record) => record.type === TYPE[type] && canonicalName(record.name) === owner)
  const [first] = records
  if (first === undefined) return null
  const rdata = records.map((record) => record.rdata)
  const values = [...new Set(rdata.map((octets) => decodeRdata(type, octets)))]
  return { rrset: { name: owner, type, ttl: first.ttl, values }, rdata }
}

function notItsZone(primary: Primary, zone: Zone, what: string): DomainctlError {
  return new DomainctlError(
    'PROVIDER_ZONE_NOT_FOUND',
    `The name server ${primary.label} answered ${what} without authority: this name is not in its zone ${zone.name}.`,
    { hint: 'Point RFC2136_NAMESERVER at the primary name server of the zone that holds this name.' },
  )
}
