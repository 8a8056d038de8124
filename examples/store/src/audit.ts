import type { AuditEvent, AuditFilter, AuditPage } from '@domainctl/core'
import type { Memory } from './memory.ts'
import { by } from './tables.ts'

/** The last lines that fit, or with `after` the first ones behind it; oldest first. */
export function readAudit({ audit, domains }: Memory, filter: AuditFilter & AuditPage): AuditEvent[] {
  const { tenant, domainId, domainName, events, who, since, until, after, before, limit } = filter
  // One that was erased has its lines still, by its id.
  const asked = domainId !== undefined && domainName === undefined ? [domainId] : []
  const ofDomains =
    domainId === undefined && domainName === undefined
      ? undefined
      : domains
          .filter(({ domain }) => domainId === undefined || domain.id === domainId)
          .filter(({ domain }) => domainName === undefined || domain.names.some(({ name }) => name === domainName))
          .flatMap(({ domain, formerIds }) => [domain.id, ...formerIds])
          .concat(asked)
  const patterns = events?.map(patternOf)
  const found = audit
    .filter((event) => tenant === undefined || event.tenant === tenant)
    .filter((event) => !ofDomains || (event.domainId !== undefined && ofDomains.includes(event.domainId)))
    .filter(({ event }) => !patterns || patterns.some((pattern) => pattern.test(event)))
    .filter((event) => who === undefined || event.who === who)
    .filter(({ at }) => (since === undefined || at >= since) && (until === undefined || at < until))
    .filter(({ seq }) => (after === undefined || seq > after) && (before === undefined || seq < before))
    .sort(by(({ seq }) => seq))
  return after === undefined ? found.slice(-limit) : found.slice(0, limit)
}

/** `*` stands for any characters, and everything else for itself. */
function patternOf(event: string): RegExp {
  return new RegExp(
    `^${event
      .split('*')
      .map((part) => part.replace(/[^a-z0-9_]/gi, '\\$&'))
      .join('.*')}$`,
    's',
  )
}
