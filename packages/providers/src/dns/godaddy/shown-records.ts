import type { RRset } from '@domainctl/core'
import type { GodaddyApi } from './client.ts'
import { ApiFault } from './fault.ts'
import { unreadable } from './refusal.ts'
import type { ApiRecord, SetKey } from './types.ts'

/** The records of a set; null where they are not shown: when there is no such domain, writing will tell. */
export async function shownTo(api: GodaddyApi, key: SetKey, signal: AbortSignal): Promise<ApiRecord[] | null> {
  try {
    return await api.records(key, signal)
  } catch (thrown) {
    if (thrown instanceof ApiFault && thrown.isHidden) return null
    throw thrown
  }
}

/** The records of a set that is to be written as a whole. @throws `PROVIDER_REFUSED` where the account may not read them */
export async function seen(read: () => Promise<ApiRecord[]>, { name, type }: RRset): Promise<ApiRecord[]> {
  try {
    return await read()
  } catch (thrown) {
    throw thrown instanceof ApiFault && thrown.isForbidden ? unreadable(thrown, name, type) : thrown
  }
}
