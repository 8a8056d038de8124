import { describeDnsProvider } from '@domainctl/core/testing'
import { startLoopbackPrimary } from './loopback-primary.test.fixture.ts'
import { providerAt, START } from './subject.test.fixture.ts'

// The same suite runs on BIND and Knot in the lab.
describeDnsProvider('rfc2136 on loopback', async () => {
  const primary = await startLoopbackPrimary({ delegated: 'delegated.example.test', now: () => START })
  return {
    provider: providerAt(primary),
    wrongCredential: () => providerAt(primary, { tsigSecret: 'YW5vdGhlciBzZWNyZXQ=' }),
    zone: 'example.test',
    delegated: 'delegated.example.test',
    lookup: async (name, type) => primary.values(name, type),
    addForeign: async (name, value) => primary.plant(name, 'TXT', value),
    close: () => primary.close(),
  }
})
