import type { Check, Fix } from '../../contracts/domainctl.ts'
import { dnsHostOf, panelForm } from '../../domain/diagnosis/panel.ts'
import { DomainctlError } from '../../errors.ts'
import type { Looking } from './look.ts'

/** The checks with their fixes in the form that the panel of each zone's DNS host asks for, where that host is known. */
export async function withPanels(looking: Looking, checks: readonly Check[]): Promise<Check[]> {
  return Promise.all(
    checks.map(async (check) => {
      const panel = check.fix && check.fix.action !== 'wait' ? await panelOf(looking, check.fix) : undefined
      return panel && check.fix ? { ...check, fix: { ...check.fix, panel } } : check
    }),
  )
}

async function panelOf({ dns, signal }: Looking, { type, name, value, ttl }: Fix): Promise<Fix['panel']> {
  try {
    const { apex, nameServers } = await dns.zoneOf(name, { signal })
    const host = dnsHostOf(nameServers)
    return host && panelForm(host, { type, name, value, ttl }, apex)
  } catch (error) {
    // Without its zone the plain form has to do.
    if (error instanceof DomainctlError && error.kind === 'not-ready') return undefined
    throw error
  }
}
