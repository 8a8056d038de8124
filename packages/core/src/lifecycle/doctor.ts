import type { AddOptions } from '../contracts/verb-options.ts'
import type { Check } from '../contracts/verification.ts'
import { plainName } from '../domain/diagnosis/sentence.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Domain } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { parseName } from '../domain/parse-name.ts'
import { challengeName } from '../domain/records.ts'
import { type DomainReport, reportDomain } from '../domain/report.ts'
import { DomainctlError } from '../errors.ts'
import { describe } from './add.ts'
import { examine } from './examine.ts'
import { toCheck } from './looking/look.ts'
import { type ZoneHolder, zoneFor } from './provider-choice.ts'
import { BY_HAND, isByHand, providerFor, type Services, signalOf } from './services.ts'

/** What `doctor` looked at: the domain of the state, or the one that `add` would make. */
export interface Examined {
  name: string
  /** Null: not in the state. */
  domain: DomainReport | null
  checks: Check[]
}

/**
 * Everything that `verify` looks at, and whether the provider has the very zone that the DNS delegates; takes no lease and
 * changes nothing. Of a name that is not in the state neither ownership nor delegation is looked at: their values come with
 * `add`.
 */
export async function doctor(services: Services, input: string, o: AddOptions): Promise<Examined> {
  const { name } = parseName(input)
  const there = await services.store.viewDomain(services.settings.tenant, name)
  const known = there?.domain.status === 'deleted' ? null : there
  const domain = known?.domain ?? (await described(services, input, o))
  const signal = signalOf(o)
  o.onProgress?.({ name, message: 'looking at DNS' })
  const [checks, provider] = await Promise.all([examine(services, domain, signal), lookAtProviders(services, domain, signal)])
  const now = services.runtime.clock.now()
  const report = known && reportDomain(known.domain, known.certificate, known.records, now, known.deployments, known.health)
  return { name, domain: report, checks: [...checks, ...provider] }
}

/** The domain that `add` would make. What keeps the DNS from telling who serves its zone is what is looked for. */
async function described(services: Services, input: string, o: AddOptions): Promise<Domain> {
  try {
    return await describe(services, input, withoutSecrets(o))
  } catch (error) {
    if (!(error instanceof DomainctlError) || error.kind !== 'not-ready') throw error
    return await describe(services, input, { ...withoutSecrets(o), provider: BY_HAND })
  }
}

/** A token or a target that is made by chance now is nobody's: records with them would never be right. */
function withoutSecrets({ delegate: _, ...o }: AddOptions): AddOptions {
  return { ...o, ownership: 'none' }
}

/** Names whose challenges are followed at a time. */
const NAMES_AT_A_TIME = 16

/** For each name whether its challenge can be written where it leads; what several have in common is told once. */
async function lookAtProviders(services: Services, domain: Domain, signal: AbortSignal): Promise<Check[]> {
  // Its challenges are answered over HTTP, and nothing is written.
  if (domain.challenge === 'http-01') return []
  const bases = new Set(domain.names.map(({ name }) => baseOf(name)))
  const looked = await inParallel(bases, NAMES_AT_A_TIME, (base) => lookAtProvider(services, domain, base, signal))
  return [...new Map(looked.flat().map((check) => [check.explanation, check])).values()]
}

/**
 * A zone in an account proves nothing, since anybody can make one (L3): what is written into a zone that is not the one
 * which the parent delegates is never seen.
 */
async function lookAtProvider(services: Services, domain: Domain, base: string, signal: AbortSignal): Promise<Check[]> {
  const dns = await services.dns()
  const now = services.runtime.clock.now()
  const subject = { purpose: 'zone' as const, record: { type: 'NS' as const, name: base, expected: [] } }
  let provider = providerFor(services, challengeName(base)) ?? domain.provider
  try {
    const name = await dns.followCname(challengeName(base), { signal })
    // The zone at the end of the CNAMEs decides who writes, as it does when a certificate is ordered.
    provider = providerFor(services, name) ?? domain.provider
    if (isByHand(services, provider)) return []
    const [{ apex }, holder] = await Promise.all([
      dns.zoneOf(name, { signal }),
      holderOrNull(services, name, { provider: domain.provider, signal }),
    ])
    const zone = holder?.zone
    if (zone?.name === apex) return []
    provider = holder?.provider ?? provider
    const has = zone ? `has the zone ${zone.name}` : 'has no zone'
    const led = name === challengeName(base) ? '' : `, to which ${challengeName(base)} leads`
    const explanation = `The provider ${provider} ${has} for ${plainName(name)}${led}, but the DNS delegates ${apex}: what is written there is not seen. Choose the provider that serves ${apex}, or have it delegated to this one.`
    return [
      toCheck(subject, { state: 'wrong', problem: 'PROVIDER_ZONE_NOT_FOUND', explanation, actor: 'operator' }, { seen: [], now }),
    ]
  } catch (error) {
    if (!(error instanceof DomainctlError)) throw error
    // What the DNS lacks is among the checks already.
    if (error.kind === 'not-ready') return []
    if (provider === BY_HAND) return []
    const asked = error.code === 'PROVIDER_ZONE_NOT_FOUND' ? '' : `The provider ${provider} could not be asked for its zone: `
    const explanation = `${asked}${error.message} ${error.hint}`
    const actor = error.actor === 'provider' ? 'provider' : 'operator'
    return [toCheck(subject, { state: 'unknown', problem: error.code, explanation, actor }, { seen: [], now })]
  }
}

/** Who would write there when a certificate is ordered; null when nobody has the zone. */
async function holderOrNull(
  services: Services,
  name: string,
  o: { provider: string; signal: AbortSignal },
): Promise<ZoneHolder | null> {
  try {
    return await zoneFor(services, name, { ...o, report: () => undefined })
  } catch (error) {
    // With another failure behind it: one that may have the zone could not be asked.
    if (error instanceof DomainctlError && error.code === 'PROVIDER_ZONE_NOT_FOUND' && !(error.cause instanceof DomainctlError))
      return null
    throw error
  }
}
