import type { BookedRRset } from '../zone-book.ts'
import { AUTOMATIC, type ZoneRecord } from './zone-record.ts'

const TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT'] as const

/**
 * What is answered in place of proxied records: two addresses of each family
 * (https://developers.cloudflare.com/dns/zone-setups/zone-transfers/cloudflare-as-primary/transfer-criteria), of
 * https://www.cloudflare.com/ips/.
 */
const PROXY = {
  A: ['104.16.132.229', '104.16.133.229'],
  AAAA: ['2606:4700::6810:84e5', '2606:4700::6810:85e5'],
} as const

/** https://developers.cloudflare.com/dns/cname-flattening/cname-flattening-diagram/ */
const PROXY_TTL = 300

/** A chain of CNAME records that is longer leads nowhere. */
const LONGEST_CHAIN = 8

/** An RRset that name servers serve; undefined when there is none. */
export type Lookup = (name: string, type: BookedRRset['type']) => BookedRRset | undefined

/**
 * What name servers answer for a name, by type; those without values are to be gone. The NS records of the apex, which are
 * those of the name servers themselves, are not among them. A CNAME with a target in its own zone is left as it is: Cloudflare
 * answers with addresses there too (https://developers.cloudflare.com/dns/cname-flattening/set-up-cname-flattening), but what
 * it answers to other questions, such as for the TXT of a challenge behind it, is told nowhere.
 * @param records those at the name
 */
export function servedRRsets(name: string, apex: string, records: readonly ZoneRecord[], lookup: Lookup): BookedRRset[] {
  const types = name === apex ? TYPES.filter((type) => type !== 'NS') : TYPES
  return types.map((type) => {
    const isAddress = type === 'A' || type === 'AAAA'
    if (isAddress || type === 'CNAME') {
      const alias = records.find((record) => record.type === 'CNAME')
      // One proxied record is enough: https://developers.cloudflare.com/dns/proxy-status/.
      if (records.some(({ proxied }) => proxied)) {
        return { name, type, ttl: PROXY_TTL, values: isAddress ? PROXY[type] : [] }
      }
      // At the apex a CNAME is always flattened: https://developers.cloudflare.com/dns/cname-flattening/set-up-cname-flattening.
      if (alias && name === apex) return isAddress ? flattened(alias, type, lookup) : { name, type, ttl: 0, values: [] }
    }
    const own = records.filter((record) => record.type === type)
    // One RRset has one TTL (RFC 2181 §5.2).
    const ttl = Math.min(...own.map(ttlOf))
    return { name, type, ttl: own.length === 0 ? 0 : ttl, values: [...new Set(own.map(({ plain }) => plain))] }
  })
}

/** Whether records of a name are answered by something else than what they say. */
export function isReplaced(record: ZoneRecord, apex: string): boolean {
  return record.proxied || (record.type === 'CNAME' && record.name === apex)
}

/** The addresses at the end of a CNAME; its answer is empty when there are none (a "dangling CNAME"). */
function flattened(alias: ZoneRecord, type: 'A' | 'AAAA', lookup: Lookup): BookedRRset {
  let target = alias.plain
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const found = lookup(target, type)
    if (found) return { name: alias.name, type, ttl: Math.min(found.ttl, ttlOf(alias)), values: found.values }
    const next = lookup(target, 'CNAME')?.values[0]
    if (next === undefined) break
    target = next
  }
  return { name: alias.name, type, ttl: 0, values: [] }
}

function ttlOf({ ttl }: ZoneRecord): number {
  return ttl === AUTOMATIC.written ? AUTOMATIC.served : ttl
}
