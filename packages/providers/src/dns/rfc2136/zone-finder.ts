import { type Answer, TYPE } from './message.ts'
import { canonicalName, isWithin } from './name.ts'
import { type Primary, query } from './primary.ts'
import { RCODE, refusal } from './rcode.ts'
import { isUnknownKey } from './tsig.ts'
import { rrsetIsPresent, updateOf } from './update.ts'

/**
 * The apex of the zone of this server that holds `name`, or null.
 *
 * The server is asked for the SOA of the name, then of each name above it. Most often the first answer decides: a server
 * with authority sends the SOA of its zone along with "no such record" (RFC 2308 §3). It decides too when the server
 * points to others (a name below a delegation is not its own, though it has the zone above).
 *
 * @throws `PROVIDER_UNREACHABLE` when the server has the zone but cannot serve it, and what {@link Primary.ask} throws.
 */
export async function findApex(primary: Primary, name: string, signal: AbortSignal): Promise<string | null> {
  const labels = canonicalName(name).split('.')
  for (let i = 0; i < labels.length; i++) {
    const candidate = labels.slice(i).join('.')
    const answer = await primary.ask(query(candidate, TYPE.SOA), signal)
    const seen = apexIn(answer, candidate, primary)
    // The root is nobody's to write to; a server that has it has it for lookups (RFC 8806).
    if (seen !== undefined) return seen === '' ? null : seen
  }
  return null
}

/**
 * Whether the server takes updates of this zone for the key. Authority alone says nothing of it: a secondary of other people's
 * zones answers with authority as well (RFC 1034 §4.3.5).
 *
 * It is asked by an UPDATE that changes nothing and whose one prerequisite holds in every zone, so that the server comes to the
 * question who may (RFC 2136 §3.3). Where a key may write some names alone (`update-policy` in BIND), that hangs on the records
 * of an UPDATE: there NOERROR says that the zone takes updates, and a record shows whether it takes this one.
 *
 * @throws `PROVIDER_UNREACHABLE` when the server cannot tell now, `PROVIDER_REFUSED` when it does not understand the question, and
 * what {@link Primary.ask} throws.
 */
export async function takesUpdates(primary: Primary, apex: string, signal: AbortSignal): Promise<boolean> {
  const asking = updateOf(apex, [{ prerequisites: [rrsetIsPresent(apex, TYPE.SOA)], updates: [] }])
  const { rcode } = await primary.ask(asking, signal).catch((error: unknown) => {
    // Knot says so of a key that it knows, too, where that may do nothing in the zone; it has just signed the SOA with it.
    if (isUnknownKey(error)) return { rcode: RCODE.NOTAUTH }
    throw error
  })
  if (rcode === RCODE.NOERROR) return true
  if (NOT_FOR_THIS_KEY.has(rcode)) return false
  throw refusal(rcode, `the question whether it takes updates of the zone ${apex}`, primary.label)
}

/** Not the primary of the zone (RFC 2136 §3.1.2), not for this key (§3.3.2), or no updates at all (RFC 1035 §4.1.1). */
const NOT_FOR_THIS_KEY: ReadonlySet<number> = new Set([RCODE.NOTAUTH, RCODE.REFUSED, RCODE.NOTIMP])

/** The apex, null when the name is in nobody's zone here, undefined when a name further up has to be asked for. */
function apexIn(answer: Answer, candidate: string, primary: Primary): string | null | undefined {
  if (answer.rcode === RCODE.REFUSED || answer.rcode === RCODE.NOTAUTH) return undefined
  if (answer.rcode !== RCODE.NOERROR && answer.rcode !== RCODE.NXDOMAIN) {
    throw refusal(answer.rcode, `a query for the zone of ${candidate}`, primary.label)
  }
  const soa = answer.answers.find(({ type, name }) => type === TYPE.SOA && canonicalName(name) === candidate)
  // Without authority this is the cache of a recursive server: the zone exists, and is another server's.
  if (soa !== undefined) return answer.authoritative ? candidate : null
  if (!answer.authoritative) {
    const referral = answer.authorities.some(({ type, name }) => type === TYPE.NS && isWithin(candidate, name))
    return referral ? null : undefined
  }
  // Behind a CNAME, the SOA is of the zone of its target.
  if (answer.answers.length > 0) return undefined
  const negative = answer.authorities.find(({ type, name }) => type === TYPE.SOA && isWithin(candidate, name))
  return negative === undefined ? undefined : canonicalName(negative.name)
}
