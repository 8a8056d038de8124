import type { RunOutcome } from '../contracts/domainctl.ts'
import type { Clock, Logger } from '../contracts/runtime.ts'
import { toDomainctlError } from '../errors.ts'

/** Something whose time has come. */
export interface Due {
  /** Tells it from all others of its kind. */
  id: string
  tenant: string
  name: string
}

/** A kind of work: what is due of it, and how it is done. */
export interface WorkKind {
  readonly kind: string
  /** So many at a time. */
  readonly width: number
  /** Oldest first. */
  due(now: Date, limit: number): Promise<Due[]>
  /** Does it, and says in a word what was done. When it ends well it is not due any more. */
  act(due: Due, o: { signal: AbortSignal }): Promise<string>
}

export interface LoopOptions {
  clock: Clock
  logger: Logger
  /** Ends it: nothing new is begun. */
  signal: AbortSignal
  /** Ends when all that is due has been done once. */
  once: boolean
  /** What is under way when `signal` aborts gets so long to end before it is aborted as well, in ms. */
  drainMs: number
  /** After each look at what is due. */
  onTick(tick: { at: Date; running: number }): void
  onOutcome(outcome: RunOutcome): void
}

/** How long after a look the next one comes, in ms: what another process adds is seen that soon. */
const TICK = 5_000

/** What failed without having been planned anew, or is held by another process, is left alone for so long, in ms. */
const REST = 60_000

/** Takes what is due from each kind, up to its width at a time, until it is stopped. A piece that fails stops nothing. */
export async function runLoop(kinds: readonly WorkKind[], o: LoopOptions): Promise<void> {
  const { clock, logger, signal } = o
  const running = new Map<string, Promise<void>>()
  const resting = new Map<string, number>()
  const cut = new AbortController()
  let woken = Promise.withResolvers<void>()

  async function startDue(kind: WorkKind): Promise<number> {
    const now = clock.now()
    const isOurs = (key: string) => running.has(key) || (resting.get(key) ?? 0) > now.getTime()
    const under = [...running.keys()].filter((key) => key.startsWith(`${kind.kind} `)).length
    const free = kind.width - under
    if (free <= 0) return 0
    // Those that rest are due as well, and stand before the others.
    const due = await kind.due(now, free + under + resting.size)
    const fresh = due.filter(({ id }) => !isOurs(`${kind.kind} ${id}`)).slice(0, free)
    for (const one of fresh) start(kind, one)
    return fresh.length
  }

  function rest(key: string): void {
    resting.set(key, o.once ? Number.POSITIVE_INFINITY : clock.now().getTime() + REST)
  }

  function start(kind: WorkKind, due: Due): void {
    const key = `${kind.kind} ${due.id}`
    const { tenant, name } = due
    const act = async () => {
      try {
        const done = await kind.act(due, { signal: cut.signal })
        // What there was nothing to do for, and is due all the same, would be due again at once.
        if (done === 'nothing') rest(key)
        o.onOutcome({ kind: kind.kind, tenant, name, done })
      } catch (thrown) {
        const error = toDomainctlError(thrown, cut.signal)
        rest(key)
        o.onOutcome({ kind: kind.kind, tenant, name, error })
      } finally {
        running.delete(key)
        woken.resolve()
      }
    }
    running.set(key, act())
  }

  while (!signal.aborted) {
    const now = clock.now().getTime()
    for (const [key, until] of resting) if (until <= now) resting.delete(key)
    let started = 0
    try {
      for (const kind of kinds) started += await startDue(kind)
    } catch (error) {
      if (o.once) throw error
      // A state that is away for a while comes back; whoever watches sees that there was no tick.
      logger.log('error', 'what is due could not be read', { error: String(error) })
      await nap(clock, signal, [])
      continue
    }
    o.onTick({ at: clock.now(), running: running.size })
    if (o.once && started === 0 && running.size === 0) break
    await nap(clock, signal, started === 0 && !o.once ? [] : [woken.promise])
    woken = Promise.withResolvers<void>()
  }
  await drain(running, cut, o)
}

/** Until the next look, or one of `others`. */
async function nap(clock: Clock, signal: AbortSignal, others: readonly Promise<void>[]): Promise<void> {
  const over = new AbortController()
  const stop = () => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  await Promise.race([clock.sleep(TICK, over.signal).catch(() => undefined), ...others])
  signal.removeEventListener('abort', stop)
  over.abort()
}

async function drain(
  running: ReadonlyMap<string, Promise<void>>,
  cut: AbortController,
  { clock, drainMs, signal }: LoopOptions,
): Promise<void> {
  const over = new AbortController()
  const all = Promise.all(running.values()).then(() => over.abort())
  const late = clock.sleep(drainMs, over.signal).then(
    () => cut.abort(signal.reason),
    () => undefined,
  )
  await all
  await late
}
