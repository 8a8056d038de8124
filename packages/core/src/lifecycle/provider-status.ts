import type { ProviderAccess } from '../contracts/dns-provider.ts'
import type { ProviderStatus } from '../contracts/standing.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { toDomainctlError } from '../errors.ts'
import { answerWithin } from './provider-answer.ts'
import { type Services, signalOf } from './services.ts'

/** How long each provider has to tell what its credential may do, in ms. All are asked at once. */
const PATIENCE = 15_000

/** A credential that ends this soon, in ms, has to be seen to. */
const ENDS_SOON = 14 * 86_400_000

/** Every configured provider with what its credential may do, in the order of the configuration. */
export async function providerStatuses(services: Services, o: VerbOptions): Promise<ProviderStatus[]> {
  const signal = signalOf(o)
  const statuses = await Promise.all(services.providerNames.map(async (name) => statusOf(services, name, signal)))
  // What an abort makes of the answers says nothing of the providers.
  signal.throwIfAborted()
  return statuses
}

async function statusOf(services: Services, name: string, signal: AbortSignal): Promise<ProviderStatus> {
  const status = { name, configuredZones: zonesGivenTo(services, name), isDefault: services.settings.provider === name }
  try {
    const access = await accessOf(services, name, signal)
    return access ? { ...status, access } : status
  } catch (thrown) {
    return { ...status, error: toDomainctlError(thrown, signal) }
  }
}

/** Zones that the configuration gives to a provider, in the order of their names. */
export function zonesGivenTo({ settings }: Pick<Services, 'settings'>, provider: string): string[] {
  return Object.entries(settings.zones)
    .flatMap(([zone, name]) => (name === provider ? [zone] : []))
    .sort()
}

/**
 * What a provider tells of its credential; undefined of one that cannot tell.
 * @throws what the provider throws
 */
export async function accessOf(services: Services, name: string, signal: AbortSignal): Promise<ProviderAccess | undefined> {
  const provider = services.provider(name)
  const access = await answerWithin(services, name, PATIENCE, signal, async (own) => provider.access?.({ signal: own }))
  // One that is opened by its first call shows only then that it cannot.
  if (!access || !provider.access) return undefined
  return { ...access, warnings: [...access.warnings, ...endingSoon(access, services.runtime.clock.now())] }
}

function endingSoon({ expiresAt }: ProviderAccess, now: Date): string[] {
  if (!expiresAt || expiresAt.getTime() - now.getTime() > ENDS_SOON) return []
  return [`The credential ends at ${expiresAt.toISOString()}: make another one before.`]
}
