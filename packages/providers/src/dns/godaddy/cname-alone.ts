import { DomainctlError, inParallel, type RRset } from '@domainctl/core'
import type { GodaddyApi } from './client.ts'
import { shownTo } from './shown-records.ts'
import type { ApiType, SetKey } from './types.ts'
import { plainValue } from './values.ts'

/** All that the API shows, and that cannot stand beside a CNAME (RFC 1034 §3.6.2). */
const BESIDE_CNAME: readonly ApiType[] = ['A', 'AAAA', 'MX', 'NS', 'SRV', 'TXT']

/** Reads at a time. */
const READERS = 3

/**
 * A CNAME stands alone (RFC 1034 §3.6.2). Where nothing can be read, the API has the last word.
 *
 * @throws `PROVIDER_CONFLICT` when it would not
 */
export async function keepApart(api: GodaddyApi, key: SetKey, { name, type }: RRset, signal: AbortSignal): Promise<void> {
  if (type !== 'CNAME') {
    // The apex cannot have one: it has NS records.
    const cname = key.name === '@' ? null : await shownTo(api, { ...key, type: 'CNAME' }, signal)
    const target = cname?.[0]
    if (target === undefined) return
    throw new DomainctlError(
      'PROVIDER_CONFLICT',
      `${name} is a CNAME to ${plainValue('CNAME', target.data, key.domain)}, and no ${type} record can stand beside a CNAME (RFC 1034 §3.6.2).`,
      { hint: `Remove the CNAME record of ${name}, or make the ${type} record at its target.` },
    )
  }
  const found = await inParallel(BESIDE_CNAME, READERS, async (other) => {
    const records = await shownTo(api, { ...key, type: other }, signal)
    return records !== null && records.length > 0 ? [other] : []
  })
  if (found.flat().length === 0) return
  throw new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} has records (${found.flat().join(', ')}), and no CNAME can stand beside other records (RFC 1034 §3.6.2).`,
    { hint: `Remove the other records of ${name}, or use A and AAAA records instead of the CNAME.` },
  )
}

/** The error for a second CNAME. */
export function cnameInTheWay({ name }: RRset, targets: readonly string[]): DomainctlError {
  return new DomainctlError('PROVIDER_CONFLICT', `${name} is a CNAME to ${targets.join(', ')} already.`, {
    hint: `Change or remove the CNAME record of ${name}.`,
  })
}
