import { canonicalSeen, canonicalWanted } from './canonical.ts'
import { explained, type Finding } from './finding.ts'
import { andMore, duration } from './sentence.ts'

/** What one recursive resolver says of a record. */
export interface CachedView {
  resolver: string
  outcome: 'answer' | 'error' | 'unreachable'
  values: string[]
  /** The CNAME at the asked name itself. */
  cname?: string
  /** Seconds that remain. */
  ttl?: number
  negativeTtl?: number
}

/** No resolver keeps anything for longer than a week: Unbound a day, BIND a week. */
const LONGEST_KEPT = 7 * 86_400
/** RFC 2181 §8: a TTL with its upper bit set counts as none. */
const TOO_LONG = 2 ** 31

/** How long a cache keeps an answer with this TTL, in seconds. */
export function keptFor(ttl: number | undefined): number {
  if (ttl === undefined || !(ttl > 0) || ttl >= TOO_LONG) return 0
  return Math.min(ttl, LONGEST_KEPT)
}

/**
 * Which resolvers do not show yet what every server of the zone shows; undefined when none is behind. Those that fail say
 * nothing.
 * @param o.decides resolvers decide as well: it is an error until the greater part of them shows it
 */
export function judgeCaches(
  { type, name, values }: { type: string; name: string; values: readonly string[] },
  answers: readonly CachedView[],
  o: { decides?: boolean } = {},
): Finding | undefined {
  const behind = answers
    .filter((view) => view.outcome === 'answer' && !shows(type, values, view))
    .map((view) => {
      const isOld = shownBy(type, view).length > 0 || view.cname !== undefined
      return { resolver: view.resolver, isOld, seconds: keptFor(isOld ? view.ttl : view.negativeTtl) }
    })
    .toSorted((a, b) => b.seconds - a.seconds)
  const [longest] = behind
  const showing = answers.filter((view) => view.outcome === 'answer' && shows(type, values, view))
  const isDecisive = o.decides === true && showing.length * 2 <= answers.length
  if (!longest) return isDecisive && answers.length > 0 ? undecided(`${type} ${name}`, answers, showing.length) : undefined
  const kept = (isOld: boolean) => {
    const such = behind.filter((view) => view.isOld === isOld)
    const where = andMore(such.map(({ resolver, seconds }) => `${resolver} (for up to ${duration(seconds)})`))
    return such.length === 0 ? [] : [`${isOld ? 'the old value' : '"no such record"'} is still kept by ${where}`]
  }
  const why = isDecisive
    ? 'Most resolvers have to show it before it counts.'
    : 'Who asks such a resolver sees it late; a CA that asks the servers of the zone sees it now.'
  return {
    state: isDecisive ? 'missing' : 'ok',
    problem: behind.some(({ isOld }) => isOld) ? 'CACHE_OLD' : 'CACHE_NEGATIVE',
    ...(isDecisive && { severity: 'error' }),
    explanation: `${type} ${name} is right at every server of the zone, but ${[...kept(true), ...kept(false)].join('; ')}. ${why} Nothing has to be changed: it passes by itself.`,
    action: 'wait',
    actor: 'operator',
    waitSeconds: longest.seconds,
  }
}

/** None is behind, but too few answer for the greater part to show it. */
function undecided(label: string, answers: readonly CachedView[], showing: number): Finding {
  const silent = answers.filter(({ outcome }) => outcome !== 'answer')
  const text = explained(
    `${label} is right at every server of the zone, but the resolvers that show it are ${showing} of ${answers.length}: ${andMore(silent.map(({ resolver }) => resolver))} gave no answer. Most resolvers have to show it before it counts.`,
    ['Check these resolvers, or name others with --resolver.'],
  )
  return { state: 'unknown', problem: 'RESOLVER_FAILS', severity: 'error', ...text, actor: 'operator' }
}

function shows(type: string, values: readonly string[], view: CachedView): boolean {
  const shown = new Set(shownBy(type, view).map((value) => canonicalSeen(type, value)))
  const wanted = new Set(values.map((value) => canonicalWanted(type, value)))
  // Other TXT records may stand beside; addresses and a CNAME are the whole set.
  return [...wanted].every((value) => shown.has(value)) && (type === 'TXT' || wanted.size === shown.size)
}

function shownBy(type: string, { values, cname }: CachedView): string[] {
  return type === 'CNAME' ? (cname === undefined ? values : [cname]) : values
}
