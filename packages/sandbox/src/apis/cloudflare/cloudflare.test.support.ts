import { systemClock, systemRandom } from '@domainctl/core'
import { BaseRecords } from 'cloudflare/resources/dns/records'
import { BaseTokens } from 'cloudflare/resources/user/tokens/tokens'
import { BaseZones } from 'cloudflare/resources/zones/zones'
import { createClient } from 'cloudflare/tree-shakable'
import { onTestFinished } from 'vitest'
import { started } from '../../dns/client.test.support.ts'
import type { NameServersOptions } from '../../dns/start-name-servers.ts'
import type { SandboxRuntime } from '../../runtime.ts'
import { startCloudflareApi } from './start-cloudflare-api.ts'
import { newCloudflareCredentials } from './tokens.ts'

const system = { clock: systemClock(), random: systemRandom() }

/** Cloudflare over name servers of a test, with the real client; ended with the test. */
export async function startCloudflare(options: Partial<NameServersOptions> = {}, runtime: SandboxRuntime = system) {
  const dns = await started({ ...options, runtime })
  const api = await startCloudflareApi({ book: dns.book, credentials: newCloudflareCredentials(runtime), runtime })
  onTestFinished(() => api.stop())
  const connect = (apiToken: string, keys: { apiKey?: string; apiEmail?: string } = {}) =>
    createClient({
      resources: [BaseRecords, BaseTokens, BaseZones],
      apiToken,
      apiKey: null,
      apiEmail: null,
      userServiceKey: null,
      baseURL: api.options.baseUrl,
      maxRetries: 0,
      logLevel: 'off',
      ...keys,
    })
  /** The API without the SDK, with the first token. */
  const raw = (path: string, init: RequestInit = {}) =>
    fetch(api.options.baseUrl + path, { ...init, headers: { authorization: `Bearer ${api.options.apiToken}`, ...init.headers } })
  const zone_id = api.zoneId('example.test') ?? ''
  return { dns, api, connect, client: connect(api.options.apiToken), raw, zone_id }
}

/** The codes of the errors with which a call was refused, those inside of others after them, behind its status. */
export async function refusalOf(call: Promise<unknown>): Promise<number[]> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error) || !('status' in error) || !('errors' in error)) throw error ?? new Error('It was not refused.')
  type Told = { code: number; error_chain?: Told[] }
  const codes = (errors: Told[]): number[] => errors.flatMap(({ code, error_chain = [] }) => [code, ...codes(error_chain)])
  return [Number(error.status), ...codes(error.errors as Told[])]
}
