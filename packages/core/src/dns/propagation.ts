import type { AuthoritativeServer, PropagationMode, WantedRecord } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { monotone } from '../domain/monotone.ts'
import { follow } from './abort.ts'
import type { Authoritative } from './authoritative.ts'
import { serverAnswer } from './observe.ts'
import { leftOut, notPropagated } from './propagation-report.ts'
import { withPurse } from './purse.ts'
import type { Resolver, Upstream } from './resolver.ts'
import { isShown, type Watched } from './watched.ts'
import type { Zones } from './zone.ts'

/**
 * Milliseconds between two questions for one name to one server: from the first to the longest, growing by the factor. A
 * secondary that is told of changes (NOTIFY, RFC 1996) has them after some 20 ms.
 */
const POLL = { first: 20, factor: 1.6, longest: 5000 } as const

/**
 * A server that has shown the zone without the value decides until it has failed so many times in a row: polling can
 * itself make a server drop queries (response rate limiting).
 */
const FAILURES_UNTIL_LEFT_OUT = 3

export interface Propagation {
  zones: Zones
  authoritative: Authoritative
  resolver: Resolver
  mode: PropagationMode
  clock: Clock
}

/** When the waiting ends: at once by the signal; only between looks when no time is left. */
interface Limits {
  signal: AbortSignal
  /** Milliseconds. */
  left(): number
}

/** Why looks that are not needed any more are ended: one for all, since an error of its own each time costs its stack. */
const OVER = new Error('the waiting is over')

/**
 * Resolves with warnings when every server that answers for a name's zone (one at least) shows all values wanted there,
 * and in mode `recursive` the greater part of the resolvers that judge does as well. Each server is polled on its own, so
 * that a dead one delays no other, and not any more once it shows the values. The last look begins when `timeoutMs` is
 * over; it is never cut short, so that with `timeoutMs` 0 all are asked once.
 * @throws DomainctlError `DNS_NOT_PROPAGATED` after `timeoutMs`; `DNS_ZONE_NOT_FOUND`, `DNS_UNREACHABLE`
 */
export async function waitForRecords(
  records: readonly WantedRecord[],
  o: { signal: AbortSignal; timeoutMs: number },
  with_: Propagation,
): Promise<string[]> {
  o.signal.throwIfAborted()
  if (with_.mode === 'none') return []
  const both = follow(o.signal)
  const now = monotone(with_.clock)
  const deadline = now() + o.timeoutMs
  const limits = { signal: both.signal, left: () => deadline - now() }
  try {
    const watched = await Promise.all([...byName(records)].map(async (wanted) => await watch(wanted, limits, with_)))
    const open = watched.filter(({ isDone }) => !isDone)
    if (open.length > 0) throw notPropagated(open, o.timeoutMs)
    return [...new Set(watched.flatMap((one) => [...one.zone.warnings, ...leftOut(one)]))]
  } finally {
    both.end(OVER)
  }
}

function byName(records: readonly WantedRecord[]): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>()
  for (const { name, value } of records) values.set(name, (values.get(name) ?? new Set()).add(value))
  return values
}

/** Looks at one name until it is done or the deadline is over. */
async function watch([name, values]: [string, Set<string>], limits: Limits, with_: Propagation): Promise<Watched> {
  // Looking at what is written goes on for as long as it has to; finding the zone does not.
  const { zone } = await withPurse(name, limits.signal, async (signal) => await with_.zones.locate(name, signal))
  const watched: Watched = { name, values: [...values], zone, seen: new Map(), resolvers: new Map(), isDone: false }
  watched.isDone =
    (await untilAuthoritativesAgree(watched, limits, with_)) &&
    (with_.mode !== 'recursive' || (await untilResolversAgree(watched, limits, with_)))
  return watched
}

/** What one more look has shown: of this server, or that all is as it should be. */
type Look = 'not yet' | 'shown' | 'agreed'

/**
 * Looks at each item with growing pauses until it has `shown` the values, and at none once all are `agreed`: whether they
 * are. At the deadline each is looked at once more.
 */
async function pollEach<T>(
  items: readonly T[],
  look: (item: T, signal: AbortSignal) => Promise<Look>,
  limits: Limits,
  clock: Clock,
): Promise<boolean> {
  const both = follow(limits.signal)
  const { signal } = both
  let areAgreed = false
  const poll = async (item: T) => {
    for (let pause: number = POLL.first; ; pause = Math.min(pause * POLL.factor, POLL.longest)) {
      const seen = await look(item, signal)
      if (seen === 'agreed') {
        areAgreed = true
        return both.end(OVER)
      }
      const left = limits.left()
      if (seen === 'shown' || left <= 0) return
      await clock.sleep(Math.min(pause, left), signal)
    }
  }
  try {
    await Promise.all(items.map(poll))
  } catch (thrown) {
    if (!areAgreed) throw thrown
  } finally {
    both.end(OVER)
  }
  limits.signal.throwIfAborted()
  return areAgreed
}

async function untilAuthoritativesAgree(
  watched: Watched,
  limits: Limits,
  { authoritative, clock }: Propagation,
): Promise<boolean> {
  const question = { name: watched.name, type: 'TXT' as const }
  const failures = new Map<AuthoritativeServer, number>()
  const look = async (server: AuthoritativeServer, signal: AbortSignal): Promise<Look> => {
    const answer = serverAnswer(server, question, await authoritative.ask(server, question, signal))
    const inARow = answer.outcome === 'answer' ? 0 : (failures.get(server) ?? 0) + 1
    failures.set(server, inARow)
    const hadAnswered = watched.seen.get(server)?.outcome === 'answer'
    if (!hadAnswered || inARow === 0 || inARow >= FAILURES_UNTIL_LEFT_OUT) watched.seen.set(server, answer)
    if (isAgreed(watched)) return 'agreed'
    return isShown(watched, answer) ? 'shown' : 'not yet'
  }
  return await pollEach(watched.zone.servers, look, limits, clock)
}

function isAgreed(watched: Watched): boolean {
  const answers = watched.zone.servers.map((server) => watched.seen.get(server))
  const deciding = answers.filter((answer) => answer?.outcome === 'answer')
  return !answers.includes(undefined) && deciding.length > 0 && deciding.every((answer) => isShown(watched, answer))
}

async function untilResolversAgree(watched: Watched, limits: Limits, { resolver, clock }: Propagation): Promise<boolean> {
  const { judges } = resolver
  const look = async (upstream: Upstream, signal: AbortSignal): Promise<Look> => {
    const reply = await upstream.ask({ name: watched.name, type: 'TXT' }, signal)
    const values = 'failure' in reply ? [] : reply.answers.filter(({ type }) => type === 'TXT').map(({ value }) => value)
    const isShown = watched.values.every((value) => values.includes(value))
    watched.resolvers.set(upstream.label, { isShown, text: 'failure' in reply ? reply.reason : reply.rcode })
    const showing = [...watched.resolvers.values()].filter((one) => one.isShown)
    if (showing.length * 2 > judges.length) return 'agreed'
    return isShown ? 'shown' : 'not yet'
  }
  return await pollEach(judges, look, limits, clock)
}
