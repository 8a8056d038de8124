import { onTestFinished } from 'vitest'
import { clock, sevens, started } from '../../dns/client.test.support.ts'
import type { NameServersOptions } from '../../dns/start-name-servers.ts'
import type { GoDaddyCredentials } from './godaddy-api.ts'
import { startGoDaddyApi } from './start-godaddy-api.ts'

/** The first key of a test. */
export const CREDENTIALS = { apiKey: 'aKey', apiSecret: 'aSecret' }

/** What came back: the body as JSON, or text when it is none. */
export interface Answered {
  status: number
  body: unknown
  headers: Headers
}

/** GoDaddy over name servers of a test, whose clock stands still; ended with the test. */
export async function startGoDaddy(options: Partial<NameServersOptions> = {}) {
  const time = clock()
  // Keys are to differ, so that randomness counts.
  let count = 0
  const random = { bytes: (length: number) => sevens.bytes(length).map((octet, at) => octet + at + count++) }
  const runtime = { clock: time, random }
  const dns = await started({ ...options, runtime: { clock: time, random: sevens } })
  const api = await startGoDaddyApi({ book: dns.book, credentials: CREDENTIALS, runtime })
  onTestFinished(() => api.stop())

  /** Sends requests with a key. */
  const as =
    ({ apiKey, apiSecret }: GoDaddyCredentials) =>
    async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> => {
      const answer = await fetch(`${api.url}/v1/domains${path}`, {
        method,
        headers: {
          authorization: `sso-key ${apiKey}:${apiSecret}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type') === 'application/json'
      return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers }
    }
  const request = as(CREDENTIALS)
  const records = '/example.test/records'
  return {
    dns,
    api,
    clock: time,
    as,
    request,
    get: async (place: string) => (await request('GET', `${records}/${place}`)).body,
    patch: (body: unknown) => request('PATCH', records, body),
    put: (place: string, body: unknown) => request('PUT', `${records}/${place}`, body),
    remove: (place: string) => request('DELETE', `${records}/${place}`),
  }
}
