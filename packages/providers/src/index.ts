export { answerText } from './calls/answer-text.ts'
export { inTurn } from './calls/in-turn.ts'
export { type CloudflareOptions, createCloudflare } from './dns/cloudflare/index.ts'
export { createGodaddy, type GodaddyOptions } from './dns/godaddy/index.ts'
export { createManual } from './dns/manual/index.ts'
export { createRfc2136, type Rfc2136Options } from './dns/rfc2136/index.ts'
export { type AwsCredentials, createRoute53, type Route53Options } from './dns/route53/index.ts'
export {
  defineProvider,
  type ProviderManifest,
  type ProviderOption,
  type ProviderRuntime,
  type RegisteredOption,
  type RegisteredProvider,
} from './manifest.ts'
export { type ProviderName, providers } from './registry.gen.ts'
export { isSafeUrl } from './safe-url.ts'
export { type Cutter, withoutSecrets } from './without-secrets.ts'
