import { isIP, isIPv6 } from 'node:net'
import type { Dns } from '../contracts/dns.ts'
import type { CallOptions } from '../contracts/dns-provider.ts'
import type { HealthProbe, HealthTarget } from '../contracts/health-probe.ts'
import type { Clock } from '../contracts/runtime.ts'
import type { AddressMeasurement, HealthMeasurement } from '../domain/health/measurement.ts'
import { monotone } from '../domain/monotone.ts'
import { isMetadataAddress, isPublicAddress } from '../domain/public-address.ts'
import { DomainctlError } from '../errors.ts'
import { type Anchor, type Connectivity, OwnConnectivity } from './connectivity.ts'
import type { VisitOptions } from './page.ts'
import { LATE, within } from './patience.ts'
import { findPlaces, type Places } from './places.ts'
import { type TrustedRoots, trustRoots } from './roots.ts'
import { visit } from './visit.ts'

/** Addresses of one name that are measured; more than these are a network's, not a site's. */
const MOST_MEASURED = 8
/** For the DNS, in ms. */
const DNS_PATIENCE = 15_000
const SILENT_FOR_LONG = `there is no answer within ${DNS_PATIENCE / 1000} s`

export interface HealthProbeOptions {
  clock: Clock
  dns(): Promise<Pick<Dns, 'trace' | 'askResolvers'>>
  /** 80 and 443, and others in labs. */
  httpPort: number
  httpsPort: number
  /** Also connect to addresses that are not public. */
  allowPrivate: boolean
  /** Places that tell whether this machine reaches anything; none: it is not asked. */
  anchors: readonly Anchor[]
  /** Further roots (PEM), asked for once. */
  roots?: () => Promise<string>
}

/** {@link HealthProbe} over `node:tls` and `node:http`. Holds nothing open between calls. */
export function createHealthProbe(o: HealthProbeOptions): HealthProbe {
  const own = new OwnConnectivity(o.anchors, o.clock)
  const now = monotone(o.clock)
  let roots: Promise<TrustedRoots> | undefined
  const trusted = () => {
    roots ??= (async () => trustRoots(await o.roots?.()))()
    // What could not be read may be there the next time.
    roots.catch(() => {
      roots = undefined
    })
    return roots
  }

  async function measured(target: HealthTarget, { signal }: CallOptions): Promise<Omit<HealthMeasurement, 'name' | 'at' | 'ms'>> {
    const before = await own.look({ signal })
    if (!before.ipv4 && !before.ipv6) return nothing('this machine reaches none of its anchors')
    const trust = await trusted()
    const asked = now()
    const places: Places = target.addresses
      ? { addresses: [...target.addresses], warnings: [] }
      : await lookUp(target.name, await o.dns(), signal)
    const layer = { layer: 'dns' as const, ms: now() - asked, ...(places.fault && { fault: places.fault }) }
    const options: VisitOptions & CallOptions = {
      clock: o.clock,
      roots: trust,
      httpPort: o.httpPort,
      httpsPort: o.httpsPort,
      signal,
      refusal: (address) => refusalOf(address, o),
      addressesOf: async (name, call) => (await (await o.dns()).trace(name, call)).addresses,
    }
    const reached = chosen(places.addresses).filter((address) => isReached(address, before))
    const addresses = await Promise.all(reached.map((address) => visit(address, target, options)))
    const seen = { ...(!target.addresses && { dns: layer }), warnings: places.warnings, addresses }
    if (!isBroken(seen) && places.unknown === undefined) return seen
    // What broke may have been this machine's own way to it, meanwhile.
    const after = await own.look({ signal, since: asked })
    if (!after.ipv4 && !after.ipv6) return { ...seen, inconclusive: 'this machine reaches none of its anchors any more' }
    if (places.unknown !== undefined) return { ...seen, inconclusive: places.unknown }
    return { ...seen, addresses: addresses.filter(({ address }) => isReached(address, after)) }
  }

  async function lookUp(name: string, dns: Pick<Dns, 'trace' | 'askResolvers'>, signal: AbortSignal): Promise<Places> {
    try {
      const places = await within(DNS_PATIENCE, { clock: o.clock, signal }, (signal) => findPlaces(name, dns, { signal }))
      if (places !== LATE) return places
      return { addresses: [], warnings: [], fault: { code: 'NAME_SERVERS_SILENT', why: SILENT_FOR_LONG } }
    } catch (thrown) {
      // What the DNS says, so that nothing could be found out.
      if (thrown instanceof DomainctlError) return { addresses: [], warnings: [], unknown: thrown.message }
      throw thrown
    }
  }

  return {
    async measure(target, { signal }) {
      signal.throwIfAborted()
      const since = now()
      const at = o.clock.now()
      const seen = await measured(target, { signal })
      signal.throwIfAborted()
      return { name: target.name, at, ms: now() - since, ...seen }
    },
  }
}

function nothing(inconclusive: string): Omit<HealthMeasurement, 'name' | 'at' | 'ms'> {
  return { inconclusive, warnings: [], addresses: [] }
}

function isBroken({ dns, addresses }: Pick<HealthMeasurement, 'dns' | 'addresses'>): boolean {
  return dns?.fault !== undefined || addresses.some(hasFault)
}

function hasFault({ layers }: AddressMeasurement): boolean {
  return layers.some(({ fault }) => fault !== undefined)
}

function isReached(address: string, { ipv4, ipv6 }: Connectivity): boolean {
  return isIPv6(address) ? ipv6 : ipv4
}

/** As what an address is not connected to. */
function refusalOf(address: string, { allowPrivate }: Pick<HealthProbeOptions, 'allowPrivate'>): string | undefined {
  // Whoever has a name can make it lead anywhere: this is never a server of a site, and tells secrets of the machine to it alone.
  if (isMetadataAddress(address)) return 'where machines are told about themselves (link-local, or of a cloud)'
  return isPublicAddress(address) || (allowPrivate && isIP(address) !== 0) ? undefined : 'not a public address'
}

/** So many of the addresses, of both families by turns. */
function chosen(addresses: readonly string[]): string[] {
  const families = [addresses.filter((one) => !one.includes(':')), addresses.filter((one) => one.includes(':'))]
  return families
    .flatMap((family) => family.map((address, rank) => ({ address, rank })))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST_MEASURED)
    .map(({ address }) => address)
}
