import { type DnsProvider, systemClock, systemRandom } from '@domainctl/core'
import type { ProviderRuntime } from '../../manifest.ts'
import { manifest, manifestWith, type Route53Options } from './manifest.ts'
import type { AwsCredentials } from './types.ts'

export { type AwsCredentials, manifest, type Route53Options }

/**
 * A provider for public hosted zones at Route 53. Without `credentials` the SDK of AWS looks for them in its usual places, with
 * the first call. `runtime` is the machine's own when not given.
 *
 * @throws `CONFIG_INVALID` that names each option that is wrong, and never its value.
 */
export function createRoute53(
  { credentials, ...options }: Route53Options & { credentials?: AwsCredentials } = {},
  runtime: ProviderRuntime = { clock: systemClock(), random: systemRandom() },
): DnsProvider {
  return manifestWith(credentials).create(options, runtime)
}
