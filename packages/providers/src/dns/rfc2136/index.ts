import { type DnsProvider, systemClock, systemRandom } from '@domainctl/core'
import type { ProviderRuntime } from '../../manifest.ts'
import { manifest, type Rfc2136Options } from './manifest.ts'

export { manifest, type Rfc2136Options }

/**
 * A provider for name servers that take dynamic updates (RFC 2136) signed with TSIG (RFC 8945): BIND, Knot, PowerDNS.
 * `runtime` is the machine's own when not given; its clock has to be near the real time, since the server compares it with
 * its own.
 *
 * @throws `CONFIG_INVALID` that names each option that is missing or wrong, and never its value.
 */
export function createRfc2136(
  options: Rfc2136Options,
  runtime: ProviderRuntime = { clock: systemClock(), random: systemRandom() },
): DnsProvider {
  return manifest.create({ ...options }, runtime)
}
