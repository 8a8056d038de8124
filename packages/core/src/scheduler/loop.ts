import type { RunOutcome, RunTick } from '../contracts/run.ts'
import type { Clock, Logger } from '../contracts/runtime.ts'
import { follow } from '../domain/follow.ts'
import { type DomainctlError, toDomainctlError } from '../errors.ts'
import { drain } from './drain.ts'
import { choose, type Due } from './places.ts'
import { watch } from './watchdog.ts'

/** A kind of work: what is due of it, and how it is done. */
export interface WorkKind {
  readonly kind: string
  /** So many at a time. */
  readonly width: number
  /** Done under the lease of the domain: two such kinds of work on one domain would only keep it from each other. */
  readonly leased: boolean
  /** What was done comes back by itself: `once` does it no second time while its status is the same, or would never end. */
  readonly recurs: boolean
  /** Oldest first. */
  due(now: Date, limit: number): Promise<Due[]>
  /** Fills in what it shares with others; asked once for each that waits. */
  describe?(due: Due): Promise<Due>
  /** Does it, and says in a word what was done. When it ends well it is not due any more. */
  act(due: Due, o: { signal: AbortSignal }): Promise<string>
}

export interface LoopOptions {
  clock: Clock
  logger: Logger
  /** A number from 0 to less than 1, evenly at random. */
  share(): number
  /** Ends it: nothing new is begun. */
  signal: AbortSignal
  /** Ends when all that is due has been done once. */
  once: boolean
  /** What is under way when `signal` aborts gets so long to end before it is aborted as well, in ms. */
  drainMs: number
  /** After each look at what is due. */
  onTick(tick: RunTick): void
  /** What is due could not be read. */
  onTrouble(error: DomainctlError): void
  onOutcome(outcome: RunOutcome): void
}

/** How long after a look the next one comes, in ms, a fifth more or less: what another process adds is seen that soon. */
const TICK = 5_000

/** What failed without having been planned anew is left alone for so long, in ms. */
const REST = 60_000

/** What there was nothing to do for, in ms; mostly it is not due any more then. */
const IDLE_REST = 15_000

/** The same of what another process is at work on, in ms: that one may die, and a certificate that lives for minutes must not wait long. */
const HELD_REST = 5_000

/** The most that is asked for at a time, beside what is known to stand before it: many may wait for one that hangs. */
const MOST = 20_000

const OVER = new Error('the work has ended')

/** Takes what is due from each kind, up to its width at a time, until it is stopped. A piece that fails stops nothing. */
export async function runLoop(kinds: readonly WorkKind[], o: LoopOptions): Promise<void> {
  const { clock, logger, signal } = o
  const running = new Map<string, { kind: WorkKind; due: Due; ended: Promise<void> }>()
  const resting = new Map<string, number>()
  /** By kind: what waits for a place, and how many of these wait for their CA or provider. */
  const waitingOf = new Map<string, { known: Map<string, Due>; blocked: number }>()
  const cut = new AbortController()
  const watchdog = watch(o)
  /** Other processes take from the same state until then: all of them at the same end of it would be in each other's way. */
  let crowdedUntil = 0
  let woken = Promise.withResolvers<void>()

  /** @returns how many were started, and how many would have been where there was room */
  async function startDue(kind: WorkKind): Promise<{ started: number; held: number }> {
    const now = clock.now()
    const all = [...running.values()]
    const inEachOthersWay = all.filter((one) => one.kind === kind || (one.kind.leased && kind.leased))
    const underWay = new Set(inEachOthersWay.map(({ due }) => due.id))
    const isOurs = ({ id, status }: Due) =>
      underWay.has(id) || rests(keyOf(kind, { id })) || (status !== undefined && rests(keyOf(kind, { id, status })))
    const rests = (key: string) => (resting.get(key) ?? 0) > now.getTime()
    const under = all.filter((one) => one.kind === kind).map(({ due }) => due)
    const free = kind.width - under.length
    const before = waitingOf.get(kind.kind) ?? { known: new Map<string, Due>(), blocked: 0 }
    if (free <= 0) return { started: 0, held: before.known.size }
    const share = crowdedUntil > now.getTime() ? o.share : null
    const known = new Map(before.known)
    const described = async (one: Due) => {
      const full = known.get(one.id) ?? (await describe(kind, one))
      known.set(one.id, full)
      return full
    }
    const choice = async (limit: number) => {
      const due = await kind.due(now, limit)
      const waiting = (await Promise.all(due.filter((one) => !isOurs(one)).map(described))).filter((one) => !isOurs(one))
      return { waiting, areAll: due.length < limit, ...choose(waiting, { under, width: kind.width, share }) }
    }
    // Those under way are due as well, and stand before the others; behind one that has no room others may have some.
    const limit = Math.min(free * 4 + before.blocked * 2, MOST) + running.size
    let found = await choice(limit)
    // So may those be that rest; but with `once` these are all that was done, and mostly are not due any more.
    if (found.chosen.length < free && !found.areAll && resting.size > 0) found = await choice(limit + resting.size)
    // It may have been stopped meanwhile.
    if (signal.aborted) return { started: 0, held: 0 }
    const { waiting, chosen, blocked } = found
    const left = waiting.filter((one) => !chosen.includes(one))
    waitingOf.set(kind.kind, { known: new Map(left.map((one) => [one.id, one])), blocked })
    for (const one of chosen) start(kind, one)
    return { started: chosen.length, held: left.length }
  }

  function isFull(kind: WorkKind): boolean {
    return [...running.values()].filter((one) => one.kind === kind).length >= kind.width
  }

  /** What cannot be read is told by the step that fails for it, and keeps nothing else from being looked at. */
  async function describe(kind: WorkKind, due: Due): Promise<Due> {
    try {
      return (await kind.describe?.(due)) ?? due
    } catch (error) {
      logger.log('debug', 'what it shares with others could not be read', { domain: due.name, error: String(error) })
      return due
    }
  }

  function rest(key: string, ms: number): void {
    resting.set(key, o.once ? Number.POSITIVE_INFINITY : clock.now().getTime() + ms)
  }

  function start(kind: WorkKind, due: Due): void {
    const key = keyOf(kind, { id: due.id })
    const { tenant, name, status } = due
    const about = { kind: kind.kind, tenant, name, ...(status && { status }) }
    const begun = clock.now().getTime()
    const tell = (what: Pick<RunOutcome, 'done' | 'error'>) =>
      o.onOutcome({ ...about, tookMs: Math.max(0, clock.now().getTime() - begun), ...what })
    const act = async () => {
      // Of its own: what it leaves behind in its signal would otherwise stay for as long as the process lives.
      const own = follow(cut.signal)
      try {
        const done = await kind.act(due, { signal: own.signal })
        // What there was nothing to do for, and is due all the same, would be due again at once.
        if (done === 'nothing') rest(key, IDLE_REST)
        else if (o.once && kind.recurs) rest(keyOf(kind, due), REST)
        tell({ done })
      } catch (thrown) {
        const error = toDomainctlError(thrown, cut.signal)
        rest(key, error.code === 'LEASE_HELD' ? HELD_REST : REST)
        if (error.code === 'LEASE_HELD') crowdedUntil = clock.now().getTime() + REST
        // What others do is told by them.
        if (error.code === 'LEASE_HELD') logger.log('debug', 'another process is at work on it', { domain: name })
        else tell({ error })
      } finally {
        own.end(OVER)
      }
    }
    const ended = act()
      .catch((error) => logger.log('error', 'an outcome could not be told', { domain: name, error: String(error) }))
      .finally(() => {
        running.delete(key)
        woken.resolve()
      })
    running.set(key, { kind, due, ended })
  }

  /** One look at all kinds; null when one of them could not be read. */
  async function look(): Promise<{ started: number; held: number } | null> {
    const all = { started: 0, held: 0 }
    let isWhole = true
    for (const kind of kinds) {
      try {
        const { started, held } = await startDue(kind)
        all.started += started
        all.held += held
      } catch (thrown) {
        // It took longer than anybody waits for it.
        if (signal.aborted) return null
        // A state that is away for a while comes back; whoever watches sees that there was no tick.
        if (o.once) throw thrown
        o.onTrouble(toDomainctlError(thrown))
        isWhole = false
      }
    }
    return isWhole ? all : null
  }

  try {
    while (!signal.aborted) {
      const now = clock.now().getTime()
      // A clock that was set back does not let anything rest for longer.
      for (const [key, until] of resting) if (until <= now || (!o.once && until > now + REST)) resting.delete(key)
      woken = Promise.withResolvers<void>()
      const looked = await unlessAborted(look(), signal)
      if (looked) {
        watchdog.tick()
        o.onTick({ at: clock.now(), running: running.size, waiting: looked.held })
      }
      if (o.once && looked?.started === 0 && running.size === 0) break
      // As soon as one has ended there is room for others; also where there was none to see whether any wait.
      const isWaitedFor =
        looked !== null && (looked.started > 0 || looked.held > 0 || kinds.some(isFull) || (o.once && running.size > 0))
      await nap(o, isWaitedFor ? woken.promise : null)
    }
  } finally {
    watchdog.stop()
    await drain(
      [...running.values()].map(({ ended }) => ended),
      cut,
      o,
    )
  }
}

function keyOf({ kind }: WorkKind, { id, status }: Pick<Due, 'id' | 'status'>): string {
  return status === undefined ? `${kind} ${id}` : `${kind} ${id} ${status}`
}

/** What it comes to, or null when `signal` aborts before: a state that does not answer keeps nobody from stopping. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const aborted = Promise.withResolvers<null>()
  const stop = () => aborted.resolve(null)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Until the next look, or `other`. */
async function nap({ clock, signal, share }: LoopOptions, other: Promise<void> | null): Promise<void> {
  const over = new AbortController()
  const stop = () => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const slept = clock.sleep(TICK * (0.8 + 0.4 * share()), over.signal).catch(() => undefined)
  await Promise.race([slept, ...(other ? [other] : [])])
  signal.removeEventListener('abort', stop)
  over.abort()
}
