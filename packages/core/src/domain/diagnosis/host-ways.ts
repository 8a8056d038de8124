import { explained, type PlainRecord, reasonOf } from './finding.ts'
import type { DnsHost } from './panel.ts'
import { NO_CNAME_HERE } from './routing-apex.ts'

/** A check, as far as the company that holds the records makes a difference to it. */
interface Hosted {
  problem?: string
  record: { name: string; expected: string[]; type: PlainRecord['type'] }
  explanation: string
  advice?: string[]
  fix?: PlainRecord & { action: string; more?: PlainRecord[]; remove?: PlainRecord[] }
}

/**
 * The same check with what is done in another way at the host of its zone: Cloudflare takes a CNAME at the apex, and shows
 * addresses of its own in place of a record behind its proxy; the others have no alias to a host of somebody else.
 */
export function asHostHasIt<T extends Hosted>(check: T, host: DnsHost, zone: string): T {
  const { problem, record, fix } = check
  if (!fix || fix.action === 'wait' || fix.action === 'remove') return check
  if (problem === 'RECORD_ZONE_DOUBLED') {
    // Its form says how names are entered there.
    const { advice: _guess, ...told } = check
    return { ...told, explanation: reasonOf(check) } as T
  }
  const isApexAlias = record.type === 'CNAME' && record.name === zone
  if (host === 'cloudflare') {
    if (problem === 'ROUTING_PROXIED' && isOnlyAddresses(fix.remove)) return behindOwnProxy(check, fix, isApexAlias, zone)
    return isApexAlias && problem === 'CNAME_AT_APEX' ? flattened(check, fix) : check
  }
  if (!isApexAlias || (problem !== 'CNAME_AT_APEX' && problem !== 'ROUTING_PROXIED')) return check
  const advice = `Ask your hosting company to tell you when the addresses of ${record.expected[0]} change.`
  return { ...check, ...explained(reasonOf(check), [advice]) }
}

type HostedFix = NonNullable<Hosted['fix']>

/** The addresses that are seen stand in no record: they are those of the orange cloud. */
function behindOwnProxy<T extends Hosted>(check: T, fix: HostedFix, isApexAlias: boolean, zone: string): T {
  const { remove: _shown, ...edited } = fix
  const name = fix.name === zone ? '@' : fix.name.slice(0, -zone.length - 1)
  const advice = [
    `At Cloudflare open DNS, Records, and edit the record "${name}": click its orange cloud, so that it is grey ("DNS only"), and save.`,
  ]
  const mended = isApexAlias ? asAlias(check, edited) : edited
  return { ...check, ...explained(reasonOf(check), advice), fix: mended }
}

/** developers.cloudflare.com/dns/cname-flattening: at the apex always. */
function flattened<T extends Hosted>(check: T, fix: HostedFix): T {
  const why = reasonOf(check).replace(` ${NO_CNAME_HERE}`, '')
  const advice = ['Cloudflare takes a CNAME for the main name as well: it shows the addresses of the host.']
  return { ...check, ...explained(why, advice), fix: asAlias(check, fix) }
}

function asAlias<F extends HostedFix>({ record }: Hosted, { more: _addresses, ...fix }: F) {
  return { ...fix, type: 'CNAME' as const, value: record.expected[0] ?? '' }
}

function isOnlyAddresses(records: readonly PlainRecord[] = []): boolean {
  return records.length > 0 && records.every(({ type }) => type === 'A' || type === 'AAAA')
}
