import { CHECK_INTERVAL, type HealthNews } from './damping.ts'
import type { Observation } from './observation.ts'

/** The most names that are kept of an incident; more than that nobody reads. */
const NAMES = 100
/** People are told again when an incident has become so many times as large. */
const GROWTH = 10
/**
 * What breaks at a place so long after the incident there began is an incident of its own, in ms: by then each domain of a server that
 * is away has failed its check. Else a customer who left and stays broken would hide for ever what breaks at the same address later.
 */
const JOINS_WITHIN = 2 * CHECK_INTERVAL

/**
 * An outage that people were told of, of one domain or of all that break at one place: a server that is away takes hundreds of names
 * along, and is one thing to mend. Plain JSON.
 */
export interface Incident {
  id: string
  tenant: string
  /** {@link placeOf}; absent: nothing that others can share. */
  place?: string
  /** People were told that it comes and goes, and nothing since. */
  flaps?: true
  /** Those that hear of it, from its beginning to its end. */
  channels?: string[]
  /** The first failure of the first domain, in ms since 1970. */
  beganAt: number
  /** The first hundred of its domains. */
  names: string[]
  /** How many were part of it: all that have a place in `names`, or the most that were at one time. */
  domains: number
  /** Those that still are. */
  open: number
  /** How many domains people know of. */
  told: number
  reminders: number
  /** That all of them share. */
  labels: Record<string, string>
}

/** What is told of an incident. `unwatched`: it is over, since the last of its domains is not measured any more. */
export type IncidentNews = HealthNews | 'growth' | 'unwatched'

/** What the news of a domain have changed of what many have in common. */
export interface IncidentStep {
  /** As it is now; `open` is 0 when it is over. Null: there is none. */
  incident: Incident | null
  news?: IncidentNews
}

/** Whose news it is. */
export interface Member {
  tenant: string
  name: string
  labels: Readonly<Record<string, string>>
  place?: string
  /** Those that hear of an outage of it. */
  channels: readonly string[]
  failedAt: number
  /** How often it was reminded of, this time included. */
  reminders: number
  /** Taken when an incident begins. */
  newIncidentId: string
}

/**
 * What domains share that break together: the address, the layer, and what is wrong there; and who hears of it, since nobody who
 * would is left out because another domain broke first. The DNS breaks for each on its own.
 */
export function placeOf(
  { address, layer = '', code = '' }: Pick<Observation, 'address' | 'layer' | 'code'>,
  channels: readonly string[] = [],
): string | undefined {
  if (address === undefined) return undefined
  // A server that goes down and comes back is silent, unreachable and refuses by turns.
  return [address, layer, layer === 'tcp' ? '' : code, ...channels].join(' ').trimEnd()
}

/**
 * Whether a domain of which this is told becomes part of the open incident at its place. Of one that flaps people believe that it comes
 * and goes, and hear nothing more: an outage is not hidden in it.
 */
export function isPartOf(incident: Incident, news: HealthNews, { failedAt }: Member): boolean {
  return (!incident.flaps || news === 'flapping') && failedAt - incident.beganAt <= JOINS_WITHIN
}

/**
 * What the news of one domain is for the incident that it is part of, or, for an outage, the open one that it joins ({@link isPartOf}). Of
 * many domains behind one broken address people hear when it begins, when there are ten, a hundred and a thousand of them, when
 * they are reminded, and when the last is well again.
 */
export function withNews(incident: Incident | null, news: HealthNews, member: Member): IncidentStep {
  switch (news) {
    case 'outage':
    case 'flapping':
      return incident ? joined(incident, member) : { incident: begun(member, news), news }
    case 'recovery': {
      if (!incident) return { incident: null }
      const open = incident.open - 1
      return { incident: { ...incident, open }, ...(open === 0 && { news }) }
    }
    case 'reminder':
      if (!incident || member.reminders <= incident.reminders) return { incident }
      return { incident: { ...incident, reminders: member.reminders, told: incident.domains }, news }
    case 'stays broken': {
      if (!incident?.flaps) return { incident }
      const { flaps: _, ...rest } = incident
      return { incident: { ...rest, told: rest.domains }, news }
    }
  }
}

function begun({ tenant, name, labels, place, channels, failedAt, newIncidentId }: Member, news: HealthNews): Incident {
  return {
    id: newIncidentId,
    tenant,
    ...(place !== undefined && { place }),
    ...(news === 'flapping' && { flaps: true }),
    channels: [...channels],
    beganAt: failedAt,
    names: [name],
    domains: 1,
    open: 1,
    told: 1,
    reminders: 0,
    labels: { ...labels },
  }
}

function joined(incident: Incident, { name, labels, failedAt }: Member): IncidentStep {
  const isNew = !incident.names.includes(name)
  const names = isNew && incident.names.length < NAMES ? [...incident.names, name] : incident.names
  const open = incident.open + 1
  // Who comes back is not counted twice; of more than a hundred it is not known who was there.
  const domains = Math.max(incident.domains, names.length, open)
  const grown: Incident = {
    ...incident,
    beganAt: Math.min(incident.beganAt, failedAt),
    names,
    domains,
    open,
    labels: Object.fromEntries(
      Object.entries(incident.labels).filter(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value),
    ),
  }
  if (domains < incident.told * GROWTH) return { incident: grown }
  return { incident: { ...grown, told: domains }, news: 'growth' }
}
