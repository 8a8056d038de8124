// A certificate for a name in a zone of your own, with the environment of the command: node issue.ts example.com
import { readFileSync } from 'node:fs'
import { createDomainctl } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'

const { env, argv } = process
const { RFC2136_NAMESERVER = '', RFC2136_TSIG_KEY = '', RFC2136_TSIG_SECRET = '' } = env
const domainctl = await createDomainctl({
  state: 'file:state.db',
  ca: env.DOMAINCTL_CA ?? 'letsencrypt-staging',
  acceptTerms: true,
  providers: {
    rfc2136: createRfc2136({ nameserver: RFC2136_NAMESERVER, tsigKey: RFC2136_TSIG_KEY, tsigSecret: RFC2136_TSIG_SECRET }),
  },
  // For a lab; on the Internet leave these out.
  ...(env.DOMAINCTL_CA_ROOT && { caRoots: readFileSync(env.DOMAINCTL_CA_ROOT, 'utf8') }),
  ...(env.DOMAINCTL_RESOLVER && { resolvers: [env.DOMAINCTL_RESOLVER] }),
  ...(env.DOMAINCTL_AUTHORITATIVE_PORT && { authoritativePort: Number(env.DOMAINCTL_AUTHORITATIVE_PORT) }),
  allowPrivate: env.DOMAINCTL_ALLOW_PRIVATE === '1',
})
const { certificate } = await domainctl.issue(argv[2] ?? 'example.com', { provider: 'rfc2136' })
console.log(`${certificate.names.join(', ')}: good until ${certificate.notAfter}, renew from ${certificate.renewAt}`)
await domainctl.close()
