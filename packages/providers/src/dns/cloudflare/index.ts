import { type DnsProvider, systemClock, systemRandom } from '@domainctl/core'
import type { ProviderRuntime } from '../../manifest.ts'
import { type CloudflareOptions, manifest } from './manifest.ts'

export { type CloudflareOptions, manifest }

/**
 * A provider for zones at Cloudflare, by its API and an API token. `runtime` is the machine's own when not given. Nothing
 * is read from the environment.
 *
 * @throws `CONFIG_INVALID` that names each option that is missing or wrong, and never its value.
 */
export function createCloudflare(
  options: CloudflareOptions,
  runtime: ProviderRuntime = { clock: systemClock(), random: systemRandom() },
): DnsProvider {
  return manifest.create({ ...options }, runtime)
}
