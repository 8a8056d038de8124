import { type Answer, TYPE } from './message.ts'
import { canonicalName, isWithin } from './name.ts'
import { type Primary, query } from './primary.ts'
import { RCODE, refusal } from './rcode.ts'

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
    if (seen !== undefined) return seen
  }
  return null
}

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
