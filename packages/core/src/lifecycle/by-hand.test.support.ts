import type { DnsProvider } from '../contracts/dns-provider.ts'

/** A provider for tests that ask no provider anything: it only has to be there. */
export const byHand: DnsProvider = {
  capabilities: { minTtl: 0, atomicRRset: true, proxied: false },
  findZone: async () => null,
  getRRset: async () => null,
  addValues: async () => ({ status: 'by-hand' }),
  removeValues: async () => ({ status: 'by-hand' }),
  setRRset: async () => ({ status: 'by-hand' }),
}
