import type { ListFilter } from '../contracts/domainctl.ts'
import { type DomainReport, reportDomain } from '../domain/report.ts'
import type { Services } from './services.ts'

/** A page of domains in their public shape, in the order of their names. */
export async function list(
  { store, settings, runtime }: Services,
  { tenant, ...filter }: ListFilter = {},
  { limit = 100, cursor }: { limit?: number; cursor?: string } = {},
): Promise<{ domains: DomainReport[]; next: string | null }> {
  const of = tenant === undefined ? settings.tenant : tenant
  const page = await store.listDomains(
    { ...filter, ...(of !== null && { tenant: of }) },
    { limit, ...(cursor !== undefined && { cursor }) },
  )
  const now = runtime.clock.now()
  return {
    domains: page.domains.map(({ domain, certificate, records, deployments, health }) =>
      reportDomain(domain, certificate, records, now, deployments, health),
    ),
    next: page.next,
  }
}
