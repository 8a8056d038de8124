import type { AuthoritativeServer, PropagationMode, WantedRecord, ZoneAuthority } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import type { Authoritative } from './authoritative.ts'
import { serverAnswer } from './observe.ts'
import { leftOut, notPropagated } from './propagation-report.ts'
import type { Resolver, Upstream } from './resolver.ts'
import { isShown, type Watched } from './watched.ts'
import type { Zones } from './zone.ts'

/** Milliseconds between two questions for one name to one server: from the first to the longest, growing by the factor. */
const POLL = { first: 100, factor: 1.6, longest: 5000 } as const

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

/**
 * Resolves with warnings when every server that answers for a name's zone (one at least) shows all values wanted there,
 * and in mode `recursive` the greater part of the resolvers does as well. Each server is polled on its own, so that a
 * dead one delays no other, and not any more once it shows the values.
 * @throws DomainctlError `DNS_NOT_PROPAGATED` after `timeoutMs`; `DNS_ZONE_NOT_FOUND`, `DNS_UNREACHABLE`
 */
export async function waitForRecords(
  records: readonly WantedRecord[],
  o: { signal: AbortSignal; timeoutMs: number },
  with_: Propagation,
): Promise<string[]> {
  o.signal.throwIfAborted()
  if (with_.mode === 'none') return []
  const watched = byName(records)
  const over = new AbortController()
  const deadline = new AbortController()
  const signal = AbortSignal.any([o.signal, over.signal, deadline.signal])
  const expire = () => deadline.abort()
  // The clock's sleep ends by `over` when the work is done, which nobody waits for.
  with_.clock.sleep(o.timeoutMs, over.signal).then(expire, () => undefined)
  try {
    const warnings = await Promise.all(watched.map(async (one) => await waitForName(one, signal, with_)))
    return [...new Set(warnings.flat())]
  } catch (thrown) {
    if (!deadline.signal.aborted || thrown !== deadline.signal.reason) throw thrown
    throw notPropagated(
      watched.filter((one) => !one.isDone),
      o.timeoutMs,
    )
  } finally {
    over.abort()
  }
}

function byName(records: readonly WantedRecord[]): Watched[] {
  const values = new Map<string, Set<string>>()
  for (const { name, value } of records) values.set(name, (values.get(name) ?? new Set()).add(value))
  return [...values].map(([name, wanted]) => ({
    name,
    values: [...wanted],
    seen: new Map(),
    resolvers: new Map(),
    isDone: false,
  }))
}

async function waitForName(
  watched: Watched,
  signal: AbortSignal,
  { zones, authoritative, resolver, mode, clock }: Propagation,
): Promise<string[]> {
  const { zone } = await zones.locate(watched.name, signal)
  watched.zone = zone
  await untilAuthoritativesAgree(watched, zone, { authoritative, clock, signal })
  if (mode === 'recursive') await untilResolversAgree(watched, { resolver, clock, signal })
  watched.isDone = true
  return [...zone.warnings, ...leftOut(watched, zone)]
}

/** What one more look has shown: of this server, or that all is as it should be. */
type Look = 'not yet' | 'shown' | 'agreed'

/** Looks at each item with growing pauses until it has `shown` the values, and at none once all are `agreed`. */
async function pollEach<T>(
  items: readonly T[],
  look: (item: T, signal: AbortSignal) => Promise<Look>,
  { clock, signal: outer }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const agreed = new AbortController()
  const signal = AbortSignal.any([outer, agreed.signal])
  const poll = async (item: T) => {
    for (let pause: number = POLL.first; ; pause = Math.min(pause * POLL.factor, POLL.longest)) {
      const seen = await look(item, signal)
      if (seen === 'agreed') return agreed.abort()
      if (seen === 'shown') return
      await clock.sleep(pause, signal)
    }
  }
  try {
    await Promise.all(items.map(poll))
  } catch (thrown) {
    if (!agreed.signal.aborted) throw thrown
  }
  outer.throwIfAborted()
}

async function untilAuthoritativesAgree(
  watched: Watched,
  zone: ZoneAuthority,
  o: { authoritative: Authoritative; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const question = { name: watched.name, type: 'TXT' as const }
  const failures = new Map<AuthoritativeServer, number>()
  const look = async (server: AuthoritativeServer, signal: AbortSignal): Promise<Look> => {
    const answer = serverAnswer(server, question, await o.authoritative.ask(server, question, signal))
    const inARow = answer.outcome === 'answer' ? 0 : (failures.get(server) ?? 0) + 1
    failures.set(server, inARow)
    const hadAnswered = watched.seen.get(server)?.outcome === 'answer'
    if (!hadAnswered || inARow === 0 || inARow >= FAILURES_UNTIL_LEFT_OUT) watched.seen.set(server, answer)
    if (isAgreed(watched, zone)) return 'agreed'
    return isShown(watched, answer) ? 'shown' : 'not yet'
  }
  await pollEach(zone.servers, look, o)
}

function isAgreed(watched: Watched, zone: ZoneAuthority): boolean {
  const answers = zone.servers.map((server) => watched.seen.get(server))
  const deciding = answers.filter((answer) => answer?.outcome === 'answer')
  return !answers.includes(undefined) && deciding.length > 0 && deciding.every((answer) => isShown(watched, answer))
}

async function untilResolversAgree(
  watched: Watched,
  o: { resolver: Resolver; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const { upstreams } = o.resolver
  const look = async (upstream: Upstream, signal: AbortSignal): Promise<Look> => {
    const reply = await upstream.ask({ name: watched.name, type: 'TXT' }, signal)
    const values = 'failure' in reply ? [] : reply.answers.filter(({ type }) => type === 'TXT').map(({ value }) => value)
    const isShown = watched.values.every((value) => values.includes(value))
    watched.resolvers.set(upstream.label, { isShown, text: 'failure' in reply ? reply.reason : reply.rcode })
    const showing = [...watched.resolvers.values()].filter((one) => one.isShown)
    if (showing.length * 2 > upstreams.length) return 'agreed'
    return isShown ? 'shown' : 'not yet'
  }
  await pollEach(upstreams, look, o)
}
