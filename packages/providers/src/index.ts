export { answerText } from './calls/answer-text.ts'
export { type InTurn, inTurn } from './calls/in-turn.ts'
export { createExecTarget, type ExecTargetOptions } from './deploy/exec/index.ts'
export { createFilesTarget, type FilesTargetOptions } from './deploy/files/index.ts'
export { createHaproxyTarget, type HaproxyTargetOptions } from './deploy/haproxy/index.ts'
export { createNginxTarget, type NginxTargetOptions } from './deploy/nginx/index.ts'
export { createTraefikTarget, type TraefikTargetOptions } from './deploy/traefik/index.ts'
export { createWebhookTarget, type WebhookTargetOptions } from './deploy/webhook/index.ts'
export { type CloudflareOptions, createCloudflare } from './dns/cloudflare/index.ts'
export { createGodaddy, type GodaddyOptions } from './dns/godaddy/index.ts'
export { createManual } from './dns/manual/index.ts'
export { createRfc2136, type Rfc2136Options } from './dns/rfc2136/index.ts'
export type { TsigAlgorithm } from './dns/rfc2136/tsig.ts'
export { type AwsCredentials, createRoute53, type Route53Options } from './dns/route53/index.ts'
export {
  defineProvider,
  type ProviderManifest,
  type ProviderOption,
  type ProviderRuntime,
  type RegisteredOption,
  type RegisteredProvider,
} from './manifest.ts'
export { type NotifierName, notifiers } from './notifiers.gen.ts'
export { defineNotifier, type NotifierManifest, type NotifierRuntime, type RegisteredNotifier } from './notify/manifest.ts'
export { createSlackNotifier, type SlackNotifierOptions } from './notify/slack/index.ts'
export { createSmtpNotifier, type SmtpNotifierOptions } from './notify/smtp/index.ts'
export { createTeamsNotifier, type TeamsNotifierOptions } from './notify/teams/index.ts'
export { createWebhookNotifier, type WebhookNotifierOptions } from './notify/webhook/index.ts'
export type { Reach } from './posts/reach.ts'
export { type ProviderName, providers } from './registry.gen.ts'
export { isSafeUrl } from './safe-url.ts'
export {
  defineTarget,
  type RegisteredTarget,
  type TargetManifest,
  type TargetOption,
  type TargetRuntime,
} from './target-manifest.ts'
export { type TargetName, targets } from './target-registry.gen.ts'
export { type Cutter, withoutSecrets } from './without-secrets.ts'
