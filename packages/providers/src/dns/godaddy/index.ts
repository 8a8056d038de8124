import { type DnsProvider, systemClock, systemRandom } from '@domainctl/core'
import type { ProviderRuntime } from '../../manifest.ts'
import { type GodaddyOptions, manifest } from './manifest.ts'

export { type GodaddyOptions, manifest }

/**
 * A provider for domains with their DNS at GoDaddy, by the API v1 and a key. `runtime` is the machine's own when not given.
 * Nothing is read from the environment.
 *
 * @throws `CONFIG_INVALID` that names each option that is missing or wrong, and never its value.
 */
export function createGodaddy(
  options: GodaddyOptions,
  runtime: ProviderRuntime = { clock: systemClock(), random: systemRandom() },
): DnsProvider {
  return manifest.create({ ...options }, runtime)
}
