import type { AddOptions, Check } from '../contracts/domainctl.ts'
import type { Domain } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { parseName } from '../domain/parse-name.ts'
import { challengeName } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import { describe } from './add.ts'
import { examine } from './examine.ts'
import { toCheck } from './looking/look.ts'
import { BY_HAND, providerFor, type Services, signalOf } from './services.ts'

/** What `doctor` looked at: the domain of the state, or the one that `add` would make. */
export interface Examined {
  name: string
  isKnown: boolean
  checks: Check[]
}

/**
 * Everything that `verify` looks at, and whether the provider has the very zone that the DNS delegates; takes no lease and
 * changes nothing. Of a name that is not in the state the ownership record is not looked for: there is no token yet.
 */
export async function doctor(services: Services, input: string, o: AddOptions): Promise<Examined> {
  const { name } = parseName(input)
  const there = await services.store.getDomain(services.settings.tenant, name)
  const known = there?.status === 'deleted' ? null : there
  const domain = known ?? (await describe(services, input, { ...o, ownership: o.ownership ?? 'none' }))
  const signal = signalOf(o)
  o.onProgress?.({ name, message: 'looking at DNS' })
  const [checks, provider] = await Promise.all([examine(services, domain, signal), lookAtProvider(services, domain, signal)])
  return { name, isKnown: known !== null, checks: [...checks, ...provider] }
}

/**
 * A zone in an account proves nothing, since anybody can make one (L3): what is written into a zone that is not the one
 * which the parent delegates is never seen.
 */
async function lookAtProvider(services: Services, domain: Domain, signal: AbortSignal): Promise<Check[]> {
  const base = baseOf(domain.name)
  const provider = providerFor(services, base) ?? domain.provider
  if (provider === BY_HAND) return []
  const dns = await services.dns()
  const now = services.runtime.clock.now()
  const subject = { purpose: 'zone' as const, record: { type: 'NS' as const, name: base, expected: [] } }
  try {
    const name = await dns.followCname(challengeName(base), { signal })
    const [{ apex }, zone] = await Promise.all([
      dns.zoneOf(name, { signal }),
      services.provider(provider).findZone(name, { signal }),
    ])
    if (zone?.name === apex) return []
    const has = zone ? `has the zone ${zone.name}` : 'has no zone'
    const explanation = `The provider ${provider} ${has} for ${name}, but the DNS delegates ${apex}: what is written there is not seen. Choose the provider that serves ${apex}, or have it delegated to this one.`
    return [
      toCheck(subject, { state: 'wrong', problem: 'ZONE_NOT_DELEGATED', explanation, actor: 'operator' }, { seen: [], now }),
    ]
  } catch (error) {
    if (!(error instanceof DomainctlError)) throw error
    // What the DNS lacks is among the checks already.
    if (error.kind === 'not-ready') return []
    const explanation = `The provider ${provider} could not be asked for its zone: ${error.message} ${error.hint}`
    const actor = error.actor === 'provider' ? 'provider' : 'operator'
    return [toCheck(subject, { state: 'unknown', problem: error.code, explanation, actor }, { seen: [], now })]
  }
}
