import { z } from 'zod'
import { defineProvider } from '../../manifest.ts'
import { isSafeUrl } from '../../safe-url.ts'
import { godaddyProvider } from './adapter.ts'
import { canonicalName } from './values.ts'

/** Options of {@link import('./index.ts').createGodaddy}, as the configuration has them. */
export interface GodaddyOptions {
  /** The key of a production key of the account. */
  apiKey: string
  /** The secret that was shown with the key. */
  apiSecret: string
  /** The one domain to write to; when absent the domains of the account are looked through. */
  zone?: string
  /** Where the API is; `https://api.godaddy.com` when absent. */
  baseUrl?: string
}

const API = 'https://api.godaddy.com'

/** Longest wait for one answer. */
const TIMEOUT_MS = 30_000

const missing = (input: { input?: unknown }): string => (input.input === undefined ? 'is missing' : 'has to be text')

// What a header cannot hold would come back in the message of fetch, secret and all. A colon is between the two.
const credential = z
  .string({ error: missing })
  .transform((text) => text.trim())
  .refine((text) => /^[!-9;-~]+$/.test(text), { error: 'has to be ASCII without spaces and colons' })

const schema = z.strictObject({
  apiKey: credential,
  apiSecret: credential,
  zone: z
    .string({ error: missing })
    .transform((text) => canonicalName(text.trim()))
    .refine((name) => /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]$/.test(name), {
      error: 'has to be a domain name in ASCII',
    })
    .optional(),
  baseUrl: z
    .string({ error: missing })
    .refine(isSafeUrl, { error: 'has to be an https:// URL (http:// on loopback alone), without user, query and fragment' })
    .transform((text) => text.replace(/\/+$/, ''))
    .default(API),
})

export const manifest = defineProvider({
  name: 'godaddy',
  title: 'GoDaddy',
  help:
    'Writes records by the GoDaddy API v1, with a production key from developer.godaddy.com/keys. GoDaddy opens that API to ' +
    'accounts with 10 or more domains, or with a Discount Domain Club Premier plan. Some accounts may write records and not read ' +
    'them: set `GODADDY_ZONE` there; records are made, and domainctl refuses to remove them, since GoDaddy removes a value only ' +
    'together with all others of its name. For such accounts, delegate `_acme-challenge` by a CNAME to a zone of another provider. ' +
    'The API has no CAA records, and no TTL below 600 seconds. While domainctl removes a value, nobody else should change records ' +
    'of the same name: the API has no way to notice it. A key has a limit of 60 calls a minute, and domainctl stays below it.',
  schema,
  options: {
    apiKey: {
      env: 'GODADDY_API_KEY',
      aliases: ['GD_Key'],
      secret: true,
      help: 'Key of a production key of the GoDaddy account.',
      example: 'the-key-from-the-developer-portal',
    },
    apiSecret: {
      env: 'GODADDY_API_SECRET',
      aliases: ['GD_Secret'],
      secret: true,
      help: 'Secret that was shown with the key.',
      example: 'the-secret-from-the-developer-portal',
    },
    zone: {
      env: 'GODADDY_ZONE',
      help: 'Domain to write to, when it shall not be looked for: some accounts may not list their domains.',
      example: 'example.com',
    },
    baseUrl: {
      env: 'GODADDY_BASE_URL',
      help: 'Where the API is, for a sandbox, a gateway of your own, or the test environment of GoDaddy.',
      example: 'https://api.ote-godaddy.com',
    },
  },
  setUpBy: ['GODADDY_API_KEY', 'GODADDY_API_SECRET'],
  create: ({ apiKey, apiSecret, zone, baseUrl }, runtime) =>
    godaddyProvider({ apiKey, apiSecret, baseUrl, timeoutMs: TIMEOUT_MS, ...(zone !== undefined && { zone }) }, runtime),
})
