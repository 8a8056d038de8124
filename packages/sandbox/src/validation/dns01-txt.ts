import type { TxtData } from 'dns-packet'
import { AcmeProblem } from '../acme/problem.ts'
import { quoted } from './dns01-printable.ts'
import { followAliases } from './lookup-alias.ts'
import { LookupFailure } from './lookup-question.ts'
import type { Lookup } from './stub-client.ts'

/**
 * Checks at one server that a TXT record at `_acme-challenge.<name>` holds the digest (RFC 8555 §8.4); others may be there
 * too. As with Let's Encrypt, a name that does not exist is a failed lookup, and one without the value is unauthorized.
 * @throws AcmeProblem `unauthorized`; LookupFailure; the signal's reason
 */
export async function checkTxt(
  lookup: Lookup,
  { server, name, digest }: { server: string; name: string; digest: string },
  signal: AbortSignal,
): Promise<void> {
  const question = { server, name: `_acme-challenge.${name}`, type: 'TXT' } as const
  const { rcode, path, records } = await followAliases(lookup, question, signal)
  const where = `${path.join(' → ')} (seen at ${server})`
  if (rcode === 'NXDOMAIN') throw new LookupFailure({ ...question, name: path.join(' → ') }, rcode)

  const values = records.flatMap((record) => (record.type === 'TXT' ? [textOf(record.data)] : []))
  if (values.includes(digest)) return
  const [first] = values
  if (first === undefined) throw new AcmeProblem('unauthorized', 403, `No TXT record found at ${where}`)
  const more = values.length > 1 ? ` (and ${values.length - 1} more)` : ''
  throw new AcmeProblem('unauthorized', 403, `Incorrect TXT record ${quoted(first)}${more} found at ${where}`)
}

/** The strings of a record are one value (RFC 7208 §3.3 has it so, and CAs do it); each character is one octet. */
function textOf(data: TxtData): string {
  return [data]
    .flat()
    .map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
    .join('')
}
