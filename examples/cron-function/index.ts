// What the platform calls. Its settings are the function's environment.
import { createRfc2136 } from '@domainctl/providers'
import { createHandler, type Report } from './handler.ts'

export default async function handler(): Promise<Report> {
  const { env } = process
  const { DATABASE_URL = '', DOMAINCTL_ENCRYPTION_KEY = '' } = env
  const { RFC2136_NAMESERVER = '', RFC2136_TSIG_KEY = '', RFC2136_TSIG_SECRET = '' } = env
  return await createHandler({
    mayRunMs: Number(env.MAY_RUN_MS ?? 60_000),
    state: DATABASE_URL,
    encryptionKey: DOMAINCTL_ENCRYPTION_KEY,
    ca: env.DOMAINCTL_CA ?? 'letsencrypt-staging',
    acceptTerms: true,
    who: 'cron-function',
    provider: 'rfc2136',
    providers: {
      rfc2136: createRfc2136({ nameserver: RFC2136_NAMESERVER, tsigKey: RFC2136_TSIG_KEY, tsigSecret: RFC2136_TSIG_SECRET }),
    },
  })()
}
