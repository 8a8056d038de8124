import {
  BaseRecords,
  type RecordBatchParams,
  type RecordCreateParams,
  type RecordListParams,
} from 'cloudflare/resources/dns/records'
import { BaseZones } from 'cloudflare/resources/zones/zones'
import { createClient } from 'cloudflare/tree-shakable'
import type { ApiPage, CloudflareSdk, Fetch } from './types.ts'

// The only file that knows the SDK. scripts/build.ts bundles it with the few parts of the SDK that it uses: whole, the
// SDK is 120 MB on disk and takes 0.4 s to load.

/**
 * Cloudflare's SDK for one token. It sends each request once: its own repeating sleeps by a timer that no signal ends,
 * and for as long as `Retry-After` says.
 *
 * @param settings.timeoutMs longest wait for one answer
 */
export function cloudflareSdk(settings: { apiToken: string; baseUrl: string; timeoutMs: number; fetch: Fetch }): CloudflareSdk {
  const client = createClient({
    resources: [BaseRecords, BaseZones],
    apiToken: settings.apiToken,
    // Not given, these are read from the environment, and sent beside the token: error 6003 or another account.
    apiKey: null,
    apiEmail: null,
    userServiceKey: null,
    baseURL: settings.baseUrl,
    timeout: settings.timeoutMs,
    maxRetries: 0,
    // Otherwise CLOUDFLARE_LOG decides, and writes to the terminal.
    logLevel: 'off',
    fetch: settings.fetch,
  })

  return {
    async listZones({ name, accountId, page, perPage }, signal) {
      const query = { ...(name !== undefined && { name }), ...(accountId !== undefined && { account: { id: accountId } }) }
      return pageOf(await client.zones.list({ ...query, order: 'name', page, per_page: perPage }, { signal }))
    },
    // Neither is among the parts of the SDK that are bundled.
    verifyToken: (accountId, signal) =>
      client.get(accountId === undefined ? '/user/tokens/verify' : `/accounts/${accountId}/tokens/verify`, { signal }),
    getZone: (id, signal) => client.zones.get({ zone_id: id }, { signal }),
    async listRecords(zoneId, { name, type, page, perPage }, signal) {
      const query = { ...(name !== undefined && { name: { exact: name } }), ...(type !== undefined && { type }) }
      const params = { zone_id: zoneId, ...query, page, per_page: perPage } as RecordListParams
      return pageOf(await client.dns.records.list(params, { signal }))
    },
    createRecord: (zoneId, record, signal) =>
      client.dns.records.create({ zone_id: zoneId, ...record } as RecordCreateParams, { signal }),
    deleteRecord: (zoneId, id, signal) => client.dns.records.delete(id, { zone_id: zoneId }, { signal }),
    batch: (zoneId, batch, signal) => client.dns.records.batch({ zone_id: zoneId, ...batch } as RecordBatchParams, { signal }),
  }
}

/** The pages are asked for one by one: the SDK's own way asks until a page is empty, whatever `total_pages` says. */
function pageOf(page: { result: readonly unknown[]; result_info: unknown }): ApiPage {
  const { total_pages: totalPages } = page.result_info as { total_pages?: unknown }
  return { items: page.result, ...(typeof totalPages === 'number' && { totalPages }) }
}
