import { onTestFinished } from 'vitest'
import type { DnsProvider } from '../contracts/dns-provider.ts'
import type { Domainctl } from '../contracts/domainctl.ts'
import type { Clock } from '../contracts/runtime.ts'
import type { Store } from '../contracts/store.ts'
import { createDomainctl } from '../create.ts'

/** A provider for tests that ask no provider anything: it only has to be there. */
export const byHand: DnsProvider = {
  capabilities: { minTtl: 0, atomicRRset: true, proxied: false },
  findZone: async () => null,
  getRRset: async () => null,
  addValues: async () => ({ status: 'by-hand' }),
  removeValues: async () => ({ status: 'by-hand' }),
  setRRset: async () => ({ status: 'by-hand' }),
}

/** domainctl on loopback name servers, for a tenant of the state in this folder; records are made by hand. */
export async function openByHand(
  directory: string,
  { resolver, clock, state }: { resolver: { endpoint: string; port: number }; clock: Clock; state?: Store },
  tenant = 'default',
): Promise<Domainctl> {
  const domainctl = await createDomainctl({
    state: state ?? `file:${directory}/state.db`,
    tenant,
    providers: { manual: byHand },
    resolvers: [resolver.endpoint],
    authoritativePort: resolver.port,
    allowPrivate: true,
    runtime: { clock },
  })
  onTestFinished(() => domainctl.close())
  return domainctl
}
