import type { Domainctl, TenantDomainctl } from './contracts/domainctl.ts'
import { DomainctlError } from './errors.ts'

/** The verbs about domains, which are of `tenant` by themselves, kept from being asked for those of others. */
export function ofOneTenant(tenant: string, engine: Omit<Domainctl, 'run' | 'forTenant' | 'close'>): TenantDomainctl {
  const its = <Query extends { tenant?: string | null }>(query: Query | undefined): Query | undefined => {
    if (query?.tenant === undefined || query.tenant === tenant) return query
    const others = query.tenant === null ? 'all tenants' : JSON.stringify(query.tenant)
    throw new DomainctlError('USAGE', `The tenant ${tenant} cannot ask for what is of ${others}.`, {
      hint: 'Leave `tenant` out, or ask the engine that forTenant was called on.',
    })
  }
  return {
    add: engine.add,
    verify: engine.verify,
    doctor: engine.doctor,
    issue: engine.issue,
    renew: engine.renew,
    deploy: engine.deploy,
    askRenewalAdvice: engine.askRenewalAdvice,
    renewals: engine.renewals,
    apply: engine.apply,
    unapply: engine.unapply,
    measureHealth: engine.measureHealth,
    revoke: engine.revoke,
    suspend: engine.suspend,
    resume: engine.resume,
    remove: engine.remove,
    get: engine.get,
    list: async (filter, page) => engine.list(its(filter), page),
    records: engine.records,
    history: engine.history,
    audit: async (query, page) => engine.audit(its(query), page),
    events: (o) => engine.events(its(o)),
    health: engine.health,
    readRequest: engine.readRequest,
    export: engine.export,
  }
}
