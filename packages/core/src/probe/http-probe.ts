import { isIP } from 'node:net'
import type { AddressTrace } from '../contracts/dns.ts'
import type { CallOptions } from '../contracts/dns-provider.ts'
import type { HttpProbe, ProbeAnswer, ProbeRequest } from '../contracts/http-probe.ts'
import type { Clock } from '../contracts/runtime.ts'
import { follow as followSignal } from '../domain/follow.ts'
import { monotone } from '../domain/monotone.ts'
import { isMetadataAddress, isPublicAddress } from '../domain/public-address.ts'
import { firstUrl, follow } from './journey.ts'

/** Addresses of one name that are asked; more than these are a network's, not a site's. */
export const MOST_PROBED = 8

/** For all that one address is asked, redirects included, in ms. */
const PATIENCE = 10_000

/** Why what is under way is ended: the same for all, since an error of its own each time costs its stack. */
const [LATE, OVER] = [new Error('the visit takes too long'), new Error('the visit is over')]

export interface HttpProbeOptions {
  clock: Clock
  /** Of plain HTTP: 80, and another one in labs. */
  port: number
  /** Also connect to addresses that are not public. */
  allowPrivate: boolean
  /** Where the twin of a name is, when a redirect leads there: `Dns.trace`. */
  trace(name: string, o: CallOptions): Promise<Pick<AddressTrace, 'addresses'>>
}

/** {@link HttpProbe} over `node:http`. Holds nothing open between calls. */
export function createHttpProbe(o: HttpProbeOptions): HttpProbe {
  return {
    async probe(request, { signal }) {
      signal.throwIfAborted()
      const answers = await Promise.all(chosen(request.addresses).map((address) => visit(address, request, signal, o)))
      signal.throwIfAborted()
      return answers
    },
  }
}

async function visit(address: string, request: ProbeRequest, signal: AbortSignal, o: HttpProbeOptions): Promise<ProbeAnswer> {
  const { clock } = o
  const now = monotone(clock)
  const since = now()
  const both = followSignal(signal)
  const patience = clock.sleep(PATIENCE, both.signal).then(
    () => both.end(LATE),
    () => undefined,
  )
  try {
    const sighting = await follow(address, request, {
      clock,
      port: o.port,
      trace: o.trace,
      refusal: (to) => refusalOf(to, o),
      isPublic: isPublicAddress,
      signal: both.signal,
    })
    // Cut off, an exchange looks like any that broke.
    const late = both.signal.reason === LATE && {
      outcome: 'unreachable' as const,
      why: `there is no whole answer within ${PATIENCE / 1000} s`,
    }
    return { address, url: firstUrl(request, o).href, ...sighting, ...late, ms: now() - since }
  } finally {
    both.end(OVER)
    await patience
  }
}

/** As what an address is not connected to. */
function refusalOf(address: string, { allowPrivate }: HttpProbeOptions): string | undefined {
  // Whoever has a name can make it lead anywhere: this is never a server of a site, and tells secrets of the machine to it alone.
  if (isMetadataAddress(address)) return 'where machines are told about themselves (link-local, or of a cloud)'
  return isPublicAddress(address) || (allowPrivate && isIP(address) !== 0) ? undefined : 'not a public address'
}

/** So many of the addresses, of both families by turns, in their order. */
function chosen(addresses: readonly string[]): string[] {
  const unique = [...new Set(addresses)]
  const families = [unique.filter((one) => !one.includes(':')), unique.filter((one) => one.includes(':'))]
  const ranked = families.flatMap((family) => family.map((address, rank) => ({ address, rank })))
  const asked = new Set(
    ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, MOST_PROBED)
      .map(({ address }) => address),
  )
  return unique.filter((address) => asked.has(address))
}
