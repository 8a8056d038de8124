import { keptFor } from './caches.ts'
import type { Finding } from './finding.ts'
import { andMore, duration, plainName } from './sentence.ts'
import type { DelegatedZone, ResolverView, ServerView } from './zone-view.ts'

/**
 * What resolvers make of a zone whose servers are known. One that does not validate shows broken signatures as they are,
 * so that nothing follows from its answer.
 */
export function judgeResolvers(
  zone: DelegatedZone,
  servers: readonly ServerView[],
  resolvers: readonly ResolverView[],
): Finding[] {
  const apex = plainName(zone.apex)
  const findings: Finding[] = []
  const bogus = resolvers.filter(isBogus)
  if (bogus.length > 0) {
    findings.push({
      state: 'wrong',
      problem: 'DNSSEC_BOGUS',
      explanation: `${namesOf(bogus)} refuses the zone ${apex} (${bogus[0]?.rcode}), and answers when told not to check DNSSEC. So the signatures of the zone do not fit its DS record at the registrar, mostly after a move to another DNS provider. Every CA checks them and fails. Remove the DS record at the registrar; or have the DNS provider sign the zone again, and enter the DS record that it gives.`,
      actor: 'customer',
    })
  }
  // What fails where the zone's own servers fail as well is no fault of the resolver.
  const usable = servers.filter(({ outcome }) => outcome === 'answer')
  if (usable.length === 0) return findings
  const failing = resolvers.filter((view) => view.outcome !== 'answer' && !isBogus(view))
  if (failing.length > 0) {
    const said = andMore(failing.map(({ resolver, rcode }) => `${resolver}: ${rcode}`))
    const explanation = `A resolver gives no answer about ${apex}, although the zone's own servers do (${said}). The zone is not at fault. Check that resolver, or name another one with --resolver.`
    findings.push({ state: 'ok', problem: 'RESOLVER_FAILS', explanation, actor: 'operator' })
  }
  return [...findings, ...judgeView(zone, usable, resolvers)]
}

/** RFC 4035 §3.2.2: a validating resolver answers SERVFAIL for what does not validate, unless CD is set. */
function isBogus({ outcome, rcode, unchecked }: ResolverView): boolean {
  return outcome === 'error' && rcode === 'SERVFAIL' && unchecked?.outcome === 'answer' && unchecked.rcode === 'NOERROR'
}

/** Whether resolvers see this zone, or another one of the same name, or none. */
function judgeView(zone: DelegatedZone, usable: readonly ServerView[], resolvers: readonly ResolverView[]): Finding[] {
  const apex = plainName(zone.apex)
  const findings: Finding[] = []
  const blank = resolvers.filter(({ outcome, rcode }) => outcome === 'answer' && rcode === 'NXDOMAIN')
  if (blank.length > 0) {
    const waitSeconds = Math.max(...blank.map(({ negativeTtl }) => keptFor(negativeTtl)))
    findings.push({
      state: 'ok',
      problem: 'CACHE_NEGATIVE',
      explanation: `The servers of ${apex} answer, but ${namesOf(blank)} still says that there is no such name. Resolvers keep that from before the zone was there, here for up to ${duration(waitSeconds)}. Wait that long; nothing else has to be done.`,
      action: 'wait',
      actor: 'operator',
      waitSeconds,
    })
  }
  // Where the resolver is all that is known of the zone, its own word cannot differ.
  if (zone.source !== 'parent') return findings
  const primaries = new Set(usable.flatMap(({ primary }) => primary?.toLowerCase() ?? []))
  const others = resolvers.filter(
    ({ outcome, primary }) => outcome === 'answer' && primary !== undefined && !primaries.has(primary.toLowerCase()),
  )
  if (primaries.size === 0 || others.length === 0) return findings
  const shown = others.map(
    ({ resolver, primary = '', ttl }) =>
      `${resolver} shows the zone of ${plainName(primary)}, for up to ${duration(keptFor(ttl))}`,
  )
  const explanation = `${andMore(shown)}; the public servers of ${apex} are those of ${andMore([...primaries].map(plainName))}. Either this network has a zone of its own with this name, or the domain has moved and the resolver keeps the old one for a while. CAs see the public one, and so do these checks. To see with their eyes, name a public resolver with --resolver.`
  return [...findings, { state: 'ok', problem: 'SPLIT_HORIZON', explanation, actor: 'operator' }]
}

function namesOf(resolvers: readonly ResolverView[]): string {
  return `The resolver ${andMore(resolvers.map(({ resolver }) => resolver))}`
}
