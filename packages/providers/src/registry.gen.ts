// Made by scripts/generate-registry.ts from the manifests: `npm run gen` writes it anew.
import type { RegisteredProvider } from './manifest.ts'

/** All providers by name. Nothing of a provider is loaded before `load` is called. */
export const providers = {
  manual: {
    title: 'By hand',
    options: {},
    load: () => import('./dns/manual/index.ts'),
  },
  rfc2136: {
    title: 'RFC 2136 (BIND, Knot DNS, PowerDNS)',
    options: {
      nameserver: { env: 'RFC2136_NAMESERVER', secret: false, required: true },
      tsigKey: { env: 'RFC2136_TSIG_KEY', secret: false, required: true },
      tsigSecret: { env: 'RFC2136_TSIG_SECRET', secret: true, required: true },
      tsigAlgorithm: { env: 'RFC2136_TSIG_ALGORITHM', secret: false, required: false },
      zone: { env: 'RFC2136_ZONE', secret: false, required: false },
      timeoutMs: { env: 'RFC2136_TIMEOUT_MS', secret: false, required: false },
    },
    load: () => import('./dns/rfc2136/index.ts'),
  },
} as const satisfies Readonly<Record<string, RegisteredProvider>>

/** Name of a provider that domainctl comes with. */
export type ProviderName = keyof typeof providers
