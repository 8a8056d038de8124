import { unicodeOf } from '../names.ts'
import type { Notice, NoticeEvent, NoticeSeverity } from '../notice.ts'
import type { ExpiryLevel } from './expiry.ts'
import type { Incident, IncidentNews } from './incidents.ts'
import type { Observation } from './observation.ts'

interface Said {
  event: NoticeEvent
  severity: NoticeSeverity
  /** @param be `is` or `are` */
  title(what: string, be: string): string
  next: string
}

const SAID: Record<IncidentNews, Said> = {
  outage: {
    event: 'domain.unhealthy',
    severity: 'critical',
    title: (what, be) => `${what} cannot be reached as ${it(be)} should`,
    next: 'It is checked every 15 minutes, and you hear when it is well again.',
  },
  growth: {
    event: 'domain.unhealthy',
    severity: 'critical',
    title: (what, be) => `${what} cannot be reached as ${it(be)} should, at the same place`,
    next: 'You hear when the last of them is well again.',
  },
  flapping: {
    event: 'domain.unhealthy',
    severity: 'warning',
    title: (what, be) => `${what} ${be === 'is' ? 'comes and goes' : 'come and go'}`,
    next: 'That was the third outage in six hours: nothing more is said of it until it has been steady for two hours.',
  },
  reminder: {
    event: 'domain.unhealthy',
    severity: 'critical',
    title: (what, be) => `${what} still cannot be reached as ${it(be)} should`,
    next: 'You hear when it is well again.',
  },
  'stays broken': {
    event: 'domain.unhealthy',
    severity: 'critical',
    title: (what, be) => `${what} came and went, and ${be} away now`,
    next: 'It is checked every 15 minutes, and you hear when it is well again.',
  },
  recovery: { event: 'domain.recovered', severity: 'info', title: (what, be) => `${what} ${be} well again`, next: '' },
  unwatched: {
    event: 'domain.recovered',
    severity: 'info',
    title: (what) => `The outage of ${what} is over`,
    next: 'The last domain that was away is not measured any more: it was removed or suspended, or its checks were turned off.',
  },
}

/** What an incident ends with. */
const ENDS: readonly IncidentNews[] = ['recovery', 'unwatched']

/** What people are told of an incident. */
export function incidentNotice(
  news: IncidentNews,
  incident: Incident,
  seen: Observation,
  o: { id: string; domainId: string },
): Notice {
  const said = SAID[news]
  const { names, domains, open, tenant, labels, beganAt, channels = [] } = incident
  const [first = ''] = names
  const shown = unicodeOf(first)
  const what = domains === 1 ? shown : `${shown} and ${domains - 1} other ${domains === 2 ? 'domain' : 'domains'}`
  const minutes = Math.max(1, Math.round((seen.at.getTime() - beganAt) / 60_000))
  const found = seen.message ?? seen.code
  const isOver = ENDS.includes(news)
  const sentences = [
    isOver ? `${domains === 1 ? 'It was' : 'They were'} away for ${minutes} min.` : found && sentence(found),
    !isOver && seen.address && `Address: ${seen.address}.`,
    !isOver && `First seen ${new Date(beganAt).toISOString()}.`,
    domains > names.length && `${domains - names.length} of the names are left out here.`,
    said.next,
  ].filter(Boolean)
  return {
    id: o.id,
    at: seen.at,
    tenant,
    event: said.event,
    severity: said.severity,
    incident: incident.id,
    ...(domains === 1 && { domainId: o.domainId }),
    names,
    title: said.title(what, domains === 1 ? 'is' : 'are'),
    text: sentences.join(' '),
    ...(seen.actor && !isOver && { actor: seen.actor }),
    labels,
    ...(channels.length > 0 && { channels }),
    details: {
      news,
      domains,
      open,
      since: new Date(beganAt).toISOString(),
      ...(!isOver && { layer: seen.layer, code: seen.code, address: seen.address }),
    },
  }
}

/** That a certificate comes near its end, and nothing has replaced it (requirements H4). */
export function expiryNotice(
  level: ExpiryLevel,
  domain: { id: string; tenant: string; name: string; labels: Record<string, string> },
  certificate: { notAfter: Date; serial: string; fingerprint: string },
  o: { id: string; at: Date; because?: string },
): Notice {
  const ended = certificate.notAfter <= o.at
  const until = certificate.notAfter.toISOString()
  return {
    id: o.id,
    at: o.at,
    tenant: domain.tenant,
    event: 'domain.expiring',
    severity: level,
    domainId: domain.id,
    names: [domain.name],
    title: ended
      ? `The certificate of ${unicodeOf(domain.name)} has expired`
      : `The certificate of ${unicodeOf(domain.name)} expires, and was not renewed`,
    text: [
      `It ${ended ? 'was' : 'is'} good until ${until}.`,
      o.because && `The last attempt: ${sentence(o.because)}`,
      `See what is in the way with: domainctl show ${domain.name}`,
    ]
      .filter(Boolean)
      .join(' '),
    labels: domain.labels,
    details: { notAfter: until, serial: certificate.serial, fingerprint: certificate.fingerprint },
  }
}

function it(be: string): string {
  return be === 'is' ? 'it' : 'they'
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
