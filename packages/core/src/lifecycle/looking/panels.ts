import type { Check, Fix } from '../../contracts/verification.ts'
import { caaAfterRouting } from '../../domain/diagnosis/caa-routes.ts'
import { withFollowers } from '../../domain/diagnosis/followers.ts'
import { asHostHasIt } from '../../domain/diagnosis/host-ways.ts'
import { type DnsHost, dnsHostOf, panelForm } from '../../domain/diagnosis/panel.ts'
import { DomainctlError } from '../../errors.ts'
import type { Looking } from './look.ts'

/**
 * The checks as they are told to people: those with a problem have their zone and its DNS host, where these are known, and
 * their fixes have the form that the panel of that host asks for.
 */
export async function withPanels(looking: Looking, checks: readonly Check[]): Promise<Check[]> {
  return Promise.all(caaAfterRouting(withFollowers(checks)).map((check) => atItsHost(looking, check)))
}

async function atItsHost(looking: Looking, check: Check): Promise<Check> {
  // Of what is right, or only good to know, nobody asks where it is done: among thousands of names that is the most.
  if (check.problem === undefined || check.severity === 'info') return check
  const place = await placeOf(looking, check)
  if (!place) return check
  const { zone, host } = place
  if (!host) return { ...check, zone }
  const told = asHostHasIt(check, host, zone)
  return { ...told, zone, host, ...(told.fix && { fix: withForms(told.fix, host, zone) }) }
}

function withForms(fix: Fix, host: DnsHost, zone: string): Fix {
  if (fix.action === 'wait') return fix
  const { more } = fix
  return {
    ...fix,
    ...(more && { more: more.map((record) => ({ ...record, panel: panelForm(host, record, zone) })) }),
    panel: panelForm(host, fix, zone),
  }
}

/** The zone that holds the record and its host; nothing is asked about what could not be seen. */
async function placeOf({ dns, signal }: Looking, check: Check): Promise<{ zone: string; host?: DnsHost } | undefined> {
  const { purpose, record, fix, state } = check
  if (purpose === 'zone') return placed(record.name, record.expected)
  if (state === 'unknown' && (!fix || fix.action === 'wait')) return undefined
  try {
    const { apex, nameServers } = await dns.zoneOf(fix?.name ?? record.name, { signal })
    return placed(apex, nameServers)
  } catch (error) {
    // Without its zone the plain form has to do.
    if (error instanceof DomainctlError && error.kind === 'not-ready') return undefined
    throw error
  }
}

function placed(zone: string, nameServers: readonly string[]): { zone: string; host?: DnsHost } {
  const host = dnsHostOf(nameServers)
  return { zone, ...(host && { host }) }
}
