import { defineProvider, isSafeUrl } from '@domainctl/providers'
import { z } from 'zod'
import { powerdnsProvider } from './provider.ts'

const missing = ({ input }: { input?: unknown }): string => (input === undefined ? 'is missing' : 'has to be text')

const schema = z.strictObject({
  // The key goes there.
  url: z
    .string({ error: missing })
    .refine(isSafeUrl, { error: 'has to be an https:// URL (http:// on loopback alone), without user, query and fragment' })
    .transform((url) => url.replace(/\/+$/, '')),
  // What a header cannot hold would come back in the message of fetch, key and all.
  apiKey: z.string({ error: missing }).regex(/^[!-~]+$/, { error: 'has to be ASCII without spaces' }),
  server: z
    .string({ error: missing })
    .regex(/^[\w.-]+$/, { error: 'has to be the id of a server' })
    .default('localhost'),
})

/** What domainctl loads by the name of this package. */
export const manifest = defineProvider({
  name: 'powerdns',
  title: 'PowerDNS',
  help:
    'Writes records by the HTTP API of the PowerDNS Authoritative Server (`api=yes`, `webserver=yes` and an `api-key` in its ' +
    'configuration). The key may change all zones of the server, of which those that are copied from elsewhere are left alone.',
  docs: 'https://www.npmjs.com/package/domainctl-provider-powerdns',
  schema,
  options: {
    url: { help: 'Where the web server of PowerDNS is, without /api.', example: 'https://pdns.example.com' },
    apiKey: { secret: true, help: 'The api-key of its configuration.', example: 'env:POWERDNS_API_KEY' },
    server: { help: 'Id of the server, where a proxy has several behind it.', example: 'localhost' },
  },
  create: (options, runtime) => powerdnsProvider(options, runtime),
})
