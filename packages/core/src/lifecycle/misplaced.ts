import type { Dns, Observation } from '../contracts/dns.ts'
import type { Finding } from '../domain/diagnosis/finding.ts'
import { judgePlace, type Place, placesOf, type WantedSet } from '../domain/diagnosis/places.ts'
import type { Sighting } from '../domain/diagnosis/record.ts'
import { sightings } from './sightings.ts'

/**
 * Looks for a missing record at the usual wrong places; undefined when it is at none. Asks the servers that have just
 * answered and nobody else, so that no resolver keeps a negative answer for a name that is made soon (RFC 2308 §5).
 *
 * The first server is asked for each place, four questions at most. A slip has to be at every server: only where the
 * first one shows it are the others asked for that place, and the first one for what a wildcard would answer.
 * @param routed the names that the domain wants routed
 */
export async function findMisplaced(
  dns: Dns,
  wanted: WantedSet,
  { zone, answers }: Observation,
  o: { routed: ReadonlySet<string>; signal: AbortSignal },
): Promise<Finding | undefined> {
  const [first, ...others] = answers.filter(({ outcome }) => outcome === 'answer').map(({ server }) => server)
  if (!first) return undefined
  const ask = async (name: string, type: Place['type'], servers: typeof others): Promise<Sighting[]> =>
    servers.length === 0 ? [] : sightings(await dns.observe(name, type, { signal: o.signal, zone: { ...zone, servers } }))

  const places = placesOf(wanted, zone.apex, o.routed)
  const looks = await Promise.all(places.map(async (place) => ({ place, seen: await ask(place.name, place.type, [first]) })))
  for (const { place, seen } of looks) {
    if (!judgePlace(wanted, zone.apex, place, seen)) continue
    const [elsewhere, control] = await Promise.all([
      ask(place.name, place.type, others),
      place.control === undefined ? [] : ask(place.control, place.type, [first]),
    ])
    const finding = judgePlace(wanted, zone.apex, place, [...seen, ...elsewhere], control)
    if (finding) return finding
  }
  return undefined
}
