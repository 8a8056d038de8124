import { AcmeProblem } from '../acme/problem.ts'
import { followAliases } from './lookup-alias.ts'
import { LookupFailure } from './lookup-question.ts'
import type { Lookup } from './stub-client.ts'

/** Where a web server may be. */
export interface Addresses {
  readonly v6: readonly string[]
  readonly v4: readonly string[]
}

/**
 * The addresses that a name has at one server. One of the two types may fail as long as the other has some.
 * @throws LookupFailure; AcmeProblem `dns` when there are none; the signal's reason
 */
export async function addressesOf(
  lookup: Lookup,
  { server, name }: { server: string; name: string },
  signal: AbortSignal,
): Promise<Addresses> {
  const addresses = async (type: 'A' | 'AAAA') => {
    const { rcode, path, records } = await followAliases(lookup, { server, name, type }, signal)
    if (rcode === 'NXDOMAIN') throw new LookupFailure({ server, name: path.join(' → '), type }, rcode)
    return records.flatMap((record) => (record.type === type ? [record.data] : []))
  }
  const [v4, v6] = await Promise.allSettled([addresses('A'), addresses('AAAA')])
  signal.throwIfAborted()
  const found = { v6: v6.status === 'fulfilled' ? v6.value : [], v4: v4.status === 'fulfilled' ? v4.value : [] }
  if (found.v6.length > 0 || found.v4.length > 0) return found
  if (v4.status === 'rejected') throw v4.reason
  if (v6.status === 'rejected') throw v6.reason
  throw new AcmeProblem('dns', 400, `DNS problem: no A and no AAAA record found for ${name} (seen at ${server})`)
}
