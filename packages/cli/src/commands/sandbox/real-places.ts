import { providers, type RegisteredProvider } from '@domainctl/providers'
import { variablesOf } from '../../config/provider-variables.ts'

/** What an environment has of the registered providers, under whatever name. */
const OF_PROVIDERS: ReadonlySet<string> = new Set(
  Object.values<RegisteredProvider>(providers).flatMap(({ options, setUpBy = [] }) => [
    ...Object.values(options).flatMap(variablesOf),
    ...setUpBy,
  ]),
)

/**
 * What else leads to a real state, real name servers or real accounts: other credentials of the same providers, such as
 * Cloudflare's global key, and what AWS looks at before its access keys. `CF_INSTANCE_…` is Cloud Foundry's, and harmless.
 */
const OTHERS =
  /^(RFC2136_|CLOUDFLARE_|CF_(?!INSTANCE_)|GODADDY_|GD_|ROUTE53_|AWS_(SESSION_TOKEN|ENDPOINT_URL|CONFIG_FILE|SHARED_CREDENTIALS_FILE|ROLE_SESSION_NAME|CONTAINER_AUTHORIZATION_TOKEN(_FILE)?)$|DOMAINCTL_(STATE|ENCRYPTION_KEY|TENANT|EAB_KID|EAB_HMAC_KEY)(_FILE)?$)/

/** The environment for what runs in a sandbox. Choices such as DOMAINCTL_EMAIL stay: they are the pipeline's. */
export function withoutRealPlaces(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OF_PROVIDERS.has(name) && !OTHERS.test(name)))
}
