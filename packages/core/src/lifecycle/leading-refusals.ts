import type { RRset } from '../contracts/dns-provider.ts'
import { baseOf } from '../domain/names.ts'
import { DomainctlError } from '../errors.ts'
import { described } from './leading-place.ts'
import { ownerOf, type Spot } from './leading-spot.ts'
import type { Step } from './step.ts'

/** So many records that are in the way are named in one message. */
const MOST_NAMED = 5

/** Beside these no CNAME stands; of other types, such as MX, no provider is asked. */
const BESIDE: readonly RRset['type'][] = ['TXT', 'CAA']

/**
 * Names that another tenant has proven are that tenant's, whoever holds the zone (requirements L9).
 * @throws `OWNERSHIP_TAKEN`
 */
export async function refuseTaken({ services, domain }: Step): Promise<void> {
  const taken = await services.store.provenElsewhere(
    domain.tenant,
    domain.names.map(({ name }) => baseOf(name)),
  )
  if (taken === null) return
  throw new DomainctlError('OWNERSHIP_TAKEN', `Another tenant has proven ownership of ${taken}; nothing was written.`, {
    hint: 'The other tenant must remove it first; nobody else can have it until then.',
  })
}

/**
 * Refuses, before anything is written at any of these spots, what must not be replaced, and what can be known to be
 * impossible: with the old record taken away for it the name would lead nowhere, if for a moment only.
 * @throws `RECORD_TAKEN`, `PROVIDER_CONFLICT`, `RECORD_FOREIGN` unless `force`
 */
export async function refuseSpots(step: Step, spots: readonly Spot[], force: boolean): Promise<void> {
  for (const spot of spots) {
    const [rival] = spot.rivals
    if (rival) throw madeForAnother(spot, await ownerOf(step, rival))
  }
  for (const spot of spots) {
    const impossible = await whyImpossible(step, spot)
    if (impossible) throw impossible
  }
  const foreign = spots.filter(({ verdict }) => verdict === 'foreign')
  if (foreign.length > 0 && !force) throw recordsInTheWay(foreign)
}

function madeForAnother({ place: { name }, standing, wanted }: Spot, owner: string): DomainctlError {
  return new DomainctlError(
    'RECORD_TAKEN',
    `${name} leads somewhere for ${owner}: it has ${described(standing)}; wanted is ${described(wanted)}. Nothing was written, and no --force replaces it.`,
    { hint: `Take ${name} out of one of both, or let both want the same.` },
  )
}

async function whyImpossible({ services, signal }: Step, spot: Spot): Promise<DomainctlError | null> {
  const { place, wanted, standing, verdict } = spot
  if (verdict === 'wanted' || wanted.every(({ type }) => type !== 'CNAME')) return null
  const provider = services.provider(place.provider)
  if (place.name === place.zone.name) return provider.capabilities.proxied ? null : atTheApex(place.name)
  // Where nothing has to go first, the provider's own refusal costs nobody anything.
  if (standing.every(({ type }) => type === 'CNAME')) return null
  for (const type of BESIDE) {
    const found = await provider.getRRset(place.zone, place.name, type, { signal }).catch(unreadable)
    if (found && found.values.length > 0) return besideOthers(place.name, type)
  }
  return null
}

/** A type that the provider does not have (CAA at GoDaddy) stands nowhere there. */
function unreadable(thrown: unknown): null {
  if (thrown instanceof DomainctlError && thrown.code === 'PROVIDER_REFUSED') return null
  throw thrown
}

/** Only providers with a proxy have something in the place of a CNAME at the apex of a zone. */
function atTheApex(name: string): DomainctlError {
  return new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} is the apex of its zone, where no CNAME can stand (RFC 1034 §3.6.2); nothing was written.`,
    { hint: 'Remove the domain, and add it with --address and the addresses of your servers.' },
  )
}

function besideOthers(name: string, type: RRset['type']): DomainctlError {
  return new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} has ${type} records, and no CNAME can stand beside others (RFC 1034 §3.6.2); nothing was written.`,
    { hint: `Take the ${type} records away if nobody needs them; or remove the domain, and add it with --address.` },
  )
}

function recordsInTheWay(foreign: readonly Spot[]): DomainctlError {
  const told = foreign
    .slice(0, MOST_NAMED)
    .map(({ place, standing, wanted }) => `${place.name} has ${described(standing)}; wanted is ${described(wanted)}.`)
  const more = foreign.length > MOST_NAMED ? [`So it is with ${foreign.length - MOST_NAMED} more.`] : []
  const what = foreign.length === 1 ? 'A record that domainctl did not make stands' : 'Records that domainctl did not make stand'
  return new DomainctlError('RECORD_FOREIGN', [`${what} in the way, and nothing was written.`, ...told, ...more].join(' '), {
    hint: '--force replaces what is there, and keeps it, so that --unapply puts it back; or change it by hand.',
  })
}
