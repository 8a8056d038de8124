import { DomainctlError, type ProviderAccess, type Zone } from '@domainctl/core'
import { type Answer, TYPE } from './message.ts'
import { canonicalName } from './name.ts'
import { type Primary, query } from './primary.ts'
import { RCODE, refusal } from './rcode.ts'
import type { TsigKey } from './tsig.ts'
import { WireReader } from './wire-reader.ts'

/**
 * Whether the server knows the key: whatever it signs its answer with proves that. It has no list of its zones, and what the key
 * may update shows when it does.
 *
 * @throws `PROVIDER_AUTH` with the server's own reason (BADKEY, BADSIG, BADTIME), `PROVIDER_ZONE_NOT_FOUND` for a configured zone
 * that is not its own, and what {@link Primary.ask} throws.
 */
export async function accessOf(
  primary: Primary,
  key: Pick<TsigKey, 'name' | 'algorithm'>,
  zone: string | undefined,
  signal: AbortSignal,
): Promise<ProviderAccess> {
  const identity = `TSIG key ${canonicalName(key.name)} (${key.algorithm})`
  const answer = await primary.ask(query(zone ?? '.', TYPE.SOA), signal)
  if (zone !== undefined) {
    if (!isApex(answer, zone)) throw notItsZone(answer, zone, primary.label)
    return { identity, zones: [{ id: zone, name: zone }], complete: false, warnings: [] }
  }
  const isProven = answer.additionals.some(({ type }) => type === TYPE.TSIG)
  // Knot refuses what it has no zone for before it looks at the signature.
  const warning = `The name server ${primary.label} says nothing of the key without being asked for a zone of its own: set RFC2136_ZONE to have it checked.`
  return { identity, zones: [], complete: false, warnings: isProven ? [] : [warning] }
}

/** The NS records of the apex, as the primary has them; none when it has none. */
export async function nameServersOf(primary: Primary, zone: Zone, signal: AbortSignal): Promise<string[]> {
  const apex = canonicalName(zone.name)
  const answer = await primary.ask(query(apex, TYPE.NS), signal)
  if (answer.rcode !== RCODE.NOERROR || !answer.authoritative) throw notItsZone(answer, apex, primary.label)
  const records = answer.answers.filter(({ type, name }) => type === TYPE.NS && canonicalName(name) === apex)
  return [...new Set(records.map(({ rdata }) => canonicalName(new WireReader(rdata).name())))]
}

function isApex({ rcode, authoritative, answers }: Answer, zone: string): boolean {
  const hasSoa = answers.some(({ type, name }) => type === TYPE.SOA && canonicalName(name) === zone)
  return rcode === RCODE.NOERROR && authoritative && hasSoa
}

function notItsZone({ rcode, authoritative }: Answer, zone: string, server: string): DomainctlError {
  const isAbsent = rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN || rcode === RCODE.REFUSED
  if (!isAbsent) return refusal(rcode, `a query for the zone ${zone}`, server)
  const said = rcode === RCODE.REFUSED ? 'REFUSED' : authoritative ? 'that there is no such zone' : 'without authority'
  return new DomainctlError(
    'PROVIDER_ZONE_NOT_FOUND',
    `The name server ${server} answered ${said} when it was asked for the zone ${zone}.`,
    {
      hint: 'Point RFC2136_NAMESERVER at the primary name server of the zone, correct RFC2136_ZONE, or allow queries to the key.',
    },
  )
}
