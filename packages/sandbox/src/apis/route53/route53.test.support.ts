import { Route53Client, type Route53ClientConfig } from '@aws-sdk/client-route-53'
import { systemClock, systemRandom } from '@domainctl/core'
import { onTestFinished } from 'vitest'
import { started } from '../../dns/client.test.support.ts'
import type { NameServersOptions } from '../../dns/start-name-servers.ts'
import type { SandboxRuntime } from '../../runtime.ts'
import { newRoute53Credentials } from './keys.ts'
import { startRoute53Api } from './start-route53-api.ts'

const system = { clock: systemClock(), random: systemRandom() }

/** Route 53 over name servers of a test, with the real client; ended with the test. */
export async function startRoute53(options: Partial<NameServersOptions> = {}, runtime: SandboxRuntime = system) {
  const dns = await started({ ...options, runtime })
  const api = await startRoute53Api({ book: dns.book, credentials: newRoute53Credentials(runtime), runtime })
  onTestFinished(() => api.stop())
  const connect = (config: Route53ClientConfig = {}) => {
    const client = new Route53Client({ ...api.options, maxAttempts: 1, ...config })
    onTestFinished(() => client.destroy())
    return client
  }
  return { dns, api, connect, client: connect(), zone: api.zoneId('example.test') ?? '' }
}
