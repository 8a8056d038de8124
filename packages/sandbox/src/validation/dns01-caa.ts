import type { CaaData } from 'dns-packet'
import { AcmeProblem } from '../acme/problem.ts'
import { type CaaRequest, forbiddenBy } from './caa.ts'
import { type Found, followAliases } from './lookup-alias.ts'
import type { Lookup } from './stub-client.ts'

/**
 * Checks at one server that CAA records allow the issuance. The relevant RRset is the first one on the way from the name
 * up to its top-level domain (RFC 8659 §3); a CNAME on the way is followed, but the climb goes on from the name itself.
 * @param name without `*.`
 * @throws AcmeProblem `caa`; LookupFailure: what cannot be seen may forbid; the signal's reason
 */
export async function checkCaa(
  lookup: Lookup,
  { server, name, request }: { server: string; name: string; request: CaaRequest },
  signal: AbortSignal,
): Promise<void> {
  const labels = name.split('.')
  const names = labels.map((_, level) => labels.slice(level).join('.'))
  // All at once, since most have none up to the top. What is asked for in vain is not looked at, even if it failed.
  const climb = await Promise.allSettled(
    names.map((level) => followAliases(lookup, { server, name: level, type: 'CAA' }, signal)),
  )
  for (const seen of climb) {
    if (seen.status === 'rejected') throw seen.reason
    const found = seen.value
    const records = caaOf(found)
    if (records.length === 0) continue
    const record = forbiddenBy(records, request)
    if (record === undefined) return
    const asked = request.wildcard ? `*.${name}` : name
    throw new AcmeProblem('caa', 403, `CAA at ${found.path.join(' → ')} forbids ${asked}: ${record} (seen at ${server})`)
  }
}

/**
 * A tag that is longer than its record dns-packet reads on beyond it, and then gives the empty string for the value; text
 * that is no UTF-8 becomes U+FFFD, which fits no grammar. The decision takes both for malformed.
 */
function caaOf({ records }: Found): { flags: number; tag: string; value: string }[] {
  const data = records.flatMap((record): CaaData[] => (record.type === 'CAA' ? [record.data] : []))
  return data.map(({ flags = 0, tag, value }) => ({ flags, tag, value }))
}
