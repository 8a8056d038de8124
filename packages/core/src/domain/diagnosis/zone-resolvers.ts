import { keptFor } from './caches.ts'
import { explained, type Finding } from './finding.ts'
import { andMore, duration, lowerFirst, plainName } from './sentence.ts'
import { atParent, type DelegatedZone, logInAtParent, type ResolverView, type ServerView } from './zone-view.ts'

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
  const bogus = agreedBogus(resolvers)
  if (bogus.length > 0) {
    findings.push({
      state: 'wrong',
      problem: 'DNSSEC_BOGUS',
      ...explained(
        `${namesOf(bogus, 'refuses', 'refuse')} the zone ${apex} (${bogus[0]?.rcode}), and ${bogus.length === 1 ? 'answers' : 'answer'} when told not to check DNSSEC. So the signatures of the zone do not fit its DS record ${atParent(zone)}, mostly after a move to another DNS provider. Every CA checks them and fails.`,
        [
          `Ask the company that holds the DNS records: "Is DNSSEC on for ${apex}? Please repair its signatures."`,
          `If it is not on there: ${lowerFirst(logInAtParent(zone))}, open the page "DNSSEC", and remove the DS record.`,
        ],
        ' It can take up to two days until everybody has seen the change.',
      ),
      actor: 'customer',
    })
  }
  // What fails where the zone's own servers fail as well is no fault of the resolver.
  const usable = servers.filter(({ outcome }) => outcome === 'answer')
  if (usable.length === 0) return findings
  const failing = resolvers.filter((view) => view.outcome !== 'answer' && !bogus.includes(view))
  if (failing.length > 0) {
    const said = andMore(failing.map(({ resolver, rcode }) => `${resolver}: ${rcode}`))
    const why = `A resolver gives no answer about ${apex}, although the zone's own servers do (${said}). The zone is not at fault.`
    const text = explained(why, ['Check that resolver, or name another one with --resolver.'])
    findings.push({ state: 'ok', problem: 'RESOLVER_FAILS', ...text, actor: 'operator' })
  }
  return [...findings, ...judgeView(zone, usable, resolvers)]
}

/**
 * Those for which the zone is bogus; none where one alone says so and others answer: it may have an old trust anchor, a wrong
 * clock, or a cache that is behind.
 */
function agreedBogus(resolvers: readonly ResolverView[]): ResolverView[] {
  const bogus = resolvers.filter(isBogus)
  return bogus.length > 1 || resolvers.every((view) => view.outcome === 'unreachable' || isBogus(view)) ? bogus : []
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
      explanation: `The servers of ${apex} answer, but ${lowerFirst(namesOf(blank, 'still says', 'still say'))} that there is no such name. Resolvers keep that from before the zone was there, here for up to ${duration(waitSeconds)}. Nothing has to be changed: it passes by itself.`,
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
  const why = `${andMore(shown)}; the public servers of ${apex} are those of ${andMore([...primaries].map(plainName))}. Either this network has a zone of its own with this name, or the domain has moved and the resolver keeps the old one for a while. CAs see the public one, and so do these checks.`
  const text = explained(why, [
    'Nothing has to be changed. To see with the eyes of a CA, name a public resolver with --resolver.',
  ])
  return [...findings, { state: 'ok', problem: 'SPLIT_HORIZON', ...text, actor: 'operator' }]
}

/** The resolvers as those who do something, to begin a sentence with. */
function namesOf(resolvers: readonly ResolverView[], does: string, together: string): string {
  const names = andMore(resolvers.map(({ resolver }) => resolver))
  return resolvers.length === 1 ? `The resolver ${names} ${does}` : `The resolvers ${names} ${together}`
}
