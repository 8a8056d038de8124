import { z } from 'zod'
import { defineProvider } from '../../manifest.ts'
import { isSafeUrl } from '../../safe-url.ts'
import { cloudflareProvider } from './adapter.ts'

/** Options of {@link import('./index.ts').createCloudflare}, as the configuration has them. */
export interface CloudflareOptions {
  /** An API token with the permissions Zone:Read and DNS:Edit. */
  apiToken: string
  /** Id of the one zone to write to; when absent the zones that the token sees are looked through. */
  zoneId?: string
  /** Id of the account whose zones alone are looked through. */
  accountId?: string
  /** Where the API is; `https://api.cloudflare.com/client/v4` when absent. */
  baseUrl?: string
}

const API = 'https://api.cloudflare.com/client/v4'

/** Longest wait for one answer. */
const TIMEOUT_MS = 30_000

const missing = (input: { input?: unknown }): string => (input.input === undefined ? 'is missing' : 'has to be text')

const id = z
  .string({ error: missing })
  .transform((text) => text.trim().toLowerCase())
  .refine((text) => /^[0-9a-f]{32}$/.test(text), { error: 'has to be 32 hexadecimal digits' })
  .optional()

const schema = z.strictObject({
  // What a header cannot hold would come back in the message of fetch, token and all.
  apiToken: z
    .string({ error: missing })
    .transform((text) => text.trim())
    .refine((text) => /^[!-~]+$/.test(text), { error: 'has to be an API token: ASCII without spaces' }),
  zoneId: id,
  accountId: id,
  baseUrl: z
    .string({ error: missing })
    .refine(isSafeUrl, { error: 'has to be an https:// URL (http:// on loopback alone), without user, query and fragment' })
    .transform((text) => text.replace(/\/+$/, ''))
    .default(API),
})

export const manifest = defineProvider({
  name: 'cloudflare',
  title: 'Cloudflare',
  help:
    'Writes records by the Cloudflare API, with an API token: in the dashboard under My Profile, API Tokens, take the template ' +
    '"Edit zone DNS", which has the permission DNS:Edit, add Zone:Read to it, and choose the zones. The global API key is not ' +
    'taken. What is written is not proxied (the grey cloud); a proxied record that is replaced is taken out of the proxy, and is ' +
    'in it again when it is put back. ' +
    'All tokens of a user share a limit of 1200 calls in 5 minutes, and domainctl stays below it.',
  schema,
  options: {
    apiToken: {
      env: 'CLOUDFLARE_API_TOKEN',
      aliases: ['CLOUDFLARE_DNS_API_TOKEN', 'CF_DNS_API_TOKEN', 'CF_API_TOKEN', 'CF_Token'],
      secret: true,
      help: 'API token with the permissions Zone:Read and DNS:Edit for the zones.',
      example: 'the-token-from-the-dashboard',
    },
    zoneId: {
      env: 'CLOUDFLARE_ZONE_ID',
      aliases: ['CF_ZONE_ID', 'CF_Zone_ID'],
      help: 'Id of the zone to write to, when it shall not be looked for: two accounts may have a zone of one name.',
      example: '023e105f4ecef8ad9ca31a8372d0c353',
    },
    accountId: {
      env: 'CLOUDFLARE_ACCOUNT_ID',
      aliases: ['CF_ACCOUNT_ID', 'CF_Account_ID'],
      help: 'Id of the account, when the token sees several and only the zones of this one are meant.',
      example: '372e67954025e0ba6aaa6d586b9e0b59',
    },
    baseUrl: {
      env: 'CLOUDFLARE_BASE_URL',
      help: 'Where the API is, for a sandbox or a gateway of your own.',
      example: 'http://127.0.0.1:8080/client/v4',
    },
  },
  setUpBy: ['CLOUDFLARE_API_TOKEN'],
  create: ({ apiToken, zoneId, accountId, baseUrl }, runtime) =>
    cloudflareProvider(
      {
        apiToken,
        baseUrl,
        timeoutMs: TIMEOUT_MS,
        ...(zoneId !== undefined && { zoneId }),
        ...(accountId !== undefined && { accountId }),
      },
      runtime,
    ),
})
