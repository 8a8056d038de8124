import type { AddOptions } from '../contracts/verb-options.ts'
import type { ChallengeType, Domain } from '../domain/model.ts'
import type { ParsedName } from '../domain/parse-name.ts'
import { findHolder } from './provider-choice.ts'
import { BY_HAND, isByHand, providerFor, type Services, signalOf } from './services.ts'

/** Who writes the records of a domain. */
export interface DomainProvider {
  provider: string
  /** It was named for this domain, or it serves the zone: then the zone counts as the operator's own (requirements L3). */
  isOwnZone: boolean
}

/**
 * Who is named by the options or the configuration; else who serves the zone of the name, or the one that its challenges are
 * delegated into; else nobody, which is by hand, then for all names of the domain but those in `zones` of the configuration:
 * later nobody knows whether by hand was chosen or found. A domain that is there keeps its provider: who serves a zone is
 * asked but once.
 * @throws `PROVIDER_UNKNOWN`, `PROVIDER_AMBIGUOUS`, `DNS_UNREACHABLE`, and what the providers throw
 */
export async function chooseProvider(
  services: Services,
  { name, base }: Pick<ParsedName, 'name' | 'base'>,
  o: AddOptions,
  { delegateZone, there, challenge }: { delegateZone: string | undefined; there: Domain | undefined; challenge: ChallengeType },
): Promise<DomainProvider> {
  const named = o.provider ?? providerFor(services, base) ?? services.settings.provider
  if (named !== undefined) {
    services.provider(named)
    return { provider: named, isOwnZone: challenge === 'http-01' || !isByHand(services, named) || o.provider !== undefined }
  }
  // Over HTTP no record is written for the challenge, which is the proof (requirements L3): nobody has to be asked for the zone.
  if (challenge === 'http-01') return { provider: there?.provider ?? BY_HAND, isOwnZone: true }
  if (there) return kept(there)
  const asking = { signal: signalOf(o), report: (message: string) => o.onProgress?.({ name, message }) }
  const own = await findHolder(services, base, asking)
  if (own) return { provider: own.provider, isOwnZone: true }
  const delegated = delegateZone === undefined ? null : await findHolder(services, delegateZone, asking)
  const { provider } = delegated ?? { provider: BY_HAND }
  services.provider(provider)
  return { provider, isOwnZone: false }
}

function kept({ provider, delegateZone, names }: Domain): DomainProvider {
  const byDelegation = delegateZone !== undefined && names.some(({ ownership }) => ownership)
  return { provider, isOwnZone: provider !== BY_HAND && !byDelegation }
}
