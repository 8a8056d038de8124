export { createManual } from './dns/manual/index.ts'
export { createRfc2136, type Rfc2136Options } from './dns/rfc2136/index.ts'
export type { ProviderManifest, ProviderOption, ProviderRuntime, RegisteredProvider } from './manifest.ts'
export { type ProviderName, providers } from './registry.gen.ts'
