import type { Close } from '../opened.ts'
import type { SandboxRuntime } from '../runtime.ts'
import type { CloudflareApi } from './cloudflare/cloudflare-api.ts'
import { startCloudflareApi } from './cloudflare/start-cloudflare-api.ts'
import { newCloudflareCredentials } from './cloudflare/tokens.ts'
import type { GoDaddyApi } from './godaddy/godaddy-api.ts'
import { newGoDaddyCredentials } from './godaddy/keys.ts'
import { startGoDaddyApi } from './godaddy/start-godaddy-api.ts'
import { newRoute53Credentials } from './route53/keys.ts'
import type { Route53Api } from './route53/route53-api.ts'
import { startRoute53Api } from './route53/start-route53-api.ts'
import type { ZoneBook } from './zone-book.ts'

/** The APIs of providers on loopback; what is written by one is there by the others, and in the DNS. */
export interface Apis {
  readonly cloudflare: CloudflareApi
  readonly godaddy: GoDaddyApi
  readonly route53: Route53Api
}

/** The ports of the APIs; free ones when not given. */
export type ApiPorts = Partial<Record<keyof Apis, number>>

/**
 * Starts all of them, with keys of their own.
 * @param defer takes the end of each as soon as it is open
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function startApis(
  { ports = {}, ...shared }: { book: ZoneBook; runtime: SandboxRuntime; ports?: ApiPorts },
  defer: (close: Close) => void,
): Promise<Apis> {
  /** Options of one of them: the book, the runtime, its port. */
  const over = (provider: keyof Apis) => ({ ...shared, ...(ports[provider] !== undefined && { port: ports[provider] }) })
  const opened = <T extends { stop: Close }>(api: T): T => {
    defer(() => api.stop())
    return api
  }
  return {
    cloudflare: opened(
      await startCloudflareApi({ ...over('cloudflare'), credentials: newCloudflareCredentials(shared.runtime) }),
    ),
    godaddy: opened(await startGoDaddyApi({ ...over('godaddy'), credentials: newGoDaddyCredentials(shared.runtime) })),
    route53: opened(await startRoute53Api({ ...over('route53'), credentials: newRoute53Credentials(shared.runtime) })),
  }
}
