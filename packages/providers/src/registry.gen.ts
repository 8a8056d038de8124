// Made by scripts/generate-registry.ts from the manifests: `npm run gen` writes it anew.
import type { RegisteredProvider } from './manifest.ts'

/** All providers by name. Nothing of a provider is loaded before `load` is called. */
export const providers = {
  cloudflare: {
    title: 'Cloudflare',
    options: {
      apiToken: { env: 'CLOUDFLARE_API_TOKEN', aliases: ['CLOUDFLARE_DNS_API_TOKEN', 'CF_DNS_API_TOKEN', 'CF_API_TOKEN', 'CF_Token'], secret: true, required: true },
      zoneId: { env: 'CLOUDFLARE_ZONE_ID', aliases: ['CF_ZONE_ID', 'CF_Zone_ID'], secret: false, required: false },
      accountId: { env: 'CLOUDFLARE_ACCOUNT_ID', aliases: ['CF_ACCOUNT_ID', 'CF_Account_ID'], secret: false, required: false },
      baseUrl: { env: 'CLOUDFLARE_BASE_URL', secret: false, required: false },
    },
    setUpBy: ['CLOUDFLARE_API_TOKEN'],
    load: () => import('./dns/cloudflare/index.ts'),
  },
  godaddy: {
    title: 'GoDaddy',
    options: {
      apiKey: { env: 'GODADDY_API_KEY', aliases: ['GD_Key'], secret: true, required: true },
      apiSecret: { env: 'GODADDY_API_SECRET', aliases: ['GD_Secret'], secret: true, required: true },
      zone: { env: 'GODADDY_ZONE', secret: false, required: false },
      baseUrl: { env: 'GODADDY_BASE_URL', secret: false, required: false },
    },
    setUpBy: ['GODADDY_API_KEY', 'GODADDY_API_SECRET'],
    load: () => import('./dns/godaddy/index.ts'),
  },
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
  route53: {
    title: 'Amazon Route 53',
    options: {
      hostedZoneId: { env: 'AWS_HOSTED_ZONE_ID', aliases: ['ROUTE53_HOSTED_ZONE_ID'], secret: false, required: false },
      region: { env: 'AWS_REGION', secret: false, required: false },
      endpoint: { env: 'AWS_ENDPOINT_URL_ROUTE_53', secret: false, required: false },
      profile: { env: 'AWS_PROFILE', secret: false, required: false },
    },
    setUpBy: ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_HOSTED_ZONE_ID', 'AWS_ENDPOINT_URL_ROUTE_53'],
    load: () => import('./dns/route53/index.ts'),
  },
} as const satisfies Readonly<Record<string, RegisteredProvider>>

/** Name of a provider that domainctl comes with. */
export type ProviderName = keyof typeof providers
