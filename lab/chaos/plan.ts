import type { Chances } from '../../lifecycle/seeded.ts'

/** What befalls those who work, or the server that has their state. */
export type Disturbance = {
  /** As soon as so many certificates are in the state … */
  at: number
  /** … and so many ms after that. */
  afterMs: number
} & (
  | { kind: 'kill'; worker: number }
  /** A machine loses its power: all workers at once. */
  | { kind: 'kill-all' }
  /** Stopped for a while, and then let go on, as a machine that sleeps or swaps. */
  | { kind: 'freeze'; worker: number; ms: number }
  /** The server that has the state ends, by its own will or by a crash, and is gone for a while. */
  | { kind: 'restart'; how: 'fast' | 'immediate'; goneMs: number }
  /** The next commit through the relay is cut off: before the server hears of it, or before its answer is heard. */
  | { kind: 'cut'; when: 'before' | 'after' }
  /** Nothing passes through the relay any more for a while, and nobody is told. */
  | { kind: 'silence'; ms: number }
)

/** How often each of them happens; those of the server only where there is one. */
export interface Amounts {
  kill: number
  killAll: number
  freeze: number
  /** Longer than a lease lasts. */
  freezeMs: number
  restart: number
  cut: number
  silence: number
}

const LONGEST_PAUSE_MS = 150
const LONGEST_GONE_MS = 1_500
const LONGEST_SILENCE_MS = 3_000
/** Nothing is disturbed any more when so few are left to be done: somebody has to be at work when it happens. */
const LATEST = 0.75

/** Spread by chance over the certificates of `domains`, in their order. */
export function planDisturbances(amounts: Amounts, chances: Chances, o: { domains: number; workers: number }): Disturbance[] {
  const worker = () => chances.between(0, o.workers - 1)
  const moment = () => ({
    at: chances.between(0, Math.floor(LATEST * o.domains)),
    afterMs: chances.between(0, LONGEST_PAUSE_MS),
  })
  const times = (count: number, make: (n: number) => Disturbance) => Array.from({ length: count }, (_, n) => make(n))
  return [
    ...times(amounts.kill, () => ({ ...moment(), kind: 'kill', worker: worker() })),
    ...times(amounts.killAll, () => ({ ...moment(), kind: 'kill-all' })),
    ...times(amounts.freeze, () => ({ ...moment(), kind: 'freeze', worker: worker(), ms: amounts.freezeMs })),
    ...times(amounts.restart, (n) => ({
      ...moment(),
      kind: 'restart',
      how: n % 2 === 0 ? 'fast' : 'immediate',
      goneMs: chances.between(0, LONGEST_GONE_MS),
    })),
    ...times(amounts.cut, (n) => ({ ...moment(), kind: 'cut', when: n % 2 === 0 ? 'before' : 'after' })),
    ...times(amounts.silence, () => ({ ...moment(), kind: 'silence', ms: chances.between(500, LONGEST_SILENCE_MS) })),
  ].sort((a, b) => a.at - b.at)
}
