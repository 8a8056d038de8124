import type { AuditLine, AuditPaging, AuditQuery } from '../contracts/audit.ts'
import type { AuditFilter } from '../contracts/store.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { AuditEvent } from '../domain/model.ts'
import { parseName } from '../domain/parse-name.ts'
import { DomainctlError } from '../errors.ts'
import { findDomain, type Services } from './services.ts'

const USUAL_PAGE = 100
const LONGEST_PAGE = 10_000
const MOST_PATTERNS = 50
/** Names of domains that are looked up at a time. */
const WIDTH = 8

type AuditServices = Pick<Services, 'store' | 'settings'>

/** Domainctl.audit */
export async function audit(
  { store, settings }: AuditServices,
  { tenant = settings.tenant, domain, ...rest }: AuditQuery,
  paging: AuditPaging,
): Promise<{ events: AuditLine[]; next: number | null }> {
  const filter: AuditFilter = {
    ...(tenant !== null && { tenant }),
    ...(domain !== undefined && { domainName: parseName(domain).name }),
    ...plainFilter(rest),
  }
  const { limit, ...page } = pageOf(paging)
  // One more says whether there are others.
  const found = await store.history({ ...filter, ...page, limit: limit + 1 })
  const isForward = page.after !== undefined
  const events = isForward ? found.slice(0, limit) : found.slice(-limit)
  const end = found.length > limit ? events.at(isForward ? -1 : 0) : undefined
  return { events: await withNames(store, events), next: end?.seq ?? null }
}

/** Domainctl.history */
export async function history(
  services: Services,
  name: string,
  { limit, after, before, ...rest }: Omit<AuditQuery, 'tenant' | 'domain'> & AuditPaging,
): Promise<AuditEvent[]> {
  const page = pageOf({
    ...(limit !== undefined && { limit }),
    ...(after !== undefined && { after }),
    ...(before !== undefined && { before }),
  })
  const { id, tenant } = await findDomain(services, name)
  return services.store.history({ tenant, domainId: id, ...plainFilter(rest), ...page })
}

function plainFilter({ events, who, since, until }: Omit<AuditQuery, 'tenant' | 'domain'>): AuditFilter {
  const wrong = events?.find((event) => !/^[a-z0-9_.*]{1,64}$/.test(event))
  if (wrong !== undefined) {
    throw new DomainctlError('USAGE', `${JSON.stringify(wrong.slice(0, 80))} is no event.`, {
      hint: 'Such as record.written, or record.* for all of them.',
    })
  }
  if (events && events.length > MOST_PATTERNS) {
    throw new DomainctlError('USAGE', `${events.length} events were given; ${MOST_PATTERNS} at most.`, {
      hint: 'Use patterns, such as record.*.',
    })
  }
  for (const time of [since, until]) {
    if (time && Number.isNaN(time.getTime())) throw new DomainctlError('USAGE', 'A time is none.', { hint: 'Give a valid Date.' })
  }
  return {
    ...(events && { events }),
    ...(who !== undefined && { who }),
    ...(since && { since }),
    ...(until && { until }),
  }
}

function pageOf({ limit = USUAL_PAGE, after, before }: AuditPaging): { limit: number; after?: number; before?: number } {
  if (!Number.isInteger(limit) || limit < 1 || limit > LONGEST_PAGE)
    throw new DomainctlError('USAGE', `A page has 1 to ${LONGEST_PAGE} lines, not ${limit}.`, { hint: `Such as ${USUAL_PAGE}.` })
  for (const seq of [after, before]) {
    if (seq !== undefined && (!Number.isSafeInteger(seq) || seq < 0))
      throw new DomainctlError('USAGE', `${seq} is no number of a line.`, {
        hint: 'Give the `seq` of a line, or 0 for the start.',
      })
  }
  return { limit, ...(after !== undefined && { after }), ...(before !== undefined && { before }) }
}

/** A line says the id of its domain, which people do not know. */
async function withNames(store: AuditServices['store'], events: readonly AuditEvent[]): Promise<AuditLine[]> {
  const ids = [...new Set(events.flatMap(({ domainId }) => domainId ?? []))]
  const names = new Map(await inParallel(ids, WIDTH, async (id) => [id, await store.primaryName(id)] as const))
  return events.map((event) => {
    const domain = event.domainId === undefined ? null : (names.get(event.domainId) ?? null)
    return { ...event, ...(domain !== null && { domain }) }
  })
}
