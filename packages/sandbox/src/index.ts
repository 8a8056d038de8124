// The library's front door. Nothing inside imports it.

export type { CertificateAuthority } from './acme/certificate-authority.ts'
export type { RenewalWindow } from './acme/resources.ts'
export {
  type ActiveFault,
  type CaSettings,
  type ExternalAccountKey,
  type Fault,
  LETS_ENCRYPT_LIMITS,
  type ProblemAnswer,
  type Profile,
  type RateLimit,
  type RateLimits,
  type Resource,
} from './acme/settings.ts'
export type {
  CloudflareApi,
  CloudflareCredentials,
  CloudflareOperation,
  CloudflareScope,
} from './apis/cloudflare/cloudflare-api.ts'
export type { CloudflareFaultAnswers } from './apis/cloudflare/refusal.ts'
export type { ActiveApiFault, ApiFault, WrittenAnswer } from './apis/faults.ts'
export type { GoDaddyApi, GoDaddyCredentials, GoDaddyOperation, GoDaddyPolicy } from './apis/godaddy/godaddy-api.ts'
export type { GoDaddyFaultAnswers } from './apis/godaddy/refusal.ts'
export type { ProviderApi } from './apis/provider-api.ts'
export type { Route53FaultAnswers } from './apis/route53/refusal.ts'
export type { Route53Api, Route53Credentials, Route53Operation, Route53Policy } from './apis/route53/route53-api.ts'
export type { ApiPorts, Apis } from './apis/start-apis.ts'
export type { NameServers, SandboxRecord, TsigKey } from './dns/name-servers.ts'
export { type Handshake, handshake } from './https/handshake.ts'
export type { HttpsServer } from './https/https-server.ts'
export type { SandboxRuntime } from './runtime.ts'
export type { Sandbox, SandboxOptions } from './sandbox.ts'
export { startSandbox } from './start.ts'
