import type { ZoneAuthority } from '../contracts/dns.ts'
import type { ProviderAccess, Zone } from '../contracts/dns-provider.ts'
import { listOf } from '../domain/diagnosis/sentence.ts'
import { parseName } from '../domain/parse-name.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { answerWithin } from './provider-answer.ts'
import { zonesGivenTo } from './provider-status.ts'
import type { Services } from './services.ts'

/** How long the provider has for each question, in ms. */
const PATIENCE = 20_000

/** A zone of the provider, and where the DNS looks for it. */
export interface TestedZone {
  zone: Zone
  authority: ZoneAuthority
  explanation: string
  /** That the zone above delegates it to none of the servers at which the provider serves it, as a sentence. */
  elsewhere?: string
}

/**
 * The zone that is to be tested; undefined when the provider says that it has none.
 * @param named by the person
 * @throws `USAGE` when it is not clear which one; `NAME_INVALID`
 */
export function zoneToTest(
  services: Services,
  provider: string,
  named: string | undefined,
  access: ProviderAccess | undefined,
): string | undefined {
  if (named !== undefined) return parseName(named).base
  const told = access?.zones ?? []
  const zones = [...new Set(told.length > 0 ? told.map(({ name }) => name) : zonesGivenTo(services, provider))]
  const [only] = zones
  if (zones.length === 1) return only
  if (zones.length === 0 && access?.complete) return undefined
  throw new DomainctlError(
    'USAGE',
    zones.length === 0
      ? `The provider ${provider} does not tell which zones it has.`
      : `The provider ${provider} has ${access?.complete === false ? 'at least ' : ''}${zones.length} zones: ${listOf(zones)}.`,
    { hint: `Name the one to test with --zone ${only ?? 'example.com'}.` },
  )
}

/**
 * Finds the zone at the provider and in the DNS.
 * @throws `PROVIDER_ZONE_NOT_FOUND`, `DNS_ZONE_NOT_FOUND` when nothing delegates it, `DNS_UNREACHABLE`, and what the provider throws
 */
export async function findDelegatedZone(
  services: Services,
  provider: string,
  o: { wanted: string | undefined; access: ProviderAccess | undefined; signal: AbortSignal; warnings: string[] },
): Promise<TestedZone> {
  const { wanted, access, signal } = o
  const ask = <T>(question: (signal: AbortSignal) => Promise<T>) => answerWithin(services, provider, PATIENCE, signal, question)
  const zone = wanted === undefined ? null : await ask((own) => services.provider(provider).findZone(wanted, { signal: own }))
  if (!zone) throw noZone(provider, wanted, access)
  const authority = await (await services.dns()).zoneOf(zone.name, { signal })
  if (authority.apex !== zone.name) throw notDelegated(provider, zone.name, authority.apex)
  const own = await ask(async (signal) => services.provider(provider).nameServers?.(zone, { signal })).catch(
    (thrown: unknown) => {
      signal.throwIfAborted()
      o.warnings.push(`Where ${provider} serves ${zone.name} was not told: ${toDomainctlError(thrown).message}`)
      return undefined
    },
  )
  const { nameServers } = authority
  const isServed = !own || own.length === 0 || own.some((server) => nameServers.includes(server))
  const mayWrite = access?.zones.find(({ id, name }) => id === zone.id && name === zone.name)?.mayWrite
  const unwritable = mayWrite === false ? ' The provider says that the credential may not write there.' : ''
  if (isServed) {
    return { zone, authority, explanation: `Has the zone ${zone.name}, delegated to ${listOf(nameServers)}.${unwritable}` }
  }
  const elsewhere = `Your registrar (or whoever has the zone above) delegates ${zone.name} to ${listOf(nameServers)}; this provider serves it at ${listOf(own)}.`
  o.warnings.push(`${elsewhere} What is written here is seen only if those servers take the zone from this provider.`)
  return { zone, authority, elsewhere, explanation: `Has the zone ${zone.name}. ${elsewhere}${unwritable}` }
}

function noZone(provider: string, wanted: string | undefined, access: ProviderAccess | undefined): DomainctlError {
  const names = access?.zones.map(({ name }) => name) ?? []
  return new DomainctlError(
    'PROVIDER_ZONE_NOT_FOUND',
    wanted === undefined
      ? `The credential of ${provider} sees no zone.`
      : `The provider ${provider} has no zone for ${wanted}${names.length > 0 ? `; it has ${listOf(names)}` : ''}.`,
    { hint: 'Check which zones and which account the credential was made for, and whether the zone is at this provider.' },
  )
}

function notDelegated(provider: string, zone: string, apex: string): DomainctlError {
  return new DomainctlError(
    'DNS_ZONE_NOT_FOUND',
    `The provider ${provider} has the zone ${zone}, but nothing in the DNS delegates it: its names are looked for in ${listOf([apex])}.`,
    { hint: `Have ${zone} delegated to the name servers of this provider.`, actor: 'operator' },
  )
}
